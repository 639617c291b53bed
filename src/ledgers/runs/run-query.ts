import { InvalidOptionError, preview } from "../../base/errors.js";
import type { RunRecord } from "./run-record.js";

/** Which runs: those for which the function says yes, or whose fields are as given (nested objects as far as they go). */
export type RunFilter = ((record: RunRecord) => boolean) | { readonly [field: string]: unknown };

/** In which order: a comparison, or a path such as `"metrics.accuracy"`, `"-metrics.accuracy"` for the largest first. */
export type RunOrder = ((a: RunRecord, b: RunRecord) => number) | string;

/** What `RunLedger.list` gives. */
export interface ListOptions {
  readonly where?: RunFilter;
  /** Default: by identifier, relpath and uid, uids as numbers. */
  readonly sort?: RunOrder;
  /** At most so many, from 0. */
  readonly limit?: number;
}

/**
 * Filters, orders and cuts; gives copies. Runs without the field that orders come last, whichever way it is ordered. A filter
 * or order of the caller's own gets copies too: it cannot change what everybody reads.
 */
export function selectRuns(records: readonly RunRecord[], { where, sort, limit }: ListOptions = {}): RunRecord[] {
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 0)) {
    throw new InvalidOptionError("limit", `must be a whole number from 0, not ${preview(limit)}`);
  }
  const known = where === undefined || typeof where === "function" || isObject(where);
  if (!known) throw new InvalidOptionError("where", `must be a function or an object of fields, not ${preview(where)}`);
  if (sort !== undefined && typeof sort !== "function" && typeof sort !== "string") {
    throw new InvalidOptionError("sort", `must be a function or a path of fields, not ${preview(sort)}`);
  }
  const shown = typeof where === "function" || typeof sort === "function" ? structuredClone(records) : records;
  const wanted = shown.filter(typeof where === "function" ? where : (record) => where === undefined || matches(record, where));
  wanted.sort(byAddress);
  if (sort !== undefined) wanted.sort(typeof sort === "function" ? sort : byField(sort));
  return structuredClone(limit === undefined ? wanted : wanted.slice(0, limit));
}

/** By identifier, relpath and uid number. */
export function byAddress(a: RunRecord, b: RunRecord): number {
  return compareText(a.identifier, b.identifier) || compareText(a.relpath, b.relpath) || Number(a.uid) - Number(b.uid);
}

function byField(path: string): (a: RunRecord, b: RunRecord) => number {
  const descending = path.startsWith("-");
  const fields = path.replace(/^[-+]/, "").split(".");
  if (fields.some((field) => field === "")) {
    throw new InvalidOptionError("sort", `must be a path of fields such as "metrics.accuracy", not ${preview(path)}`);
  }
  const isUid = fields.length === 1 && fields[0] === "uid";
  return (a, b) => {
    const [one, other] = [fieldOf(a, fields), fieldOf(b, fields)];
    if (one === undefined || one === null) return other === undefined || other === null ? 0 : 1;
    if (other === undefined || other === null) return -1;
    // A uid is the text of a number, and orders as one past 9999 too.
    const order = isUid ? Number(one) - Number(other) : compareValues(one, other);
    return descending ? -order : order;
  };
}

/** Numbers before texts before truth values before the rest. */
function compareValues(one: unknown, other: unknown): number {
  if (typeof one !== typeof other) return rank(one) - rank(other);
  if (typeof one === "number") return one - (other as number);
  if (typeof one === "string") return compareText(one, other as string);
  return compareText(JSON.stringify(one), JSON.stringify(other));
}

const rank = (value: unknown): number => ["number", "string", "boolean", "object"].indexOf(typeof value);

function fieldOf(record: RunRecord, fields: readonly string[]): unknown {
  return fields.reduce<unknown>((value, field) => (isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined), record);
}

function matches(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) return Array.isArray(value) && pattern.every((one) => value.some((other) => matches(other, one)));
  if (!isObject(pattern)) return value === pattern;
  if (!isObject(value)) return false;
  return Object.entries(pattern).every(([key, wanted]) => matches(Object.hasOwn(value, key) ? value[key] : undefined, wanted));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
