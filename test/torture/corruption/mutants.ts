import type { Seeded } from "../data/seeded.js";
import { manifestPath } from "./original.js";
import type { Original, RootFiles } from "./original.js";

/** One way in which a root is damaged. */
export interface Mutant {
  readonly kind: string;
  /** Enough to do it again by hand. */
  readonly what: string;
  /** The files that are not as they were; undefined for one that is gone. */
  readonly changed: ReadonlyMap<string, Buffer | undefined>;
  /** Where a byte of a file was changed, and nothing else. */
  readonly flip?: { readonly path: string; readonly offset: number };
}

/** How many of each kind there are. */
export interface Density {
  /** What is done to a byte: each gives the new one. */
  readonly patterns: readonly ((byte: number, offset: number) => number)[];
  /** Every so many bytes. */
  readonly flipEvery: number;
  readonly cutEvery: number;
  readonly insertEvery: number;
}

const one = (path: string, bytes: Buffer | undefined): Map<string, Buffer | undefined> => new Map([[path, bytes]]);

/** All mutants of a log. `other`: the files of another root of the same shape. */
export function* mutants(original: Original, other: RootFiles, random: Seeded, density: Density): Generator<Mutant> {
  for (const [path, bytes] of original.files) {
    yield* flips(path, bytes, density);
    yield* cuts(path, bytes, path === original.segments.at(-1) || path === manifestPath ? 1 : density.cutEvery);
    yield* lines(path, bytes, random);
    yield* insertions(path, bytes, random, density.insertEvery);
    yield* zeroed(path, bytes, random);
  }
  yield* exchanged(original, other);
}

function* flips(path: string, bytes: Buffer, { patterns, flipEvery }: Density): Generator<Mutant> {
  for (let offset = 0; offset < bytes.length; offset += flipEvery) {
    const before = bytes[offset] as number;
    for (const value of new Set(patterns.map((pattern) => pattern(before, offset)))) {
      if (value === before) continue;
      const changed = Buffer.from(bytes);
      changed[offset] = value;
      yield { kind: "bytes changed", what: `${path}: byte ${offset} from ${before} to ${value}`, changed: one(path, changed), flip: { path, offset } };
    }
  }
}

function* cuts(path: string, bytes: Buffer, every: number): Generator<Mutant> {
  for (let length = 0; length < bytes.length; length += every) {
    yield { kind: "truncations", what: `${path}: cut to ${length} bytes`, changed: one(path, bytes.subarray(0, length)) };
  }
}

function* lines(path: string, bytes: Buffer, random: Seeded): Generator<Mutant> {
  const rows = splitLines(bytes);
  const made = (what: string, row: number, list: readonly Buffer[]): Mutant => ({ kind: `lines ${what}`, what: `${path}: line ${row + 1} ${what}`, changed: one(path, Buffer.concat(list)) });
  for (const [row, line] of rows.entries()) {
    yield made("dropped", row, rows.toSpliced(row, 1));
    yield made("doubled", row, rows.toSpliced(row, 0, line));
    const far = random.below(rows.length);
    for (const [what, to] of [["swapped with the next", row + 1], [`swapped with line ${far + 1}`, far]] as const) {
      if (to >= rows.length || to === row) continue;
      yield { ...made(what, row, rows.with(row, rows[to] as Buffer).with(to, line)), kind: "lines swapped" };
    }
  }
}

function splitLines(bytes: Buffer): Buffer[] {
  const rows: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const lf = bytes.indexOf(0x0a, start);
    const end = lf === -1 ? bytes.length : lf + 1;
    rows.push(bytes.subarray(start, end));
    start = end;
  }
  return rows;
}

function* insertions(path: string, bytes: Buffer, random: Seeded, every: number): Generator<Mutant> {
  for (let offset = 0; offset <= bytes.length; offset += every) {
    const added = Buffer.from(Array.from({ length: 1 + random.below(4) }, () => random.pick([0, 0x0a, 0x20, 0x7b, random.below(256)])));
    const changed = Buffer.concat([bytes.subarray(0, offset), added, bytes.subarray(offset)]);
    yield { kind: "insertions", what: `${path}: ${added.toString("hex")} put in at ${offset}`, changed: one(path, changed) };
  }
}

function* zeroed(path: string, bytes: Buffer, random: Seeded): Generator<Mutant> {
  for (const length of [16, 64, 512]) {
    for (let from = 0; from < bytes.length; from += length) {
      const start = Math.min(from + random.below(8), bytes.length - 1);
      const changed = Buffer.from(bytes).fill(0, start, Math.min(start + length, bytes.length));
      yield { kind: "chunks zeroed", what: `${path}: ${length} zeros from ${start}`, changed: one(path, changed) };
    }
  }
  for (const length of [1, 100, 5000]) yield { kind: "zeros behind the end", what: `${path}: ${length} zeros more`, changed: one(path, Buffer.concat([bytes, Buffer.alloc(length)])) };
}

function* exchanged(original: Original, other: RootFiles): Generator<Mutant> {
  const kind = "files removed, emptied or exchanged";
  const paths = [...original.files.keys()];
  for (const [index, path] of paths.entries()) {
    yield { kind, what: `${path} removed`, changed: one(path, undefined) };
    const foreign = other.get(path);
    if (foreign !== undefined) yield { kind, what: `${path} of another root`, changed: one(path, foreign) };
    for (const with_ of paths.slice(index + 1)) {
      yield { kind, what: `${path} and ${with_} exchanged`, changed: new Map([[path, original.files.get(with_)], [with_, original.files.get(path)]]) };
      yield { kind, what: `${path} and ${with_} removed`, changed: new Map([[path, undefined], [with_, undefined]]) };
    }
  }
}
