import type { Json, JsonObject } from "../../../src/index.js";

/**
 * A command with `{name}` replaced by the set's parameter of that name, `{model.width}` by a nested one: a text as it is, anything else as
 * JSON. Braces around anything else stay as they are, so do those behind `$` (a shell's own variables); `{{name}}` stands for `{name}` itself.
 */
export const fillCommand = (command: readonly string[], params: JsonObject): string[] => command.map((word) => fillWord(word, params));

function fillWord(word: string, params: JsonObject): string {
  return word.replace(/\{\{([^{}]+)\}\}|(?<!\$)\{([^{}]+)\}/g, (whole, escaped: string | undefined, name: string | undefined) => {
    const value = valueAt(params, escaped ?? name ?? "");
    if (value === undefined) return whole;
    if (escaped !== undefined) return `{${escaped}}`;
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

function valueAt(params: JsonObject, name: string): Json | undefined {
  // The whole of it as one key first.
  if (Object.hasOwn(params, name)) return params[name];
  let value: Json | undefined = params;
  for (const key of name.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}
