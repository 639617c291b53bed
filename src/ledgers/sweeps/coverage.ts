import { isObject, type Leaf, type Row } from "./leaves.js";

/** Which leaves a deep merge takes away from what it is merged upon. */
export type Coverage = "covers" | "leaves" | "depends";

/** The leaf paths of one kind of row, for looking up. */
interface Shape {
  readonly leaves: ReadonlySet<string>;
  /** Everything above a leaf. */
  readonly inner: ReadonlySet<string>;
  /** Leaves that are `{}`. */
  readonly open: ReadonlySet<string>;
}

/** A path as the key of a set. */
export const pathKey = (path: readonly string[]): string => JSON.stringify(path);

/**
 * What merging a row of `rows` does to a leaf below: takes its place, leaves it as it is, or now the one and now the other. It takes its
 * place with a leaf at the same path, with one below it (so that an object must stand there), or with one above it that is no object.
 */
export function coverageOf(rows: readonly Row[]): (path: readonly string[]) => Coverage {
  const shapes = shapesOf(rows);
  return (path) => {
    const found = new Set(shapes.map((shape) => coverageBy(shape, path)));
    const [only] = found;
    return found.size === 1 && only !== undefined ? only : "depends";
  };
}

function coverageBy({ leaves, inner, open }: Shape, path: readonly string[]): Coverage {
  const key = pathKey(path);
  if (leaves.has(key) || inner.has(key)) return "covers";
  const above = prefixes(path).find((prefix) => leaves.has(prefix));
  if (above === undefined) return "leaves";
  // An empty object upon one with fields is no difference, but elsewhere it is one: telling sets apart takes both together.
  return open.has(above) ? "depends" : "covers";
}

function shapesOf(rows: readonly Row[]): Shape[] {
  const shapes = new Map<string, Shape>();
  for (const row of rows) {
    const key = JSON.stringify(row.map(({ path, value }) => [path, isOpen({ path, value })]));
    if (!shapes.has(key)) shapes.set(key, shapeOf(row));
  }
  return [...shapes.values()];
}

function shapeOf(row: Row): Shape {
  return {
    leaves: new Set(row.map(({ path }) => pathKey(path))),
    inner: new Set(row.flatMap(({ path }) => prefixes(path))),
    open: new Set(row.filter(isOpen).map(({ path }) => pathKey(path))),
  };
}

const isOpen = ({ value }: Leaf): boolean => isObject(value);

const prefixes = (path: readonly string[]): string[] => path.slice(1).map((_, depth) => pathKey(path.slice(0, depth + 1)));
