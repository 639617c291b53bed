import { canonicalJson } from "../../../events/canonical-json.js";
import type { Json, JsonObject } from "../../../events/recorded-event.js";
import { alignLayers, givenName, layerKind, layerName } from "./align-layers.js";
import { pathChanges } from "./path-changes.js";
import type { PathChange } from "./path-changes.js";

/** What became of a layer. */
export interface LayerChange {
  /** `moved`: it is as it was, elsewhere in the order. */
  readonly change: "added" | "removed" | "changed" | "moved";
  /** What it is called, and what kind of layer it is, where it says; of a changed one, as it is now. */
  readonly name?: string;
  readonly kind?: string;
  /** Where it stood and stands among the layers, from 0. */
  readonly before?: number;
  readonly after?: number;
  /** Of an added or removed one: all that is known of it. */
  readonly layer?: Json;
  /** Of a changed one: the fields that differ. */
  readonly fields?: readonly PathChange[];
}

/** How two architectures differ. */
export interface ModelDiff {
  readonly layers: readonly LayerChange[];
  /** What differs besides the layers. */
  readonly fields: readonly PathChange[];
}

/**
 * How one architecture became another, layer by layer where both have a list of `layers`. A layer's `inputs` are compared by which layers they are, not by what those are
 * called now; names that only count layers (`dense_3`) are not compared.
 */
export function compareModels(before: JsonObject, after: JsonObject): ModelDiff {
  const { layers: one, ...rest } = before;
  const { layers: other, ...otherRest } = after;
  if (!isList(one) || !isList(other)) return { layers: [], fields: pathChanges(before, after) };
  return { layers: compareLayers(one, other), fields: pathChanges(rest, otherRest) };
}

function compareLayers(before: readonly Json[], after: readonly Json[]): LayerChange[] {
  const pairs = alignLayers(before, after);
  const formerNames = new Map(pairs.flatMap(([a, b]) => namesOf(before[a], after[b])));
  const kept = new Set(pairs.map(([a]) => a));
  const formerOf = new Map(pairs.map(([a, b]) => [b, a]));
  const movedFrom = movedLayers(before, after, kept, formerOf);
  const moved = new Set(movedFrom.values());
  const changes: LayerChange[] = [];
  let next = 0;
  // In the order of the layers; what was removed stands before what followed it.
  const tellRemoved = (until: number): void => {
    for (; next < until; next += 1) if (!kept.has(next) && !moved.has(next)) changes.push({ change: "removed", ...called(before[next]), before: next, layer: before[next] ?? null });
  };
  after.forEach((layer, at) => {
    const was = formerOf.get(at);
    const from = movedFrom.get(at);
    if (was === undefined) {
      changes.push(from === undefined ? { change: "added", ...called(layer), after: at, layer } : { change: "moved", ...called(layer), before: from, after: at });
      return;
    }
    tellRemoved(was);
    const fields = layerChanges(before[was] ?? null, layer, formerNames);
    if (fields.length > 0) changes.push({ change: "changed", ...called(layer), before: was, after: at, fields });
  });
  tellRemoved(before.length);
  return changes;
}

/** The fields that differ. That counted names moved on when a layer was put in before them is no change of theirs. */
function layerChanges(before: Json, after: Json, formerNames: ReadonlyMap<string, string>): PathChange[] {
  const isCounted = givenName(before) === undefined && givenName(after) === undefined;
  return pathChanges(before, withFormerInputs(after, formerNames)).filter(({ pointer }) => !isCounted || pointer !== "/name");
}

/** Layers that were taken out in one place and put in, unchanged, in another: by their new place. */
function movedLayers(before: readonly Json[], after: readonly Json[], kept: ReadonlySet<number>, formerOf: ReadonlyMap<number, number>): Map<number, number> {
  const gone = new Map<string, number[]>();
  before.forEach((layer, at) => {
    if (kept.has(at)) return;
    const text = canonicalJson(layer);
    gone.set(text, [...(gone.get(text) ?? []), at]);
  });
  const moved = new Map<number, number>();
  after.forEach((layer, at) => {
    const from = formerOf.has(at) ? undefined : gone.get(canonicalJson(layer))?.shift();
    if (from !== undefined) moved.set(at, from);
  });
  return moved;
}

const called = (layer: Json | undefined): { name?: string; kind?: string } => {
  const [name, kind] = layer === undefined ? [] : [layerName(layer), layerKind(layer)];
  return { ...(name === undefined ? {} : { name }), ...(kind === undefined ? {} : { kind }) };
};

function namesOf(before: Json | undefined, after: Json | undefined): [string, string][] {
  const [one, other] = [before, after].map((layer) => (layer === undefined ? undefined : layerName(layer)));
  return one === undefined || other === undefined ? [] : [[other, one]];
}

/** A layer with what it is connected to by the names of the other model. */
function withFormerInputs(layer: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof layer !== "object" || layer === null || Array.isArray(layer)) return layer;
  const { inputs, ...rest } = layer as JsonObject;
  return inputs === undefined ? layer : { ...rest, inputs: renamed(inputs, names) };
}

function renamed(value: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof value === "string") return names.get(value) ?? value;
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((entry) => renamed(entry, names));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, renamed(entry, names)]));
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
