import { canonicalJson } from "../../events/canonical-json.js";
import { coverageOf, pathKey, type Coverage } from "./coverage.js";
import { listGroup, sizeOf, type Group } from "./groups.js";
import { build, leavesOf, type Row } from "./leaves.js";
import type { Place } from "./place.js";

/** Most sets that are made at once, where a chain cannot stay a product. */
export const maxSetsAtOnce = 1_000_000;

/** Groups of which no two have leaves in each other's way, each of rows that differ: two choices of rows are never the same set. */
type Apart = readonly (readonly Row[])[];

/**
 * Groups that give every combination of one set of each sweep, merged, those that are alike only where they come first. `sweeps` are
 * lists of groups.
 *
 * A later group first takes away from the earlier ones the leaves that it covers; those rows that are then alike become one. Where only
 * some of its rows cover a leaf, that cannot be done, and from the group of that leaf on all are multiplied out.
 * @throws InvalidOptionError (InvalidValueError for a file) when more than {@link maxSetsAtOnce} sets would have to be made at once
 */
export function distinctGroups(sweeps: readonly (readonly Group[])[], place: Place): readonly Group[] {
  const appendAll = (done: Apart, groups: Apart): Apart => groups.reduce((before, rows) => append(before, rows, place), done);
  return sweeps
    // Each for itself first, since merging is not associative: 0 under {} is {}, but what stood below the 0 would come through.
    .map((groups) => appendAll([], groups.map((group) => distinctRows(rowsOf(group, place)))))
    .reduce(appendAll, [])
    .map(listGroup);
}

function append(done: Apart, later: readonly Row[], place: Place): Apart {
  const coverage = coverageOf(later);
  const verdicts = done.map((rows) => coveredIn(rows, coverage));
  const tangled = verdicts.indexOf("depends");
  const apart = tangled === -1 ? done.length : tangled;
  const before = done.slice(0, apart).map((rows, index) => without(rows, verdicts[index]));
  const last = tangled === -1 ? later : multiplyOut([...done.slice(apart), later], place);
  return [...before, last].filter((rows) => rows.length > 1 || rows[0]?.length !== 0);
}

/** The leaves of `rows` that are covered, as a set of path keys; "depends" when one of them is so only now and then. */
function coveredIn(rows: readonly Row[], coverage: (path: readonly string[]) => Coverage): ReadonlySet<string> | "depends" {
  const paths = new Map(rows.flatMap((row) => row.map(({ path }) => [pathKey(path), path])));
  const covered = new Set<string>();
  for (const [key, path] of paths) {
    const verdict = coverage(path);
    if (verdict === "depends") return verdict;
    if (verdict === "covers") covered.add(key);
  }
  return covered;
}

function without(rows: readonly Row[], covered: ReadonlySet<string> | "depends" | undefined): readonly Row[] {
  if (covered === undefined || covered === "depends" || covered.size === 0) return rows;
  return distinctRows(rows.map((row) => row.filter(({ path }) => !covered.has(pathKey(path)))));
}

function multiplyOut(lists: Apart, place: Place): readonly Row[] {
  checkSize(lists.reduce((product, { length }) => product * length, 1), place);
  return distinctRows(lists.reduce<readonly Row[]>((rows, later) => rows.flatMap((row) => later.map((above) => leavesOf(build([row, above])))), [[]]));
}

function rowsOf(group: Group, place: Place): Row[] {
  checkSize(sizeOf([group]), place);
  return Array.from({ length: group.size }, (_, index) => group.row(index));
}

function checkSize(size: number, place: Place): void {
  if (size <= maxSetsAtOnce) return;
  const problem = `needs ${size} sets made at once to find those that are alike, more than ${maxSetsAtOnce}; give later sweeps the same fields in all their sets, and draw samples last`;
  throw place.error([], problem);
}

/** The first of those that are alike, as objects. No row sets a field twice, so that one of a single leaf is like no longer one. */
function distinctRows(rows: readonly Row[]): readonly Row[] {
  const seen = new Map<string, Row>();
  for (const row of rows) {
    // Most rows are one value of an axis, and axes get long.
    const [only] = row;
    const simple = row.length === 1 && only !== undefined && (typeof only.value !== "object" || only.value === null);
    const key = simple ? JSON.stringify(row) : canonicalJson(build([row]));
    if (!seen.has(key)) seen.set(key, row);
  }
  return [...seen.values()];
}
