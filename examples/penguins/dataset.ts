/**
 * The Palmer penguins of the npm package `vega-datasets`: load, drop the incomplete rows, split, standardise.
 * Everything but {@link loadPenguins} is a pure function over rows.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { seededRandom, shuffled } from "./random.js";

/** The classes, in the order of the network's outputs. */
export const SPECIES = ["Adelie", "Chinstrap", "Gentoo"] as const;

/** Numeric columns as the file names them. */
const MEASUREMENTS = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"] as const;

/** The network's inputs, in order. The island is left out: it nearly gives the species away. */
export const FEATURES: readonly string[] = [...MEASUREMENTS, "Sex is male"];

/** A row as it stands in the file: measurements may be null, Sex may be null or ".". */
export type RawRow = Readonly<Record<string, string | number | null>>;

/** One complete penguin: features in the order of {@link FEATURES}, `label` an index into {@link SPECIES}. */
export interface Example {
  readonly features: readonly number[];
  readonly label: number;
}

/** What cleaning did: nothing is repaired or guessed, incomplete rows are dropped and counted by reason. */
export interface Cleaned {
  readonly total: number;
  readonly complete: readonly Example[];
  readonly dropped: ReadonlyMap<string, number>;
}

/** Fit the weights on `train`, choose among runs by `validation`, report `heldOut`, which nothing else looks at. */
export interface Split {
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  readonly heldOut: readonly Example[];
}

/** Per feature: what to subtract and what to divide by. */
export interface Standardisation {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** The file as the package ships it. Its `exports` hide `data/`, so the path goes by the package's entry. */
export async function loadPenguins(): Promise<RawRow[]> {
  const entry = createRequire(import.meta.url).resolve("vega-datasets");
  const path = join(dirname(entry), "..", "data", "penguins.json");
  const rows: unknown = JSON.parse(await readFile(path, "utf8"));
  if (!Array.isArray(rows)) throw new Error(`${path} holds no list of rows`);
  return rows as RawRow[];
}

/** Either an example, or the reason why the row cannot be one. */
function toExample(row: RawRow): Example | string {
  const numbers = MEASUREMENTS.map((name) => row[name]).filter((value) => typeof value === "number");
  if (numbers.length < MEASUREMENTS.length) return "no measurements";
  const sex = row["Sex"];
  if (sex !== "MALE" && sex !== "FEMALE") return `Sex is ${JSON.stringify(sex ?? null)}`;
  const label = SPECIES.findIndex((species) => species === row["Species"]);
  if (label < 0) return `unknown species ${JSON.stringify(row["Species"] ?? null)}`;
  return { features: [...numbers, sex === "MALE" ? 1 : 0], label };
}

/** Keeps the complete rows, in their order; counts the others by reason. */
export function clean(rows: readonly RawRow[]): Cleaned {
  const complete: Example[] = [];
  const dropped = new Map<string, number>();
  for (const row of rows) {
    const made = toExample(row);
    if (typeof made === "string") dropped.set(made, (dropped.get(made) ?? 0) + 1);
    else complete.push(made);
  }
  return { total: rows.length, complete, dropped };
}

/** A stratified split: each part gets the same share of every species. The same seed gives the same rows. */
export function split(examples: readonly Example[], seed: number, shares = { validation: 0.15, heldOut: 0.25 }): Split {
  const random = seededRandom(seed);
  const parts = { train: [] as Example[], validation: [] as Example[], heldOut: [] as Example[] };
  for (const label of SPECIES.keys()) {
    const ofSpecies = shuffled(examples.filter((example) => example.label === label), random);
    const heldOut = Math.round(ofSpecies.length * shares.heldOut);
    const validation = Math.round(ofSpecies.length * shares.validation);
    parts.heldOut.push(...ofSpecies.slice(0, heldOut));
    parts.validation.push(...ofSpecies.slice(heldOut, heldOut + validation));
    parts.train.push(...ofSpecies.slice(heldOut + validation));
  }
  return parts;
}

/** Mean and standard deviation per feature. Give it the training rows only: the others must not leak into it. */
export function fitStandardisation(examples: readonly Example[]): Standardisation {
  const column = (index: number): number[] => examples.map((example) => example.features[index] ?? 0);
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mean = FEATURES.map((_name, index) => average(column(index)));
  const deviation = mean.map((centre, index) => Math.sqrt(average(column(index).map((value) => (value - centre) ** 2))));
  // A constant column would divide by zero; it carries nothing, so it becomes all zeros.
  return { mean, deviation: deviation.map((value) => (value > 0 ? value : 1)) };
}

/** The same rows on the training rows' scale. */
export function standardise(examples: readonly Example[], { mean, deviation }: Standardisation): Example[] {
  const scale = (value: number, index: number): number => (value - (mean[index] ?? 0)) / (deviation[index] ?? 1);
  return examples.map(({ features, label }) => ({ features: features.map(scale), label }));
}

/** The penguins, ready for training: cleaned, split, and on the training rows' scale. */
export interface PreparedData {
  readonly cleaned: Cleaned;
  readonly standardisation: Standardisation;
  readonly scaled: Split;
}

/** From the file's rows to what every run of the grid sees. */
export function prepare(rows: readonly RawRow[], splitSeed: number): PreparedData {
  const cleaned = clean(rows);
  const { train, validation, heldOut } = split(cleaned.complete, splitSeed);
  const standardisation = fitStandardisation(train);
  const scale = (part: readonly Example[]): Example[] => standardise(part, standardisation);
  return { cleaned, standardisation, scaled: { train: scale(train), validation: scale(validation), heldOut: scale(heldOut) } };
}
