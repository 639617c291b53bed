import type { LayerChange, ModelDiff, PathChange } from "../../../src/checkpoints.js";
import type { Json } from "../../../src/index.js";
import { changeLine, shortValue } from "../change-line.js";
import type { Colours } from "../colours.js";
import { flatten } from "../record-fields.js";
import { clean } from "../text.js";

/** How many fields of a layer that came or went are shown. */
const mostFields = 6;

/** How an architecture changed, layer by layer. */
export const modelLines = ({ layers, fields }: ModelDiff, colours: Colours): string[] => [...layers.flatMap((layer) => layerLines(layer, colours)), ...pathLines(fields, colours)];

/** What became of places in a JSON value, a line each. */
export const pathLines = (changes: readonly PathChange[], colours: Colours): string[] => changes.map((change) => changeLine(clean(change.path === "" ? "all of it" : change.path), change, colours));

function layerLines(change: LayerChange, colours: Colours): string[] {
  const title = titleOf(change);
  switch (change.change) {
    case "added":
      return [`${colours.green("+")} ${title}  ${outline(change.layer)}`.trimEnd()];
    case "removed":
      return [`${colours.red("-")} ${title}  ${outline(change.layer)}`.trimEnd()];
    case "moved":
      return [`${colours.yellow("~")} ${title}  moved from place ${change.before} to ${change.after}`];
    case "changed":
      return [`${colours.yellow("~")} ${title}`, ...pathLines(change.fields ?? [], colours).map((line) => `    ${line}`)];
  }
}

function titleOf({ name, kind, before, after }: LayerChange): string {
  const shown = [name, kind].filter((one) => one !== undefined).map(clean);
  return shown.length === 0 ? `layer ${after ?? before}` : `layer ${shown.join(" ")}`;
}

/** The first fields of a layer, without what its title says. */
function outline(layer: Json | undefined): string {
  if (typeof layer !== "object" || layer === null || Array.isArray(layer)) return shortValue(layer);
  const fields = flatten(layer as Record<string, Json>).filter(([path]) => !["name", "kind", "type", "class"].includes(path));
  const some = fields.slice(0, mostFields).map(([path, value]) => `${clean(path)}=${shortValue(value)}`);
  return [...some, ...(fields.length > mostFields ? [`and ${fields.length - mostFields} more`] : [])].join(", ");
}
