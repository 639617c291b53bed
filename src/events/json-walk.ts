/** The walk that finds what JSON would silently change; `canonical-json.ts` documents what that is. */
import { jsonPath, type JsonKey } from "./json-path.js";
import { isWellFormed } from "./text.js";

/** Deepest nesting of arrays and objects, the outermost counted. Folding, comparing and validating recurse, so there is a bound. */
export const maxJsonDepth = 512;

/** Most values one JSON value may hold, shared ones counted as often as JSON writes them: 2^22. A few shared arrays can stand for billions. */
export const maxJsonValues = 4_194_304;

/** What {@link inspectJson} found. */
export interface JsonInspection {
  /** The first thing JSON would change: where it is, and what, in words that follow the path. */
  readonly fault: { readonly path: string; readonly problem: string } | undefined;
  /** Whether a property was undefined, and so is absent from the JSON. */
  readonly droppedUndefined: boolean;
}

/** The way down to the value being looked at. A failed walk stays where it failed: that is the path to report. */
interface Walk {
  depth: number;
  values: number;
  droppedUndefined: boolean;
  readonly keys: JsonKey[];
  readonly open: object[];
}

const accessor = "is an accessor; JSON would write what it happens to return";

// Asking for the getter of an element costs a quarter of asking for its descriptor, and arrays get long.
const getterOf = (Object.prototype as unknown as { __lookupGetter__: (this: object, key: JsonKey) => unknown }).__lookupGetter__;

/** How deep the quick look goes, and at how many values: shared objects can stand for billions. */
const quickDepth = 16;
const quickValues = 1024;
let quickLeft = 0;

/**
 * A quick look that runs no code of `value` either: true for what surely is JSON as it stands. False says nothing: ask
 * {@link inspectJson}.
 */
export function isPlainJson(value: unknown): boolean {
  quickLeft = quickValues;
  try {
    // With something enumerable in Object.prototype nothing is plain.
    for (const _inherited in {}) return false;
    return isPlain(value, 0);
  } catch {
    return false;
  }
}

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return isSafePrimitive(value);
  if (depth >= quickDepth || quickLeft <= 0) return false;
  return Array.isArray(value) ? isPlainArray(value, depth) : isPlainRecord(value as Readonly<Record<string, unknown>>, depth);
}

function isPlainRecord(value: Readonly<Record<string, unknown>>, depth: number): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  let seen = 0;
  for (const key in value) {
    // Asking for the getter costs half of asking for the descriptor. An inherited key would make the count wrong.
    if (getterOf.call(value, key) !== undefined) return false;
    const entry = value[key];
    if (!isSafePrimitive(entry) && !isPlain(entry, depth + 1)) return false;
    if (!isWellFormed(key)) return false;
    seen += 1;
  }
  quickLeft -= seen;
  return Object.getOwnPropertyNames(value).length === seen && Object.getOwnPropertySymbols(value).length === 0;
}

function isPlainArray(value: readonly unknown[], depth: number): boolean {
  const { length } = value;
  quickLeft -= length;
  if (quickLeft <= 0 || Object.getPrototypeOf(value) !== Array.prototype) return false;
  for (let index = 0; index < length; index += 1) {
    if (getterOf.call(value, index) !== undefined) return false;
    const entry = value[index];
    if (!isSafePrimitive(entry) && !isPlain(entry, depth + 1)) return false;
  }
  // No holes (they read as undefined, which is not safe), and nothing besides the elements and the length.
  return Object.getOwnPropertyNames(value).length === length + 1 && Object.getOwnPropertySymbols(value).length === 0;
}

/** Walks `value` without running its code (accessors are refused uncalled; a Proxy's traps do run). Never throws. */
export function inspectJson(value: unknown, base: string): JsonInspection {
  const walk: Walk = { depth: 0, values: 0, droppedUndefined: false, keys: [], open: [] };
  let problem: string | undefined;
  try {
    problem = problemOf(value, walk);
  } catch {
    // A Proxy's trap threw, or the caller had used up the stack. What was thrown may itself be hostile: it is not looked at.
    problem = "cannot be read: looking at it throws";
  }
  if (problem === undefined) return { fault: undefined, droppedUndefined: walk.droppedUndefined };
  return { fault: { path: jsonPath(base, walk.keys.slice(0, walk.depth)), problem }, droppedUndefined: walk.droppedUndefined };
}

function problemOf(value: unknown, walk: Walk): string | undefined {
  switch (typeof value) {
    case "string":
      return isWellFormed(value) ? undefined : "holds half of a surrogate pair, which UTF-8 cannot carry";
    case "number":
      return Number.isFinite(value) ? undefined : `is ${value}, which JSON does not have; use null or a string`;
    case "boolean":
      return undefined;
    case "object":
      return value === null ? undefined : problemOfObject(value, walk);
    case "bigint":
      return "is a BigInt, which JSON does not have; use a string";
    case "undefined":
      return "is undefined, which JSON does not have; use null";
    case "symbol":
    case "function":
      return `is a ${typeof value}, which JSON does not have`;
  }
}

function problemOfObject(value: object, walk: Walk): string | undefined {
  if (walk.depth >= maxJsonDepth) return `is nested more than ${maxJsonDepth} deep`;
  for (let depth = 0; depth < walk.depth; depth += 1) {
    if (walk.open[depth] === value) return `is a cycle: the same object as ${jsonPath("$", walk.keys.slice(0, depth))}`;
  }
  walk.open[walk.depth] = value;
  const problem = Array.isArray(value) ? problemOfArray(value, walk) : problemOfRecord(value, walk);
  return problem ?? (Object.getOwnPropertySymbols(value).length > 0 ? "has a symbol as key, which JSON would drop" : undefined);
}

function problemOfRecord(value: object, walk: Walk): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `is ${instanceOf(prototype)}; only plain objects and arrays survive as JSON`;
  let seen = 0;
  // for...in is several times as fast as Object.keys here; what it inherits has no descriptor.
  for (const key in value) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property === undefined) continue;
    seen += 1;
    if (!isWellFormed(key)) return inside(key, walk, "has half of a surrogate pair in its key, which UTF-8 cannot carry");
    const entry: unknown = property.value;
    if (isSafePrimitive(entry)) continue;
    if (entry === undefined) {
      if (property.get !== undefined || property.set !== undefined) return inside(key, walk, accessor);
      walk.droppedUndefined = true;
    } else {
      const problem = problemInside(key, entry, walk);
      if (problem !== undefined) return problem;
    }
  }
  if (Object.getOwnPropertyNames(value).length !== seen) return "has a property that is not enumerable, which JSON would drop";
  return problemOfCount(seen, walk);
}

function problemOfArray(value: readonly unknown[], walk: Walk): string | undefined {
  if (Object.getPrototypeOf(value) !== Array.prototype) return "is an array of a class of its own; only plain arrays survive as JSON";
  const length = value.length;
  const problem = problemOfCount(length, walk);
  if (problem !== undefined) return problem;
  for (let index = 0; index < length; index += 1) {
    if (getterOf.call(value, index) !== undefined) return inside(index, walk, accessor);
    const entry = value[index];
    if (isSafePrimitive(entry)) continue;
    const problem = entry === undefined && !Object.hasOwn(value, index) ? inside(index, walk, "is a hole in an array, which JSON fills") : problemInside(index, entry, walk);
    if (problem !== undefined) return problem;
  }
  return Object.keys(value).length === length ? undefined : "has a property besides its elements, which JSON would drop";
}

/** The primitives that are nothing to look into: most of all values, so they get the shortest way. */
function isSafePrimitive(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string") return isWellFormed(value);
  return value === null || typeof value === "boolean";
}

function problemInside(key: JsonKey, value: unknown, walk: Walk): string | undefined {
  walk.keys[walk.depth] = key;
  walk.depth += 1;
  const problem = problemOf(value, walk);
  if (problem === undefined) walk.depth -= 1;
  return problem;
}

function problemOfCount(entries: number, walk: Walk): string | undefined {
  walk.values += entries;
  return walk.values > maxJsonValues ? `has too many entries: with them the whole holds more than ${maxJsonValues} values` : undefined;
}

function inside(key: JsonKey, walk: Walk, problem: string): string {
  walk.keys[walk.depth] = key;
  walk.depth += 1;
  return problem;
}

const advice: Readonly<Record<string, string>> = {
  Map: "a Map (use Object.fromEntries)",
  Set: "a Set (use an array)",
  Date: "a Date (use its toISOString())",
};

/** The class of an instance in words, found without running its code. */
function instanceOf(prototype: unknown): string {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  const name: unknown = typeof constructor === "function" ? Object.getOwnPropertyDescriptor(constructor, "name")?.value : undefined;
  if (typeof name !== "string" || !/^[\w$]{1,64}$/.test(name)) return "an object with a prototype of its own";
  return Object.hasOwn(advice, name) ? (advice[name] ?? name) : `an instance of ${name}`;
}
