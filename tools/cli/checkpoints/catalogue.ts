import type { CheckpointRow, ExperimentRow, HashRow } from "../../../src/checkpoints.js";
import type { Daybook } from "../../../src/index.js";
import { CliFault } from "../errors.js";
import { counted } from "../text.js";

/** What a daybook knows of experiment hashes and checkpoints. */
export interface Catalogue {
  readonly root: string;
  /** By name. */
  readonly experiments: readonly ExperimentRow[];
  /** In the order in which they first came up. */
  readonly hashes: readonly HashRow[];
  /** By hash in the order of `hashes`, then by step. */
  readonly checkpoints: readonly CheckpointRow[];
}

/** A hash, or a checkpoint of it. */
export interface CheckpointAddress {
  readonly folder: string;
  readonly step?: number;
}

/** Reads the views, as of wherever the daybook stands. */
export async function readCatalogue(book: Daybook): Promise<Catalogue> {
  const rows = async <Row>(view: string): Promise<Row[]> => Object.values((await book.view(view)) as unknown as Record<string, Row>);
  const [experiments, hashes, checkpoints] = [await rows<ExperimentRow>("experiments"), await rows<HashRow>("hashes"), await rows<CheckpointRow>("checkpoints")];
  hashes.sort((one, other) => firstSeq(one) - firstSeq(other));
  const place = new Map(hashes.map(({ folder }, index) => [folder, index]));
  return {
    root: book.root,
    experiments: experiments.sort((one, other) => (one.experiment < other.experiment ? -1 : 1)),
    hashes,
    checkpoints: checkpoints.sort((one, other) => (place.get(one.folder) ?? Infinity) - (place.get(other.folder) ?? Infinity) || one.step - other.step),
  };
}

const firstSeq = ({ origins }: HashRow): number => origins[0]?.seq ?? 0;

/** The hash that begins like `text`, which is at least one whole part. @throws CliFault CHECKPOINT_NOT_FOUND, AMBIGUOUS_HASH */
export function requireHash({ hashes, root }: Catalogue, text: string): HashRow {
  const exact = hashes.find(({ folder }) => folder === text);
  if (exact !== undefined) return exact;
  const meant = text.length >= leastDigits ? hashes.filter(({ folder }) => folder.startsWith(text)) : [];
  const [only] = meant;
  if (only === undefined) throw new CliFault("CHECKPOINT_NOT_FOUND", `there is no experiment hash ${text} in ${root}${hashes.length === 0 ? "" : `, which has ${counted(hashes.length, "hash", "hashes")}; \`daybook hashes\` lists them`}`);
  if (meant.length > 1) throw new CliFault("AMBIGUOUS_HASH", `${text} is the beginning of ${meant.length} hashes: ${meant.slice(0, 4).map(({ folder }) => folder).join(", ")}${meant.length > 4 ? ", ..." : ""}`);
  return only;
}

/** So many digits of a hash name it, if no other one begins like that. */
const leastDigits = 4;

/** Reads `HASH[/STEP]`; whether there is such a checkpoint is another matter. @throws CliFault as {@link requireHash}, and for a step that is none */
export function requireAddress(catalogue: Catalogue, text: string): CheckpointAddress {
  const [hash = "", step, ...rest] = text.split("/");
  if (rest.length > 0 || (step !== undefined && (!/^\d+$/.test(step) || !Number.isSafeInteger(Number(step))))) throw new CliFault("INVALID_ID", `${text} is no HASH/STEP, such as a1b2c3d4/100`);
  const { folder } = requireHash(catalogue, hash);
  return step === undefined ? { folder } : { folder, step: Number(step) };
}

/** The checkpoint of an address with a step. @throws CliFault CHECKPOINT_NOT_FOUND */
export function requireCheckpoint({ checkpoints, root }: Catalogue, { folder, step }: CheckpointAddress): CheckpointRow {
  const steps = checkpoints.filter((one) => one.folder === folder);
  const found = steps.find((one) => one.step === step);
  if (found !== undefined) return found;
  const near = steps.map((one) => one.step).sort((one, other) => Math.abs(one - (step ?? 0)) - Math.abs(other - (step ?? 0)) || other - one);
  throw new CliFault("CHECKPOINT_NOT_FOUND", `there is no checkpoint of step ${step} of ${folder} in ${root}${near.length === 0 ? "; that hash has none" : `; nearest: ${near.slice(0, 3).join(", ")}`}`);
}
