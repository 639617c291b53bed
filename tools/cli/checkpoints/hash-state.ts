import type { ExperimentRow, HashPart, HashRow } from "../../../src/checkpoints.js";
import type { Colours } from "../colours.js";
import { clean } from "../text.js";
import type { Catalogue } from "./catalogue.js";

const parts: readonly HashPart[] = ["model", "config", "data"];

/** A hash with the digits of some of its parts set off. */
export function showHash(folder: string, marked: readonly HashPart[], colours: Colours): string {
  const shown = parts.map((part, index) => {
    const digits = folder.slice(8 * index, 8 * index + 8);
    return marked.includes(part) ? colours.yellow(digits) : digits;
  });
  return `${shown.join("")}${folder.slice(24)}`;
}

/** The experiments that are at a hash. */
export const experimentsAt = ({ experiments }: Catalogue, folder: string): ExperimentRow[] => experiments.filter((one) => one.folder === folder);

/** What there is to say of a hash besides what changed: who is at it, what of it is pending, what else has the same digits. */
export function hashState(catalogue: Catalogue, row: HashRow, colours: Colours): string {
  const several = catalogue.experiments.length > 1;
  const at = experimentsAt(catalogue, row.folder);
  const current = at.map(({ experiment, pending }) => {
    const words = [colours.green(several ? `${clean(experiment)} is here` : "current"), ...(pending.length === 0 ? [] : [colours.yellow(`pending: ${pending.join(", ")}`)])];
    return words.join(", ");
  });
  // What an experiment is at says itself that it is pending.
  const undumped = row.dumped === undefined && at.every(({ pending }) => pending.length === 0) ? [colours.yellow("never dumped")] : [];
  const collides = Object.entries(row.collides ?? {}).map(([part, folder]) => colours.red(`${clean(part)} collides with ${clean(folder)}`));
  return [...current, ...undumped, ...collides].join("; ");
}
