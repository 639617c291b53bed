import type { HashOrigin } from "../../../projections/views/hashes.js";
import type { Lineage, LineageNode } from "./lineage.js";
import { spacedHash } from "./lineage-text.js";

/**
 * The lineage as a Mermaid flowchart: an arrow for each way from a hash to another, dotted where it leads to one that was there already, with what
 * changed. Hashes at which experiments stand are drawn with a thick border.
 */
export function lineageMermaid(lineage: Lineage): string {
  const ids = new Map(lineage.nodes.map(({ folder }, index) => [folder, `h${index}`]));
  const idOf = (folder: string): string => ids.get(folder) as string;
  const here = lineage.nodes.filter((node) => node.here.length > 0).map(({ folder }) => idOf(folder));
  const arrows = lineage.nodes.flatMap(({ folder, parent, origin, returns }) => [
    ...(parent === undefined ? [] : [arrow(idOf(parent), "-->", origin, idOf(folder))]),
    // A way from a hash that is not among the nodes cannot be drawn.
    ...returns.flatMap((way) => (way.from === undefined || !ids.has(way.from) ? [] : [arrow(idOf(way.from), "-.->", way, idOf(folder))])),
  ]);
  const lines = [
    ...lineage.nodes.map((node) => `${idOf(node.folder)}["${labelOf(node)}"]`),
    ...arrows,
    ...(here.length === 0 ? [] : ["classDef here stroke-width:3px", `class ${here.join(",")} here`]),
  ];
  return ["flowchart TD", ...lines.map((one) => `  ${one}`), ""].join("\n");
}

function labelOf({ folder, parent, origin, here, dumped }: LineageNode): string {
  const notes = [parent === undefined ? `first of ${origin.experiment}` : "", ...here.map((experiment) => `${experiment} is here`), dumped ? "" : "pending"];
  return [spacedHash(folder), ...notes].filter((note) => note !== "").map(mermaidText).join("<br/>");
}

function arrow(from: string, line: string, { changed, count }: HashOrigin, to: string): string {
  const what = [changed.join(", "), count === 1 ? "" : `${count} times`].filter((one) => one !== "").join(", ");
  return what === "" ? `${from} ${line} ${to}` : `${from} ${line}|"${mermaidText(what)}"| ${to}`;
}

/** A text inside of quotes, as Mermaid shows it: everything that might mean something to it, or to HTML, is a code. */
export const mermaidText = (text: string): string => text.replace(/[^A-Za-z0-9 .,:()_+=-]/gu, (one) => `#${one.codePointAt(0)};`);
