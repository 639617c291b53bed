import type { HashOrigin } from "../../../projections/views/hashes.js";
import type { Lineage, LineageNode } from "./lineage.js";

/** What a line of the tree says of a hash. */
export type LineageLabel = (node: LineageNode) => string;

/**
 * The lineage as a tree for a terminal, a line for each hash. A line of work goes straight down; what branched off from it stands beside it, above where it
 * goes on:
 *
 * ```
 * o 4bf5122f a1b2c3d4 00000000  main
 * |-o 4bf5122f 77aa0b01 00000000  config
 * o 4bf5122f a1b2c3d4 9d2e61f0  data
 * ```
 *
 * Lines are drawn with box characters, with `ascii` as above. Labels are of one line, and clean: see {@link lineageLabel}.
 */
export function lineageText(lineage: Lineage, { label = lineageLabel, ascii = false }: { readonly label?: LineageLabel; readonly ascii?: boolean } = {}): string[] {
  const [dot, branch, line] = ascii ? ["o ", "|-o ", "| "] : ["● ", "├─● ", "│ "];
  const nodes = new Map(lineage.nodes.map((node) => [node.folder, node]));
  const lines: string[] = [];
  const open = lineage.roots.toReversed().map((folder) => ({ folder, before: "", isBranch: false }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = nodes.get(next.folder);
    if (node === undefined) continue;
    lines.push(`${next.before}${next.isBranch ? branch : dot}${label(node)}`);
    const column = next.isBranch ? next.before + line : next.before;
    // The newest way goes on in this column; the others branch off, the oldest first.
    const [trunk, ...others] = node.children.toReversed();
    if (trunk !== undefined) open.push({ folder: trunk, before: column, isBranch: false });
    for (const folder of others) open.push({ folder, before: column, isBranch: true });
  }
  return lines;
}

/** The digits of a hash in their three parts, with the suffix of its folder: `4bf5122f a1b2c3d4 00000000-2`. */
export const spacedHash = (folder: string): string => `${folder.slice(0, 8)} ${folder.slice(8, 16)} ${folder.slice(16)}`;

/** A hash, what changed when it came about, by which other ways experiments came to it, and who stands there. */
export function lineageLabel(node: LineageNode): string {
  const { origin, parent, folder, returns, here, dumped } = node;
  const notes = [
    parent === undefined ? `first of ${origin.experiment}` : origin.changed.join(", "),
    ...(origin.from !== undefined && parent === undefined ? [`from ${spacedHash(origin.from)}, which is not known here`] : []),
    ...returns.map((one) => wayOf(one)),
    ...here.map((experiment) => `${experiment} is here`),
    ...(dumped ? [] : ["pending"]),
  ];
  return `${spacedHash(folder)}  ${notes.filter((note) => note !== "").join("; ")}`;
}

/** A further way to a hash, in words. */
export function wayOf({ from, changed, count, experiment }: HashOrigin): string {
  const way = from === undefined ? `also first of ${experiment}` : `again from ${spacedHash(from)} (${changed.join(", ")})`;
  return count === 1 ? way : `${way}, ${count} times`;
}
