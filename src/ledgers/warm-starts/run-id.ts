import { randomInt } from "node:crypto";
import type { Clock } from "../../base/clock.js";

let last = 0n;

/**
 * The name of a new slot: `rPID-NANOSECONDS`, both in hex. No two of one process are the same, whatever its clock does; the digits below a millisecond, which no
 * clock gives here, begin at random, so that neither are those of processes with the same pid, as in containers.
 */
export function newRunId(clock: Clock): string {
  const nanos = BigInt(Math.max(0, Math.trunc(clock()))) * 1_000_000n + BigInt(randomInt(1_000_000));
  last = nanos > last ? nanos : last + 1n;
  return `r${process.pid.toString(16)}-${last.toString(16)}`;
}
