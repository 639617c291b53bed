import type { Moment } from "../../src/index.js";
import { UsageError } from "./errors.js";
import { readSince } from "./since.js";

/** Reads a moment of the log: digits only are a seq, everything else is a time as `--since` takes it. @throws UsageError */
export function readMoment(text: string, option: string, nowMs: number): Moment {
  if (!/^\d+$/.test(text)) return new Date(readSince(text, nowMs, option));
  const seq = Number(text);
  if (!Number.isSafeInteger(seq)) throw new UsageError(`${option} ${text}: no log has so many events`);
  return seq;
}
