/** Sets of parameters taken apart into leaves and put together again; all combining is done on leaves. */
import type { Json, JsonObject } from "../../events/recorded-event.js";

/** A value and the keys that lead to it. It is never an object with fields, since those are leaves of their own. */
export interface Leaf {
  readonly path: readonly string[];
  /** A primitive, a list, or `{}`, which only makes room: put upon an object it changes nothing. */
  readonly value: Json;
}

/** Leaves that are set together. */
export type Row = readonly Leaf[];

type Tree = { [key: string]: Json };

/** Narrower than `Array.isArray`, which loses the type of readonly lists. */
export const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

export const isObject = (value: Json): value is JsonObject => typeof value === "object" && value !== null && !isList(value);

/** The leaves of `value` in the order written; of `{}` alone, none. */
export function leavesOf(value: Json, path: readonly string[] = []): Leaf[] {
  if (!isObject(value)) return [{ path, value }];
  const entries = Object.entries(value);
  if (entries.length === 0) return path.length === 0 ? [] : [{ path, value: {} }];
  return entries.flatMap(([key, below]) => leavesOf(below, [...path, key]));
}

/** The object that has all these leaves, later ones winning: a deep merge. It shares nothing with them. */
export function build(rows: Iterable<Row>): JsonObject {
  const root: Tree = {};
  for (const row of rows) {
    for (const leaf of row) put(root, leaf);
  }
  return root;
}

function put(root: Tree, { path, value }: Leaf): void {
  let tree = root;
  path.forEach((key, depth) => {
    if (depth < path.length - 1 || isObject(value)) tree = objectAt(tree, key);
    else define(tree, key, copy(value));
  });
}

function objectAt(tree: Tree, key: string): Tree {
  const there = Object.hasOwn(tree, key) ? tree[key] : undefined;
  // Every object in the tree was made here, so it may be written to.
  if (there !== undefined && isObject(there)) return there;
  const made: Tree = {};
  define(tree, key, made);
  return made;
}

function define(tree: Tree, key: string, value: Json): void {
  // Assigning to this one name would set the prototype.
  if (key === "__proto__") Object.defineProperty(tree, key, { value, writable: true, enumerable: true, configurable: true });
  else tree[key] = value;
}

function copy(value: Json): Json {
  if (isList(value)) return value.map(copy);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, below]) => [key, copy(below)])) : value;
}
