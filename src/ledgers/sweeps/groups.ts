import { build, leavesOf, type Row } from "./leaves.js";

/**
 * Rows of which each set of a sweep takes one. A sweep is a list of groups, and stands for the product over them: an axis is a group, and
 * axes that are zipped are one group together.
 */
export interface Group {
  /** How many rows; at least 1. */
  readonly size: number;
  /** @param index from 0 to below `size` */
  row(index: number): Row;
}

/** @param rows at least one */
export function listGroup(rows: readonly Row[]): Group {
  return { size: rows.length, row: (index) => rows[index] ?? [] };
}

/** How many sets the product over `groups` has; above 2^53 - 1 the number is only near. */
export const sizeOf = (groups: readonly Group[]): number => groups.reduce((product, { size }) => product * size, 1);

/** Set number `index` of the product over `groups`, the last group changing fastest. */
export function buildAt(groups: readonly Group[], index: number): ReturnType<typeof build> {
  const rows: Row[] = new Array<Row>(groups.length);
  let left = index;
  for (let at = groups.length - 1; at >= 0; at -= 1) {
    const group = groups[at];
    if (group === undefined) continue;
    const within = left % group.size;
    rows[at] = group.row(within);
    // Of a multiple the quotient is exact; flooring any other one errs near 2^53.
    left = (left - within) / group.size;
  }
  return build(rows);
}

/** A group of the sets of a product at the places that `indices` lists, taken when they are asked for. */
export function pickGroup(groups: readonly Group[], indices: readonly number[]): Group {
  return { size: indices.length, row: (at) => leavesOf(buildAt(groups, indices[at] ?? 0)) };
}
