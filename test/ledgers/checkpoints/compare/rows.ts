import type { HashPart } from "../../../../src/events/checkpoint-events.js";
import type { ExperimentRow } from "../../../../src/projections/views/experiments.js";
import type { HashOrigin, HashRow } from "../../../../src/projections/views/hashes.js";

/** A folder's name from a letter: `a` is 24 of them. */
export const folderOf = (letter: string): string => letter.repeat(24);

/** A way to a hash: from a letter, or the first. */
export function origin(from: string | undefined, seq: number, changed: readonly HashPart[] = ["config"], more: Partial<HashOrigin> = {}): HashOrigin {
  return { experiment: "main", ...(from === undefined ? {} : { from: folderOf(from) }), changed, seq, time: "2026-11-28T03:00:00.000Z", by: "worker-1", count: 1, ...more };
}

/** A hash of one letter, dumped, with its origins. */
export function hashRow(letter: string, origins: readonly HashOrigin[], more: Partial<HashRow> = {}): HashRow {
  const folder = folderOf(letter);
  const last = { seq: origins[0]?.seq ?? 0, time: "2026-11-28T03:00:00.000Z", by: "worker-1" };
  return { folder, hash: folder, parts: {}, origins, dumped: { ...last, files: {} }, added: [], used: last.time, ...more };
}

/** An experiment that stands at a hash. */
export const experimentAt = (letter: string, experiment = "main"): ExperimentRow => ({ experiment, folder: folderOf(letter), parts: {}, pending: [], changedSeq: 9, changed: "2026-11-28T03:00:00.000Z" });
