import { InvalidOptionError, preview } from "../../base/errors.js";
import type { RunTest } from "./expressions/compile.js";
import { fieldOfRun, isRunField, parseFieldPath, splitFieldList, unknownField } from "./run-fields.js";
import type { FieldPath } from "./run-fields.js";
import type { RunRecord } from "./run-record.js";

/**
 * Which runs: those for which the function says yes; or for which the expression holds, such as `"params.lr < 0.1 and best in tags"`
 * (docs/expressions.md has the language); or whose fields are as given (nested objects as far as they go).
 */
export type RunFilter = string | ((record: RunRecord) => boolean) | { readonly [field: string]: unknown };

/**
 * In which order: a comparison, or fields such as `"metrics.accuracy"`, `"-metrics.accuracy"` for the largest first, and
 * `"-metrics.accuracy,params.lr"` for a second one among equals.
 */
export type RunOrder = ((a: RunRecord, b: RunRecord) => number) | string;

/** What `RunLedger.list` gives. */
export interface ListOptions {
  readonly where?: RunFilter;
  /** Default: by identifier, relpath and uid, uids as numbers. Runs without a field come last, whichever way it is ordered. */
  readonly sort?: RunOrder;
  /** At most so many, from 0. */
  readonly limit?: number;
}

/**
 * Filters, orders and cuts; gives copies. Runs without the field that orders come last, whichever way it is ordered. A filter
 * or order of the caller's own gets copies too: it cannot change what everybody reads. A text in `where` is read by the caller:
 * `expression` is what it says. @throws InvalidOptionError
 */
export function selectRuns(records: readonly RunRecord[], { where, sort, limit }: ListOptions = {}, nowMs = 0, expression?: RunTest): RunRecord[] {
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 0)) {
    throw new InvalidOptionError("limit", `must be a whole number from 0, not ${preview(limit)}`);
  }
  const known = where === undefined || typeof where === "function" || isObject(where) || (typeof where === "string" && expression !== undefined);
  if (!known) throw new InvalidOptionError("where", `must be a function, an expression or an object of fields, not ${preview(where)}`);
  if (sort !== undefined && typeof sort !== "function" && typeof sort !== "string") {
    throw new InvalidOptionError("sort", `must be a function or fields joined by commas, not ${preview(sort)}`);
  }
  const order = typeof sort === "string" ? byFields(readRunOrder(sort), nowMs) : sort;
  const shown = typeof where === "function" || typeof sort === "function" ? structuredClone(records) : records;
  const wanted = shown.filter((record) => {
    if (typeof where === "function") return where(record);
    return expression === undefined ? where === undefined || matches(record, where) : expression(record, nowMs);
  });
  wanted.sort(byAddress);
  if (order !== undefined) wanted.sort(order);
  return structuredClone(limit === undefined ? wanted : wanted.slice(0, limit));
}

/** By identifier, relpath and uid number. */
export function byAddress(a: RunRecord, b: RunRecord): number {
  return compareText(a.identifier, b.identifier) || compareText(a.relpath, b.relpath) || Number(a.uid) - Number(b.uid);
}

/** A field to order by. */
export interface SortKey {
  readonly path: FieldPath;
  readonly descending: boolean;
}

/** Reads `-metrics.accuracy,params.lr`. @throws InvalidOptionError also for a field that no run can have */
export function readRunOrder(sort: string): SortKey[] {
  return splitFieldList(sort).map((text) => {
    const path = parseFieldPath(text.replace(/^[-+]/, ""));
    if (path === undefined) throw new InvalidOptionError("sort", `must be fields such as "-metrics.accuracy,params.lr", not ${preview(sort)}`);
    if (!isRunField(path)) throw new InvalidOptionError("sort", unknownField(path));
    return { path, descending: text.startsWith("-") };
  });
}

function byFields(keys: readonly SortKey[], nowMs: number): (a: RunRecord, b: RunRecord) => number {
  return (a, b) => {
    for (const { path, descending } of keys) {
      const [one, other] = [valueOf(a, path, nowMs), valueOf(b, path, nowMs)];
      if (one === undefined && other === undefined) continue;
      if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
      const order = compareValues(one, other);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
}

/** Undefined for what has no place in an order: nothing, null and NaN. A uid is the text of a number, and orders as one past 9999 too. */
function valueOf(record: RunRecord, path: FieldPath, nowMs: number): unknown {
  const value = path.length === 1 && path[0] === "uid" ? Number(record.uid) : fieldOfRun(record, path, nowMs);
  return value === null || Number.isNaN(value) ? undefined : value;
}

/** Numbers before texts before truth values before the rest. */
function compareValues(one: unknown, other: unknown): number {
  if (typeof one !== typeof other) return rank(one) - rank(other);
  if (typeof one === "number") return one - (other as number);
  if (typeof one === "string") return compareText(one, other as string);
  return compareText(JSON.stringify(one), JSON.stringify(other));
}

const rank = (value: unknown): number => ["number", "string", "boolean", "object"].indexOf(typeof value);

function matches(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) return Array.isArray(value) && pattern.every((one) => value.some((other) => matches(other, one)));
  if (!isObject(pattern)) return value === pattern;
  if (!isObject(value)) return false;
  return Object.entries(pattern).every(([key, wanted]) => matches(Object.hasOwn(value, key) ? value[key] : undefined, wanted));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
