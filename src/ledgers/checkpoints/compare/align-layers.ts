/** Which layer of one model is which of another, when layers were added, removed, renamed or changed. */
import { canonicalJson } from "../../../events/canonical-json.js";
import type { Json, JsonObject } from "../../../events/recorded-event.js";

/** Indices of layers that are the same one; those in no pair were removed, or added. */
export type LayerPair = readonly [before: number, after: number];

/** What of a layer decides which one it is. */
interface Outline {
  /** See {@link givenName}. */
  readonly name: string | undefined;
  readonly kind: string | undefined;
  /** All but its name, and what it is connected to: both may shift when another layer is put in before it. */
  readonly essence: string;
  /** Each field as canonical JSON. */
  readonly fields: ReadonlyMap<string, string>;
  /** Whether its name is there in the other model as well. */
  readonly isNamed: boolean;
}

// More pairs than that are not looked at one by one: names decide.
const mostPairs = 250_000;
const kindKeys = ["kind", "class", "className", "type", "opType", "op"];

/** What a layer is called; undefined where it has no name. */
export const layerName = (layer: Json): string | undefined => textOf(layer, "name");

/** What kind of layer it is, such as `Dense`; undefined where it does not say. */
export function layerKind(layer: Json): string | undefined {
  for (const key of kindKeys) {
    const kind = textOf(layer, key);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/**
 * Pairs up the layers of two models in order, so that as little as possible has changed: equal ones first, then those of the same kind, then those of
 * the same name. Of very long models, layers of the same name.
 */
export function alignLayers(before: readonly Json[], after: readonly Json[]): LayerPair[] {
  const [one, other] = [outlinesOf(before, after), outlinesOf(after, before)];
  let start = 0;
  while (start < Math.min(one.length, other.length) && cost(one[start], other[start]) === 0) start += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && cost(one.at(-1 - end), other.at(-1 - end)) === 0) end += 1;
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  const middle = left.length * right.length > mostPairs ? byName(before.slice(start, one.length - end), after.slice(start, other.length - end)) : cheapest(left, right);
  return [
    ...Array.from({ length: start }, (_, at): LayerPair => [at, at]),
    ...middle.map(([a, b]): LayerPair => [a + start, b + start]),
    ...Array.from({ length: end }, (_, at): LayerPair => [one.length - end + at, other.length - end + at]),
  ];
}

/** The name that somebody gave a layer; undefined for a counted one, such as `dense_3` of a Dense: it says no more than the layer's place. */
export function givenName(layer: Json): string | undefined {
  const [name, kind] = [layerName(layer), layerKind(layer)];
  const stem = name === undefined || kind === undefined ? undefined : /^(.+)_\d+$/.exec(name)?.[1];
  return stem !== undefined && stem.replaceAll("_", "") === kind?.toLowerCase().replaceAll("_", "") ? undefined : name;
}

function outlinesOf(layers: readonly Json[], others: readonly Json[]): Outline[] {
  const names = new Set(others.map(givenName));
  return layers.map((layer) => {
    const name = givenName(layer);
    return { name, kind: layerKind(layer), essence: essenceOf(layer), fields: fieldsOf(layer), isNamed: name !== undefined && names.has(name) };
  });
}

const fieldsOf = (layer: Json): ReadonlyMap<string, string> =>
  new Map(typeof layer !== "object" || layer === null || Array.isArray(layer) ? [] : Object.entries(layer as JsonObject).map(([key, value]) => [key, canonicalJson(value)]));

function essenceOf(layer: Json): string {
  if (typeof layer !== "object" || layer === null || Array.isArray(layer)) return canonicalJson(layer);
  const { name: _, inputs: __, ...rest } = layer as JsonObject;
  return canonicalJson(rest);
}

/** Taking a layer out or putting one in costs 1; so a pair has to cost less than 2. */
function cost(one: Outline | undefined, other: Outline | undefined): number {
  if (one === undefined || other === undefined) return Infinity;
  const sameName = one.name === other.name;
  if (one.essence === other.essence) return sameName ? 0 : 0.1;
  // Two that changed places are not one that got the name of the other.
  if (one.kind !== undefined && one.kind === other.kind) return (sameName ? 0.7 : one.isNamed || other.isNamed ? 1.5 : 0.9) + 0.1 * strangeness(one, other);
  return sameName && one.name !== undefined ? 1.5 : Infinity;
}

/** Which part of two layers' fields differ: 0 for none, 1 for all. */
function strangeness(one: Outline, other: Outline): number {
  const keys = new Set([...one.fields.keys(), ...other.fields.keys()]);
  let differing = 0;
  for (const key of keys) if (key !== "name" && key !== "inputs" && one.fields.get(key) !== other.fields.get(key)) differing += 1;
  return differing / keys.size;
}

const steps = { pair: 0, remove: 1, add: 2 } as const;

/** The alignment that costs least, by the usual table of distances. */
function cheapest(one: readonly Outline[], other: readonly Outline[]): LayerPair[] {
  const width = other.length + 1;
  const taken = new Uint8Array((one.length + 1) * width);
  let above = Array.from({ length: width }, (_, column) => column);
  taken.fill(steps.add, 0, width);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    taken[row * width] = steps.remove;
    for (let column = 1; column < width; column += 1) {
      const pair = (above[column - 1] ?? 0) + cost(one[row - 1], other[column - 1]);
      const remove = (above[column] ?? 0) + 1;
      const add = (current[column - 1] ?? 0) + 1;
      const least = Math.min(pair, remove, add);
      current.push(least);
      taken[row * width + column] = least === pair ? steps.pair : least === remove ? steps.remove : steps.add;
    }
    above = current;
  }
  const pairs: LayerPair[] = [];
  for (let [row, column] = [one.length, other.length]; row > 0 || column > 0; ) {
    const step = taken[row * width + column];
    if (step === steps.pair) pairs.push([row - 1, column - 1]);
    if (step !== steps.add) row -= 1;
    if (step !== steps.remove) column -= 1;
  }
  return pairs.reverse();
}

/** Layers of the same name, where they stand in the same order. */
function byName(one: readonly Json[], other: readonly Json[]): LayerPair[] {
  const places = new Map<string | undefined, number>(other.map((layer, at) => [layerName(layer), at]));
  const pairs: LayerPair[] = [];
  let last = -1;
  one.forEach((layer, at) => {
    const name = layerName(layer);
    const place = name === undefined ? undefined : places.get(name);
    if (place === undefined || place <= last) return;
    pairs.push([at, place]);
    last = place;
  });
  return pairs;
}

const textOf = (layer: Json, key: string): string | undefined => {
  const value: unknown = typeof layer === "object" && layer !== null && Object.hasOwn(layer, key) ? (layer as JsonObject)[key] : undefined;
  return typeof value === "string" ? value : undefined;
};
