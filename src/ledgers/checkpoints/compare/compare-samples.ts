/** A sample as a data state tells it. */
export interface ComparedSample {
  readonly uid: string | number;
  readonly discarded: boolean;
  readonly tags: readonly string[];
}

/** How many samples, and the first of them. */
export interface Samples {
  readonly count: number;
  readonly uids: readonly (string | number)[];
}

/** Tags that a sample got and lost. */
export interface TagChange {
  readonly uid: string | number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** How two data states differ. A sample may be among those discarded or restored and among those with other tags. */
export interface DataDiff {
  /** How many samples there are, discarded ones too. */
  readonly samples: { readonly before: number; readonly after: number };
  readonly added: Samples;
  readonly removed: Samples;
  readonly discarded: Samples;
  /** Discarded before, and not any more. */
  readonly restored: Samples;
  readonly tagged: { readonly count: number; readonly samples: readonly TagChange[] };
  /** How many of the samples that were there before and are there now got and lost each tag. */
  readonly tags: { readonly [tag: string]: { readonly added: number; readonly removed: number } };
}

/**
 * How one data state became another. Both are given as their lines, one for each sample, in any order; only those that differ are looked into. Of each kind of
 * change the counts are of all samples, and the uids those of the first `most`.
 * @param parse takes a line apart
 */
export function compareSamples(before: Iterable<string>, after: Iterable<string>, parse: (line: string) => ComparedSample, most = 20): DataDiff {
  const gone = new Set(before);
  const counts = { before: gone.size, after: 0 };
  const come: string[] = [];
  for (const line of after) {
    counts.after += 1;
    if (!gone.delete(line)) come.push(line);
  }
  const former = new Map<string | number, ComparedSample>();
  for (const line of gone) {
    const sample = parse(line);
    former.set(sample.uid, sample);
  }
  const found = { added: collector(most), removed: collector(most), discarded: collector(most), restored: collector(most) };
  const tagged: TagChange[] = [];
  const tags = new Map<string, { added: number; removed: number }>();
  let taggedCount = 0;
  for (const line of come) {
    const now = parse(line);
    const was = former.get(now.uid);
    if (was === undefined) {
      found.added.add(now.uid);
      continue;
    }
    former.delete(now.uid);
    if (now.discarded !== was.discarded) found[now.discarded ? "discarded" : "restored"].add(now.uid);
    const change = { uid: now.uid, added: without(now.tags, was.tags), removed: without(was.tags, now.tags) };
    if (change.added.length + change.removed.length === 0) continue;
    taggedCount += 1;
    if (tagged.length < most) tagged.push(change);
    for (const tag of change.added) countOf(tags, tag).added += 1;
    for (const tag of change.removed) countOf(tags, tag).removed += 1;
  }
  for (const uid of former.keys()) found.removed.add(uid);
  return {
    samples: counts,
    added: found.added.samples(),
    removed: found.removed.samples(),
    discarded: found.discarded.samples(),
    restored: found.restored.samples(),
    tagged: { count: taggedCount, samples: tagged },
    tags: Object.fromEntries([...tags].sort(([one], [other]) => (one < other ? -1 : 1))),
  };
}

function collector(most: number): { add(uid: string | number): void; samples(): Samples } {
  const uids: (string | number)[] = [];
  let count = 0;
  return {
    add: (uid) => {
      count += 1;
      if (uids.length < most) uids.push(uid);
    },
    samples: () => ({ count, uids }),
  };
}

function countOf(tags: Map<string, { added: number; removed: number }>, tag: string): { added: number; removed: number } {
  const known = tags.get(tag) ?? { added: 0, removed: 0 };
  tags.set(tag, known);
  return known;
}

const without = (some: readonly string[], others: readonly string[]): string[] => some.filter((one) => !others.includes(one));
