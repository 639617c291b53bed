import { isDeepStrictEqual } from "node:util";
import { canonicalJson } from "../../../events/canonical-json.js";
import type { Json } from "../../../events/recorded-event.js";

/** A configuration as YAML, equal for equal ones: keys sorted. Reads back as what it was; where YAML could not say it so, it is JSON, which is YAML too. */
export async function configText(config: Json): Promise<string> {
  const { parse, stringify } = await import("yaml");
  const canonical = JSON.parse(canonicalJson(config)) as Json;
  const text = stringify(canonical, { lineWidth: 0, aliasDuplicateObjects: false });
  return readsBack(parse, text, canonical) ? text : `${JSON.stringify(canonical, undefined, 2)}\n`;
}

function readsBack(parse: (text: string) => unknown, text: string, config: Json): boolean {
  try {
    return isDeepStrictEqual(parse(text), config);
  } catch {
    return false;
  }
}
