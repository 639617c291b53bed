import type { PartDigests } from "../../../events/checkpoint-events.js";
import type { ExperimentRow } from "../../../projections/views/experiments.js";
import type { HashOrigin, HashRow } from "../../../projections/views/hashes.js";

/** A hash in the lineage of experiments. */
export interface LineageNode {
  readonly folder: string;
  readonly hash: string;
  readonly parts: PartDigests;
  /** The folder of the hash that it came from first; undefined for a beginning. */
  readonly parent?: string;
  /** How it first came about. */
  readonly origin: HashOrigin;
  /** Other ways by which experiments came to it, in the order in which they first did. */
  readonly returns: readonly HashOrigin[];
  /** Folders of the hashes that came from it first, oldest first. */
  readonly children: readonly string[];
  /** Experiments that stand at it. */
  readonly here: readonly string[];
  /** Whether what it stands for is in its folder. */
  readonly dumped: boolean;
}

/** Which hash came from which: a forest, as plain data. */
export interface Lineage {
  /** Every hash, each behind the one that it came from; in a branch the older ones first. */
  readonly nodes: readonly LineageNode[];
  /** The beginnings, oldest first. */
  readonly roots: readonly string[];
}

/**
 * Which hash came from which. A hash hangs below the one that it came from first; further ways to it (back to an earlier one, from another experiment) are
 * its `returns`. Total: where a hash came from one that is not among the rows, it is a beginning.
 */
export function lineageOf(rows: readonly HashRow[], experiments: readonly ExperimentRow[] = []): Lineage {
  const known = new Map(rows.filter(({ origins }) => origins.length > 0).map((row) => [row.folder, row]));
  const sorted = [...known.values()].sort((a, b) => firstOf(a).seq - firstOf(b).seq || (a.folder < b.folder ? -1 : 1));
  const parents = parentsOf(sorted, known);
  const children = new Map<string | undefined, string[]>();
  for (const { folder } of sorted) {
    const siblings = children.get(parents.get(folder));
    if (siblings === undefined) children.set(parents.get(folder), [folder]);
    else siblings.push(folder);
  }
  const nodes: LineageNode[] = [];
  const roots = children.get(undefined) ?? [];
  // A stack instead of calls: a line of work may be thousands of hashes long.
  const open = roots.toReversed();
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const row = known.get(folder);
    if (row === undefined) continue;
    const parent = parents.get(folder);
    const below = children.get(folder) ?? [];
    nodes.push({
      folder,
      hash: row.hash,
      parts: row.parts,
      ...(parent === undefined ? {} : { parent }),
      origin: firstOf(row),
      returns: row.origins.slice(1),
      children: below,
      here: experiments.filter((one) => one.folder === folder).map(({ experiment }) => experiment),
      dumped: row.dumped !== undefined,
    });
    for (const child of below.toReversed()) open.push(child);
  }
  return { nodes, roots };
}

const firstOf = (row: HashRow): HashOrigin => row.origins[0] as HashOrigin;

/** What each hash came from, which is older than it: there are no circles, not even where events from elsewhere say so. */
function parentsOf(sorted: readonly HashRow[], known: ReadonlyMap<string, HashRow>): ReadonlyMap<string, string> {
  const parents = new Map<string, string>();
  for (const row of sorted) {
    const { from, seq } = firstOf(row);
    const parent = from === undefined ? undefined : known.get(from);
    if (parent !== undefined && firstOf(parent).seq < seq) parents.set(row.folder, parent.folder);
  }
  return parents;
}
