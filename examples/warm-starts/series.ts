/** Carbon dioxide in the air at Mauna Loa by month, of the npm package `vega-datasets`. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Months in their order: `x` in years since 1958, `y` in parts per million. */
export interface Series {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const FIRST_YEAR = 1958;
const MS_PER_YEAR = 365.2425 * 86_400_000;

/** All months that were measured. The package's `exports` hide `data/`, so the path goes by its entry. */
export async function loadSeries(): Promise<Series> {
  const entry = createRequire(import.meta.url).resolve("vega-datasets");
  const path = join(dirname(entry), "..", "data", "co2-concentration.csv");
  const rows = (await readFile(path, "utf8")).trim().split("\n").slice(1).map((line) => line.split(","));
  const points = rows.map(([day = "", ppm = ""]) => ({ x: (Date.parse(day) - Date.UTC(FIRST_YEAR, 0)) / MS_PER_YEAR, y: ppm === "" ? NaN : Number(ppm) })).filter(({ x, y }) => Number.isFinite(x + y));
  if (points.length < 500) throw new Error(`${path} holds ${points.length} months that can be read`);
  return { x: points.map(({ x }) => x), y: points.map(({ y }) => y) };
}

/** What was known at the beginning of a year. */
export function until({ x, y }: Series, year: number): Series {
  const months = x.findIndex((one) => one + FIRST_YEAR >= year);
  return months < 0 ? { x, y } : { x: x.slice(0, months), y: y.slice(0, months) };
}

/** The year behind the last month. */
export const yearBehind = ({ x }: Series): number => Math.floor((x.at(-1) ?? 0) + FIRST_YEAR) + 1;
