import type { Moment } from "../../src/index.js";
import { UsageError } from "./errors.js";
import { readSince } from "./since.js";

/**
 * Reads a moment of the log: digits alone are a seq, everything else is a time as `--since` reads it (without a zone it is local).
 * @param option what to name in errors, such as `--at` @throws UsageError
 */
export function readMoment(text: string, option: string): Moment {
  if (!/^\d+$/.test(text.trim())) return new Date(readSince(text, Date.now(), option, "a seq, head, "));
  const seq = Number(text);
  if (!Number.isSafeInteger(seq)) throw new UsageError(`${option} ${text}: no log has so many events`);
  return seq;
}
