import type { Json, JsonObject, MetricValue } from "../../src/index.js";
import { UsageError } from "./errors.js";

type Tree = Map<string, Tree | { readonly value: Json }>;

/** For options that may be given several times. */
export const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

/** Splits at the first `=`. @throws UsageError */
export function splitAssignment(option: string, text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at === -1) throw new UsageError(`${option} ${text}: there is no "="; write NAME=VALUE`);
  if (at === 0) throw new UsageError(`${option} ${text}: there is no name before the "="`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** JSON if it parses, else text. An integer that a double cannot hold stays text: it is not to become another number. */
export function readValue(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return text;
  }
  if (typeof value === "number") return Number.isFinite(value) && (Number.isSafeInteger(value) || !/^\s*-?\d+\s*$/.test(text)) ? value : text;
  const unsafe = typeof value === "object" ? unsafeInteger(text) : undefined;
  if (unsafe !== undefined) throw new UsageError(`${unsafe} in ${text} is too large for a JSON number; write it as text: "${unsafe}"`);
  return value;
}

function unsafeInteger(json: string): string | undefined {
  const numbers = json.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d[\d.eE+-]*/g) ?? [];
  return numbers.find((number) => /^-?\d+$/.test(number) && !Number.isSafeInteger(Number(number)));
}

/** `["lr=0.1", "model.width=8"]` as `{ lr: 0.1, model: { width: 8 } }`. @throws UsageError for what is given twice */
export const readParams = (assignments: readonly string[]): JsonObject => readNested("-p", assignments, readValue);

/** Assignments to fields of one object, dots standing between the keys of nested ones. @throws UsageError for what is given twice */
export function readNested(option: string, assignments: readonly string[], read: (text: string, assignment: string) => Json): JsonObject {
  const tree: Tree = new Map();
  for (const assignment of assignments) {
    const [name, text] = splitAssignment(option, assignment);
    const keys = name.split(".");
    if (keys.includes("")) throw new UsageError(`${option} ${assignment}: an empty key; a dot stands between the keys of nested objects`);
    place(tree, keys, { value: read(text, assignment) }, `${option} ${assignment}`);
  }
  return toObject(tree);
}

function place(tree: Tree, keys: readonly string[], leaf: { readonly value: Json }, assignment: string): void {
  const [key = "", ...rest] = keys;
  const there = tree.get(key);
  if (rest.length === 0 ? there !== undefined : there !== undefined && !(there instanceof Map)) {
    throw new UsageError(`${assignment}: ${JSON.stringify(key)} is given twice`);
  }
  if (rest.length === 0) tree.set(key, leaf);
  else {
    const below: Tree = there instanceof Map ? there : (new Map() as Tree);
    tree.set(key, below);
    place(below, rest, leaf, assignment);
  }
}

// fromEntries makes own properties of all keys, "__proto__" included.
const toObject = (tree: Tree): JsonObject => Object.fromEntries([...tree].map(([key, value]) => [key, value instanceof Map ? toObject(value) : value.value]));

/** `["accuracy=0.97"]` as metrics. @throws UsageError */
export function readMetrics(assignments: readonly string[]): Record<string, MetricValue> {
  return readNamed("--metric", assignments, (text, assignment) => {
    const value = readValue(text);
    // As text it would be stored, and order among numbers as the best of all.
    if (typeof value === "string" && isNoNumber(text)) throw new UsageError(`--metric ${assignment}: JSON has no such number; give null for a value that is none`);
    if (typeof value === "object" && value !== null) throw new UsageError(`--metric ${assignment}: a metric is a number, a text, true, false or null`);
    return value;
  });
}

/** True for what a program prints where it has no finite number: NaN, infinities, and numbers too large for a double. */
const isNoNumber = (text: string): boolean => /^[+-]?(nan|inf(inity)?)$/i.test(text.trim()) || (text.trim() !== "" && !Number.isFinite(Number(text)) && !Number.isNaN(Number(text)));

/** `["weights=model.pt"]` as files. @throws UsageError */
export function readFiles(assignments: readonly string[]): Record<string, string> {
  return readNamed("--file", assignments, (text, assignment) => {
    if (text === "") throw new UsageError(`--file ${assignment}: there is no path behind the "="`);
    return text;
  });
}

function readNamed<Value>(option: string, assignments: readonly string[], read: (text: string, assignment: string) => Value): Record<string, Value> {
  const named = new Map<string, Value>();
  for (const assignment of assignments) {
    const [name, text] = splitAssignment(option, assignment);
    if (named.has(name)) throw new UsageError(`${option} ${assignment}: ${JSON.stringify(name)} is given twice`);
    named.set(name, read(text, assignment));
  }
  return Object.fromEntries(named);
}
