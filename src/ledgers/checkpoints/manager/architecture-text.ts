import type { Json, JsonObject } from "../../../events/recorded-event.js";

/** An architecture for people to read: a line for each layer where there are layers, and before them what else is said of it. Equal for equal ones. */
export function architectureText(architecture: Json): string {
  if (!isObject(architecture)) return `${JSON.stringify(architecture)}\n`;
  const { layers, ...rest } = architecture;
  const head = fields(rest).map((field) => `${field}\n`);
  if (!Array.isArray(layers)) return head.join("");
  const list = layers as readonly Json[];
  const width = String(list.length).length;
  const body = list.map((layer, index) => `${String(index + 1).padStart(width)}  ${isObject(layer) ? fields(layer).join("  ") : JSON.stringify(layer)}\n`);
  return [...head, `layers: ${list.length}\n`, ...body].join("");
}

/** What it is called and of which kind first, the others in the order of their names. */
function fields(object: JsonObject): string[] {
  const first = ["name", "kind", "type", "className"].filter((key) => typeof object[key] === "string");
  const others = Object.keys(object).filter((key) => !first.includes(key)).sort();
  return [...first, ...others].map((key) => `${key}: ${JSON.stringify(object[key])}`);
}

const isObject = (value: Json): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
