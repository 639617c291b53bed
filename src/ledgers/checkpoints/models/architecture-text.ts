import type { Json, JsonObject } from "../../../events/recorded-event.js";

/**
 * An architecture as people read it: a line for each layer, its kind, what goes in, its weights and how many numbers they have; then what is said besides. Made
 * from the description alone, and always the same for the same one.
 */
export function architectureText(architecture: JsonObject): string {
  const { layers, ...rest } = architecture;
  const lines = Array.isArray(layers) ? table([["layer", "kind", "inputs", "shape", "parameters", "settings"], ...layerRows(layers as readonly Json[], "")]) : [];
  const total = Array.isArray(layers) ? [`${parametersOf(layers as readonly Json[])} parameters`, ""] : [];
  const fields = Object.keys(rest).sort().map((key) => `${clean(key)}: ${shown(rest[key] ?? null)}`);
  return [...lines, ...(lines.length > 0 ? [""] : []), ...total, ...fields].join("\n") + "\n";
}

const known = new Set(["name", "kind", "inputs", "outputs", "layers", "weights", "shape", "dtype", "trainable"]);

function layerRows(layers: readonly Json[], indent: string): string[][] {
  return layers.flatMap((layer) => {
    if (!isObject(layer)) return [[indent + shown(layer), "", "", "", "", ""]];
    const { name, kind, inputs, weights, shape, dtype, trainable, layers: inner } = layer;
    const settings = Object.keys(layer).filter((key) => !known.has(key) && layer[key] !== null).sort().map((key) => `${clean(key)}=${shown(layer[key] ?? null)}`);
    const shapes = isList(weights) ? weights.map((one) => (isObject(one) ? shown(one["shape"] ?? null) : "")).join(" ") : [dtype, shape].filter((one) => one !== undefined).map((one) => shown(one)).join(" ");
    const row = [indent + shown(name ?? ""), shown(kind ?? ""), inputs === undefined ? "" : shown(inputs), shapes, String(parametersOf([layer])), [...(trainable === false ? ["frozen"] : []), ...settings].join(" ")];
    return [row, ...(isList(inner) ? layerRows(inner, `${indent}  `) : [])];
  });
}

function parametersOf(layers: readonly Json[]): number {
  return layers.reduce<number>((sum, layer) => {
    if (!isObject(layer)) return sum;
    const { weights, layers: inner, kind, shape } = layer;
    const own = isList(weights) ? weights.reduce<number>((count, one) => count + (isObject(one) ? sizeOf(one["shape"]) : 0), 0) : kind === "tensor" ? sizeOf(shape) : 0;
    return sum + own + (isList(inner) ? parametersOf(inner) : 0);
  }, 0);
}

const sizeOf = (shape: Json | undefined): number => (isList(shape) ? shape.reduce<number>((product, size) => product * (typeof size === "number" ? size : 0), 1) : 0);

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}

const shown = (value: Json): string => clean(typeof value === "string" ? value : JSON.stringify(value));

/** Names come from files of others. */
const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
const isObject = (value: Json): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
