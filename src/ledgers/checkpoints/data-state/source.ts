import { UnhashablePartError, preview } from "../../../base/errors.js";
import { isEncodable } from "./line-sum.js";
import { isIterable, isMap, keyedByItems, keyedByMap, placeOf, uidText } from "./keyed-source.js";
import type { Keyed } from "./keyed-source.js";
import { formatStatus, sortedTags } from "./sample-line.js";

/** A uid: a text, or an integer, which is the same as its decimal digits. */
export type SampleUid = string | number | bigint;

/** A data state in the plain form: all samples, which of them are discarded, and their tags. */
export interface PlainDataState {
  readonly uids: Iterable<SampleUid>;
  /** A set or a list of uids, or a map (or an object) from uids to booleans. All of them are among `uids`. */
  readonly discarded?: Iterable<SampleUid> | ReadonlyMap<SampleUid, boolean> | Readonly<Record<string, boolean>>;
  /** Tags by uid; their order and repetitions do not matter. All uids are among `uids`. */
  readonly tags?: ReadonlyMap<SampleUid, Iterable<string>> | Readonly<Record<string, Iterable<string>>>;
}

/** What a dataset offers for its state to be told. In place of `getSampleUids()` `sampleIds` or `uids`, in place of `getTags` `tags`. */
export interface DatasetLike {
  getSampleUids?(): Iterable<SampleUid>;
  readonly sampleIds?: Iterable<SampleUid>;
  readonly uids?: Iterable<SampleUid>;
  isDiscarded?(uid: SampleUid): boolean | undefined;
  getTags?(uid: SampleUid): Iterable<string> | undefined;
  readonly tags?: PlainDataState["tags"];
}

/** What a data state is given as; a bare list or set of uids is a state without discards and tags. */
export type DataStateSource = PlainDataState | DatasetLike | Iterable<SampleUid>;

/** A data state as it is gone through. */
export interface DataView {
  /** Can be gone through again. */
  readonly uids: Iterable<unknown>;
  /** How many, where that is known before; else 0. */
  readonly expected: number;
  /** Where those are. */
  readonly place: string;
  discarded(raw: unknown, uid: string): boolean;
  tags(raw: unknown, uid: string): readonly string[];
  readonly tables: readonly Table[];
}

/** Where discards or tags stand by uid. `found` counts the samples that were looked up and are there. */
interface Table {
  readonly field: string;
  readonly keyed: Keyed;
  readonly given: unknown;
  found: number;
}

type Given = { readonly [name: string]: unknown };

const unusable = (path: string, problem: string, cause?: unknown): UnhashablePartError => new UnhashablePartError("data", path, problem, cause);

/** Looks at what a data state is given as. @throws UnhashablePartError when it is none */
export function viewOf(source: unknown): DataView {
  if (isIterable(source)) return { ...untold, ...repeatable(source), place: "$" };
  if (typeof source !== "object" || source === null) throw unusable("$", `must be a data state, a dataset or a list of uids, not ${preview(source)}`);
  const given = source as Given;
  refuseStrangers(given);
  const [uids, place] = uidsOf(given);
  if (!isIterable(uids)) throw unusable(place, `must be a list or a set of uids, not ${uids instanceof Promise ? "a promise" : preview(uids)}`);
  const discards = discardsOf(given);
  const tags = tagsOf(given);
  return { ...repeatable(uids), place, discarded: discards.of, tags: tags.of, tables: [...discards.tables, ...tags.tables] };
}

/** Goes through the samples: uid and status of each. Whether a uid comes twice is for the visitor to find out. @throws UnhashablePartError */
export function forEachSample(view: DataView, visit: (uid: string, status: string, index: number) => void): void {
  for (const table of view.tables) table.found = 0;
  let index = 0;
  for (const raw of view.uids) {
    const at = index;
    const uid = typeof raw === "string" && isEncodable(raw) ? raw : uidText(raw, () => `${view.place}[${at}]`);
    visit(uid, formatStatus(view.discarded(raw, uid), view.tags(raw, uid)), index);
    index += 1;
  }
  if (view.tables.some(({ keyed, found }) => found !== keyed.size)) refuseUnknown(view);
}

/** That a uid comes twice. */
export const twice = (view: DataView, uid: string, index: number): UnhashablePartError => unusable(`${view.place}[${index}]`, `is ${preview(uid)} a second time`);

/** Names the first of what is discarded or tagged that is no sample. */
function refuseUnknown(view: DataView): void {
  const uids = new Set<string>();
  for (const raw of view.uids) uids.add(uidText(raw, () => view.place));
  for (const { field, keyed, given } of view.tables) {
    for (const key of keyed.keys()) {
      if (uids.has(key)) continue;
      const at = Array.isArray(given) ? given.findIndex((item) => String(item) === key) : -1;
      throw unusable(at === -1 ? placeOf(field, key) : `${field}[${at}]`, `is no sample of ${view.place}${at === -1 ? "" : `: ${preview(key)}`}`);
    }
  }
}

const none: readonly string[] = [];
const untold = { discarded: () => false, tags: () => none, tables: [] } as const;

/** Iterators that can be gone through once are turned into lists. */
function repeatable(items: Iterable<unknown>): { readonly uids: Iterable<unknown>; readonly expected: number } {
  const uids = isMap(items) ? [...items.keys()] : Object.is(items[Symbol.iterator](), items) ? [...items] : items;
  const { length, size } = uids as { readonly length?: unknown; readonly size?: unknown };
  return { uids, expected: [length, size].find((count): count is number => Number.isSafeInteger(count) && (count as number) < 2 ** 26) ?? 0 };
}

/** A plain object that holds data only is taken at its word: a name that is not known is a slip that would not be hashed. */
function refuseStrangers(given: Given): void {
  const prototype: unknown = Object.getPrototypeOf(given);
  if ((prototype !== Object.prototype && prototype !== null) || Object.values(given).some((value) => typeof value === "function")) return;
  const stranger = Object.keys(given).find((key) => !["uids", "sampleIds", "discarded", "tags"].includes(key));
  if (stranger !== undefined) throw unusable(`$.${stranger}`, "is not known: a data state has uids, discarded and tags");
}

function uidsOf(given: Given): readonly [unknown, string] {
  if (typeof given["getSampleUids"] === "function") return [call(given, "getSampleUids"), "$.getSampleUids()"];
  const name = ["sampleIds", "uids"].find((one) => given[one] !== undefined);
  if (name === undefined) throw unusable("$", "has no samples: neither getSampleUids() nor sampleIds nor uids");
  return [given[name], `$.${name}`];
}

function discardsOf(given: Given): { readonly of: DataView["discarded"]; readonly tables: DataView["tables"] } {
  if (typeof given["isDiscarded"] === "function") {
    return { of: (raw, uid) => truth(call(given, "isDiscarded", raw, uid), () => `$.isDiscarded(${JSON.stringify(uid)})`), tables: [] };
  }
  const discarded = given["discarded"] ?? undefined;
  if (discarded === undefined) return { of: untold.discarded, tables: [] };
  const field = "$.discarded";
  if (typeof discarded !== "object") throw unusable(field, `must be a set or a list of uids, or a map to booleans, not ${preview(discarded)}`);
  const keyed = isIterable(discarded) && !isMap(discarded) ? keyedByItems(discarded, field) : keyedByMap(discarded, field);
  const table: Table = { field, keyed, given: discarded, found: 0 };
  return { of: (_, uid) => truth(lookUp(table, uid), () => placeOf(field, uid)), tables: [table] };
}

function tagsOf(given: Given): { readonly of: DataView["tags"]; readonly tables: DataView["tables"] } {
  if (typeof given["getTags"] === "function") {
    return { of: (raw, uid) => checkedTags(call(given, "getTags", raw, uid), () => `$.getTags(${JSON.stringify(uid)})`), tables: [] };
  }
  const tags = given["tags"] ?? undefined;
  if (tags === undefined) return { of: untold.tags, tables: [] };
  const field = "$.tags";
  if (typeof tags !== "object" || (isIterable(tags) && !isMap(tags))) throw unusable(field, `must be a map or an object from uids to tags, not ${preview(tags)}`);
  const keyed = keyedByMap(tags, field);
  const table: Table = { field, keyed, given: tags, found: 0 };
  return { of: (_, uid) => checkedTags(lookUp(table, uid), () => placeOf(field, uid)), tables: [table] };
}

function lookUp(table: Table, uid: string): unknown {
  const value = table.keyed.get(uid);
  if (value !== undefined) table.found += 1;
  return value;
}

function call(given: Given, method: string, raw?: unknown, uid?: string): unknown {
  try {
    return (given[method] as (...values: readonly unknown[]) => unknown).apply(given, uid === undefined ? [] : [raw]);
  } catch (error) {
    throw unusable(`$.${method}(${uid === undefined ? "" : JSON.stringify(uid)})`, `failed: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function truth(value: unknown, place: () => string): boolean {
  if (typeof value === "boolean") return value;
  if (value === undefined || value === null) return false;
  throw unusable(place(), `must be true or false, not ${preview(value)}`);
}

/** Tags, each once and sorted. @throws UnhashablePartError */
export function checkedTags(value: unknown, place: () => string): readonly string[] {
  if (value === undefined || value === null) return none;
  if (!isIterable(value) || isMap(value)) throw unusable(place(), `must be a list or a set of tags, not ${value instanceof Promise ? "a promise" : preview(value)}`);
  const tags: string[] = [];
  for (const tag of value) {
    if (typeof tag !== "string") throw unusable(`${place()}[${tags.length}]`, `must be a text, not ${preview(tag)}`);
    if (!isEncodable(tag)) throw unusable(`${place()}[${tags.length}]`, "holds half of a surrogate pair");
    tags.push(tag);
  }
  return sortedTags(tags);
}
