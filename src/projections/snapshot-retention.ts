/** A snapshot that is kept: where it stands, and how long its file is. */
export interface KeptSnapshot {
  readonly seq: number;
  readonly bytes: number;
}

/** The log that snapshots belong to, as far as keeping them goes. */
export interface LogExtent {
  /** First seqs of its segments, in order. */
  readonly firsts: readonly number[];
  /** Bytes that it takes on the disk. */
  readonly bytes: number;
}

/** These serve the present; the older one when the newest turns out not to match. */
export const newestSnapshots = 2;
/** Of the log's bytes, what the snapshots of one projection may take that are kept for earlier moments. */
const share = 1 / 4;
/** So much is kept however short the log is. */
const atLeastBytes = 1024 * 1024;

/**
 * Which snapshots of a projection go, by seq. The newest two stay. Of the others, the first one of each segment but the first segment,
 * which is where folds pass a seal, as long as they take no more than a quarter of what the log takes. Where they take more, they are thinned:
 * the one goes whose gap, once it is gone, is the smallest for its age. So the recent ones lie dense, the old ones sparse.
 * @param kept in the order of their seqs
 */
export function surplusSnapshots(kept: readonly KeptSnapshot[], log: LogExtent | undefined): number[] {
  const older = kept.slice(0, -newestSnapshots);
  if (older.length === 0) return [];
  const atSeals = log === undefined ? [] : firstOfEachSegment(older, log.firsts);
  const budget = log === undefined ? 0 : Math.max(atLeastBytes, log.bytes * share);
  const end = kept.at(-1)?.seq ?? 0;
  // What stands behind the last candidate is the older one of the newest.
  const limit = kept.at(-newestSnapshots)?.seq ?? end;
  let bytes = atSeals.reduce((sum, one) => sum + one.bytes, 0);
  while (bytes > budget && atSeals.length > 0) {
    const [dropped] = atSeals.splice(leastMissed(atSeals, limit, end), 1);
    bytes -= dropped?.bytes ?? 0;
  }
  const stay = new Set(atSeals.map(({ seq }) => seq));
  return older.filter(({ seq }) => !stay.has(seq)).map(({ seq }) => seq);
}

/** The index of the one whose gap, once it is gone, is the smallest for its age. */
function leastMissed(kept: readonly KeptSnapshot[], limit: number, end: number): number {
  const cost = (index: number): number => ((kept[index + 1]?.seq ?? limit) - (kept[index - 1]?.seq ?? 0)) / Math.max(1, end - (kept[index]?.seq ?? 0));
  let least = 0;
  for (let index = 1; index < kept.length; index += 1) if (cost(index) < cost(least)) least = index;
  return least;
}

function firstOfEachSegment(kept: readonly KeptSnapshot[], firsts: readonly number[]): KeptSnapshot[] {
  const found: KeptSnapshot[] = [];
  let index = 0;
  let last: number | undefined;
  for (const one of kept) {
    while ((firsts[index + 1] ?? Infinity) <= one.seq) index += 1;
    // Before the first seal there is nothing but the beginning of the log, and that is as near.
    if (index > 0 && index !== last) found.push(one);
    last = index;
  }
  return found;
}
