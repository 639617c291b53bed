import { nearestNames } from "../../base/nearest-names.js";
import { fieldOfRun, openFields, runFieldNames, showFieldPath } from "./run-fields.js";
import type { FieldPath } from "./run-fields.js";
import type { RunRecord } from "./run-record.js";

/** A field that no run has, as it is written, and those of the runs that it may have been meant as. */
export interface UnseenField {
  readonly field: string;
  readonly nearest: readonly string[];
}

/**
 * Which of the fields no run has: most likely they are misspelt. A value of null counts as had, and a field that each run can have
 * (such as `note`) is never told of. Without runs there is nothing to tell.
 */
export function unseenFields(records: readonly RunRecord[], paths: readonly FieldPath[]): UnseenField[] {
  if (records.length === 0) return [];
  const unseen = paths.filter((path) => path.length > 1 && records.every((record) => fieldOfRun(record, path, 0) === undefined));
  if (unseen.length === 0) return [];
  const known = fieldsOf(records);
  const fields = [...new Map(unseen.map((path) => [showFieldPath(path), path])).entries()];
  return fields.map(([field, path]) => ({ field, nearest: similar(field, path, known) }));
}

/** Similar as a whole, or the same key elsewhere: `params.accuracy` for `metrics.accuracy`. */
function similar(field: string, path: FieldPath, known: readonly string[]): string[] {
  const key = path.at(-1) ?? "";
  const elsewhere = known.filter((one) => one.endsWith(`.${key}`));
  const sameRoot = known.filter((one) => one.startsWith(`${path[0] ?? ""}.`)).map((one) => one.slice(one.indexOf(".") + 1));
  const near = nearestNames(path.slice(1).join("."), sameRoot).map((one) => `${path[0] ?? ""}.${one}`);
  const found = [...new Set([...near, ...elsewhere])].slice(0, 3);
  return found.length > 0 ? found : nearestNames(field, known);
}

/** The paths of all values that the runs have. */
function fieldsOf(records: readonly RunRecord[]): string[] {
  const found = new Set(runFieldNames.filter((name) => !openFields.includes(name)));
  const visit = (value: unknown, path: FieldPath): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) for (const [key, below] of Object.entries(value)) visit(below, [...path, key]);
    else found.add(path.join("."));
  };
  for (const record of records) for (const name of ["params", "metrics", "files", "error"] as const) if (record[name] !== undefined) visit(record[name], [name]);
  return [...found];
}
