import { formatUid, parseRunStream } from "../../events/names.js";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { defineProjection } from "../projection.js";
import type { Rows } from "../projection.js";

/** `last`: highest uid number of a scope. `lowest`: the lowest uid with a parameter hash. `relpaths`: where a uid exists. */
export type IndexRow = { readonly last?: number; readonly lowest?: string; readonly relpaths?: readonly string[] };

// Names hold no control characters, so U+0000 parts them; and a text is put together in a fraction of the time that JSON takes.
const scopeKey = (identifier: string, relpath: string): string => `scope\0${identifier}\0${relpath}`;
const hashKey = (identifier: string, relpath: string, hash: string): string => `hash\0${identifier}\0${relpath}\0${hash}`;
/** The row that says under which relpaths a uid exists. */
export const uidKey = (identifier: string, uid: string): string => `uid\0${identifier}\0${uid}`;

/** What a decision about runs has to find without looking at every run. */
export const runIndexProjection = defineProjection<"run-index", IndexRow>({
  name: "run-index",
  version: 1,
  types: ["run.allocated"],
  keys: (event) => {
    const run = parseRunStream(event.stream);
    if (run === undefined) return [];
    const { identifier, relpath, uid } = run;
    const { paramHash } = event.data;
    const keys = [scopeKey(identifier, relpath)];
    // The root is looked at first, whatever else there is.
    if (relpath !== "") keys.push(uidKey(identifier, uid));
    if (typeof paramHash === "string") keys.push(hashKey(identifier, relpath, paramHash));
    return keys;
  },
  evolve: evolveIndex,
  combine: ({ last, lowest, relpaths }, later) => {
    if (later.last !== undefined) return { last: Math.max(last ?? 0, later.last) };
    if (later.lowest !== undefined) return { lowest: lowest !== undefined && Number(lowest) <= Number(later.lowest) ? lowest : later.lowest };
    return { relpaths: [...new Set([...(relpaths ?? []), ...(later.relpaths ?? [])])] };
  },
});

function evolveIndex(row: IndexRow | undefined, event: RecordedEvent, key: string): IndexRow | undefined {
  const run = parseRunStream(event.stream);
  if (run === undefined) return row;
  const number = Number(run.uid);
  if (key.startsWith("scope")) return { last: Math.max(row?.last ?? 0, number) };
  if (key.startsWith("hash")) return { lowest: row?.lowest !== undefined && Number(row.lowest) <= number ? row.lowest : run.uid };
  const relpaths = row?.relpaths ?? [];
  return relpaths.includes(run.relpath) ? row : { relpaths: [...relpaths, run.relpath] };
}

/** The next uid of a scope. Uids only rise: one is never given twice, whatever became of its run. */
export function nextUid(index: Rows<IndexRow>, identifier: string, relpath: string): string {
  return formatUid((index.get(scopeKey(identifier, relpath))?.last ?? 0) + 1);
}

/** The lowest uid with that parameter hash. */
export function uidOfHash(index: Rows<IndexRow>, identifier: string, relpath: string, hash: string): string | undefined {
  return index.get(hashKey(identifier, relpath, hash))?.lowest;
}

/** The relpaths under which a uid exists, the root aside. */
export function relpathsOf(index: Rows<IndexRow>, identifier: string, uid: string): readonly string[] {
  return index.get(uidKey(identifier, uid))?.relpaths ?? [];
}
