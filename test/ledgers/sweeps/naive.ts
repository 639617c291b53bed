/** Sweeps as one would first write them: everything made, merged and compared. What the library does lazily has to come out the same. */
import { canonicalJson, type Json, type JsonObject } from "../../../src/index.js";

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

export function merge(below: Json | undefined, above: Json): Json {
  if (!isObject(below) || !isObject(above)) return above;
  const keys = [...new Set([...Object.keys(below), ...Object.keys(above)])];
  return Object.fromEntries(
    keys.map((key): [string, Json] => {
      const upon = Object.hasOwn(below, key) ? below[key] : undefined;
      const over = Object.hasOwn(above, key) ? above[key] : undefined;
      return [key, over === undefined ? (upon as Json) : merge(upon, over)];
    }),
  );
}

interface Found {
  readonly path: readonly string[];
  readonly values: readonly Json[];
  readonly constant: boolean;
}

function find(axes: JsonObject, path: readonly string[] = []): Found[] {
  return Object.entries(axes).flatMap(([key, value]): Found[] => {
    const here = [...path, key];
    if (isObject(value) && Object.keys(value).length > 0) return find(value, here);
    return [Array.isArray(value) ? { path: here, values: value as readonly Json[], constant: false } : { path: here, values: [value], constant: true }];
  });
}

const nest = (path: readonly string[], value: Json): JsonObject => path.reduceRight<Json>((inner, key) => Object.fromEntries([[key, inner]]), value) as JsonObject;

const combine = (lists: readonly (readonly JsonObject[])[], first: JsonObject = {}): JsonObject[] =>
  lists.reduce<JsonObject[]>((sets, list) => sets.flatMap((set) => list.map((above) => merge(set, above) as JsonObject)), [first]);

export const naiveProduct = (axes: JsonObject, constants: JsonObject = {}): JsonObject[] =>
  combine(find(axes).map(({ path, values }) => values.map((value) => nest(path, value))), constants);

export function naiveZip(axes: JsonObject, constants: JsonObject = {}): JsonObject[] {
  const found = find(axes);
  const lengths = found.filter(({ constant }) => !constant).map(({ values }) => values.length);
  const length = lengths.length === 0 ? 1 : Math.min(...lengths);
  return Array.from({ length }, (_, at) => combine(found.map(({ path, values, constant }) => [nest(path, values[constant ? 0 : at] as Json)]), constants)[0] ?? {});
}

export function naiveChain(lists: readonly (readonly JsonObject[])[]): JsonObject[] {
  const seen = new Map<string, JsonObject>();
  for (const set of combine(lists)) {
    const key = canonicalJson(set);
    if (!seen.has(key)) seen.set(key, set);
  }
  return [...seen.values()];
}
