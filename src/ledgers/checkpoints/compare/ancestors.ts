import type { Lineage } from "./lineage.js";

/** A hash and the ones that it came from, from itself back to a beginning; none for a hash that is not in the lineage. */
export function ancestorsOf(lineage: Lineage, folder: string): string[] {
  const parents = new Map(lineage.nodes.map((node) => [node.folder, node.parent]));
  const found: string[] = [];
  // There are no circles: a parent is older than its children.
  for (let next: string | undefined = folder; next !== undefined && parents.has(next); next = parents.get(next)) found.push(next);
  return found;
}
