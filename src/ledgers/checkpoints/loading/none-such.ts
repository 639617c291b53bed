import { assertNever } from "../../../base/assert-never.js";
import { CheckpointNotFoundError, preview } from "../../../base/errors.js";
import type { CheckpointRow } from "../../../projections/views/checkpoints.js";
import type { Choice } from "./choose-checkpoint.js";

/** How many names a message lists at most. */
const listed = 8;

/** What to say when a hash has no checkpoint of the kind asked for: what there is instead, and what became of it where it was given up. */
export function noneSuch(folder: string, choice: Choice, rows: readonly CheckpointRow[]): CheckpointNotFoundError {
  const standing = rows.filter(({ saves }) => saves.some(({ pruned }) => pruned === undefined));
  const none = `Hash ${folder} has no checkpoint`;
  if (standing.length === 0) {
    const given = rows.length === 0 ? "" : ` any more: all ${rows.length} steps that were saved have been pruned`;
    return new CheckpointNotFoundError(folder, "step" in choice ? choice.step : undefined, `${none}${given}`);
  }
  switch (choice.kind) {
    case "latest":
    case "nearest":
      return new CheckpointNotFoundError(folder, undefined, none);
    case "exact": {
      const pruned = rows.find(({ step }) => step === choice.step)?.saves.at(-1)?.pruned;
      const gone = pruned === undefined ? "" : ` any more: it was pruned at ${pruned.time} by ${pruned.by} (${pruned.reason})`;
      const steps = standing.map(({ step }) => step).sort((a, b) => Math.abs(a - choice.step) - Math.abs(b - choice.step) || b - a);
      return new CheckpointNotFoundError(folder, choice.step, `${none} of step ${choice.step}${gone}; there are ${some(steps.slice(0, listed).sort((a, b) => a - b).map(String), steps.length)}`);
    }
    case "best": {
      const names = [...new Set(standing.flatMap(({ saves }) => saves.flatMap(({ metadata = {} }) => Object.entries(metadata).flatMap(([name, value]) => (typeof value === "number" ? [preview(name)] : [])))))];
      const there = names.length === 0 ? "no number is in any" : `numbers are in ${some(names.slice(0, listed), names.length)}`;
      return new CheckpointNotFoundError(folder, undefined, `${none} with a number as ${preview(choice.by)} in its metadata; ${there}`);
    }
    default:
      return assertNever(choice);
  }
}

const some = (names: readonly string[], of: number): string => `${names.join(", ")}${of > names.length ? ` and ${of - names.length} more` : ""}`;
