import { assertNever } from "../../base/assert-never.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import type { NotStarted } from "../runs/decide-runs.js";

/** What to do about a run that a live process holds: wait until it is not, leave it alone, or throw `RUN_BUSY`. */
export type IfLive = "wait" | "skip" | "throw";

/** What to do about a run that is DONE: take what is there, or run it again as a further attempt. */
export type IfDone = "reuse" | "again";

/** How a run is taken up that was there before. A run that has failed, was lost, or that nobody holds is always taken up. */
export interface TakeUpPolicy {
  /** Default `"throw"`. */
  readonly ifLive?: IfLive;
  /** Default: `"reuse"` for `run`, `"again"` for `start`. */
  readonly ifDone?: IfDone;
}

const liveChoices: readonly IfLive[] = ["wait", "skip", "throw"];
const doneChoices: readonly IfDone[] = ["reuse", "again"];

/** @throws InvalidOptionError */
export function resolveTakeUp({ ifLive = "throw", ifDone }: TakeUpPolicy, defaultIfDone: IfDone): Required<TakeUpPolicy> {
  return { ifLive: oneOf("ifLive", ifLive, liveChoices), ifDone: oneOf("ifDone", ifDone ?? defaultIfDone, doneChoices) };
}

/** What follows when a run was not taken up: `wait` and try again, `leave` it, or `refuse`. */
export function afterNotStarted(because: NotStarted, { ifLive }: Required<TakeUpPolicy>): "wait" | "leave" | "refuse" {
  switch (because) {
    case "done":
      return "leave";
    case "live":
      return ifLive === "wait" ? "wait" : ifLive === "skip" ? "leave" : "refuse";
    default:
      return assertNever(because);
  }
}

/** A choice among a few. @throws InvalidOptionError naming the field */
export function oneOf<Choice extends string>(field: string, value: unknown, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw new InvalidOptionError(field, `is ${preview(value)}; it must be one of ${choices.join(", ")}`);
  return chosen;
}
