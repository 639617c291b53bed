import { InvalidOptionError } from "../../base/errors.js";
import type { Json } from "../../events/recorded-event.js";

/** More rows than this are refused: a few hundred runs of three identifiers with the same parameters come to millions. */
export const maxJoinedRows = 1_000_000;

/** One file that was read: whose it is, and what stands in it, flattened. */
export interface JoinInput {
  readonly identifier: string;
  readonly uid: string;
  /** What it is joined by: a uid, or a parameter hash. */
  readonly key: string;
  readonly values: ReadonlyMap<string, Json>;
}

/** How files are joined. */
export interface JoinOptions {
  /** In which order columns stand, and later ones count where `onConflict` is `last`. */
  readonly identifiers: readonly string[];
  readonly by: "uid" | "params";
  readonly separator: string;
  readonly onConflict: "prefix" | "last";
}

/** A row: by column. What a run does not have is absent. */
export type AggregateRow = { readonly [column: string]: Json };

/** Rows, and their columns in order: some row has each. */
export interface JoinedRows {
  readonly rows: AggregateRow[];
  readonly columns: string[];
}

/**
 * Joins what was read into rows: one for each key, ordered by uid as numbers. By parameter hash, a row also has the uid of each run, as
 * `train.uid`; where an identifier has several runs with the hash, each is combined with each of the others, as in a database's outer
 * join. A column's name is the key in the file. Where several identifiers have that key (in whichever row), all of them have their
 * identifier before it (`train.loss`, `eval.loss`) under `prefix`; under `last` it is one column, and the later identifier counts. The same
 * input gives the same rows and columns, whatever order it comes in. Pure.
 * @throws InvalidOptionError for more than {@link maxJoinedRows} rows
 */
export function joinRows(inputs: readonly JoinInput[], options: JoinOptions): JoinedRows {
  const { identifiers, by, separator } = options;
  const rank = new Map(identifiers.map((identifier, index) => [identifier, index]));
  const ordered = inputs.toSorted((a, b) => Number(a.uid) - Number(b.uid) || (rank.get(a.identifier) ?? 0) - (rank.get(b.identifier) ?? 0));
  const groups = new Map<string, JoinInput[]>();
  for (const input of ordered) {
    const group = groups.get(input.key);
    if (group === undefined) groups.set(input.key, [input]);
    else group.push(input);
  }
  const lists = [...groups.values()].map((group) => identifiers.map((identifier) => group.filter((input) => input.identifier === identifier)));
  const count = lists.reduce((sum, list) => sum + list.reduce((product, { length }) => product * Math.max(1, length), 1), 0);
  if (count > maxJoinedRows) {
    throw new InvalidOptionError("by", `${by} gives ${count} rows, more than ${maxJoinedRows}: each run is combined with each of the others that have its parameters; choose runs by where, or join by uid`);
  }
  const combined = lists.flatMap(combine);
  const keyColumns = by === "uid" ? ["uid"] : ["paramHash", ...identifiers.map((identifier) => `${identifier}${separator}uid`)];
  const name = columnNames(ordered, keyColumns, options);
  const rows = combined.map((inputs) => {
    const [first] = inputs;
    const keys: [string, Json][] = by === "uid" ? [["uid", first?.uid ?? ""]] : [["paramHash", first?.key ?? ""], ...inputs.map(({ identifier, uid }): [string, Json] => [`${identifier}${separator}uid`, uid])];
    const values = inputs.flatMap(({ identifier, values }) => [...values].map(([key, value]): [string, Json] => [name(identifier, key), value]));
    return new Map([...keys, ...values]);
  });
  const columns = [...new Set([...keyColumns, ...identifiers.flatMap((identifier) => ordered.filter((input) => input.identifier === identifier).flatMap(({ values }) => [...values.keys()].map((key) => name(identifier, key))))])];
  const had = columns.filter((column) => rows.some((row) => row.has(column)));
  // fromEntries makes own properties of all keys, "__proto__" included.
  return { rows: rows.map((row) => Object.fromEntries(had.filter((column) => row.has(column)).map((column) => [column, row.get(column) as Json]))), columns: had };
}

/** One of each, in all combinations; of an empty list, none. */
function combine(lists: readonly (readonly JoinInput[])[]): JoinInput[][] {
  return lists.reduce<JoinInput[][]>((rows, list) => (list.length === 0 ? rows : rows.flatMap((row) => list.map((input) => [...row, input]))), [[]]);
}

/** The column of each identifier's keys. Those of the join itself (`uid`, ...) are never given to a file's key, and none to two of them. */
function columnNames(inputs: readonly JoinInput[], keyColumns: readonly string[], { identifiers, separator, onConflict }: JoinOptions): (identifier: string, key: string) => string {
  const keysOf = identifiers.map((identifier) => new Set(inputs.flatMap((input) => (input.identifier === identifier ? [...input.values.keys()] : []))));
  const isPlain = (key: string): boolean => !keyColumns.includes(key) && (onConflict === "last" || keysOf.filter((keys) => keys.has(key)).length === 1);
  const taken = new Set([...keyColumns, ...keysOf.flatMap((keys) => [...keys].filter(isPlain))]);
  const names = identifiers.map((identifier, index) => {
    const own = new Map<string, string>();
    for (const key of keysOf[index] ?? []) {
      let name = key;
      if (!isPlain(key)) do name = `${identifier}${separator}${name}`; while (taken.has(name));
      own.set(key, name);
      taken.add(name);
    }
    return [identifier, own] as const;
  });
  const table = new Map(names);
  return (identifier, key) => table.get(identifier)?.get(key) ?? key;
}
