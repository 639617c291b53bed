import { InvalidArgumentError } from "commander";
import { readSpan } from "./since.js";

/** An option's span of time in milliseconds: `30m`, `12h`, `7d`. */
export function span(text: string): number {
  const ms = readSpan(text);
  if (ms === undefined) throw new InvalidArgumentError("It must be a span of time such as 30m, 12h, 7d.");
  return ms;
}
