import type { RunRecord } from "../../src/index.js";
import { readValue } from "./assignments.js";
import { UsageError } from "./errors.js";
import { asText, compareValues, fieldOf } from "./record-fields.js";

/** Says yes or no to a record. */
export type Condition = (record: RunRecord) => boolean;

/** Reads `params.lr=0.1`; also `!=`, `<`, `<=`, `>`, `>=`. A list such as `tags` has a value if one of its elements is it. @throws UsageError */
export function readCondition(text: string): Condition {
  const [, path = "", operator = "", given = ""] = /^([^=<>!]+)(!=|<=|>=|=|<|>)(.*)$/s.exec(text) ?? [];
  if (path === "") throw new UsageError(`--where ${text}: write FIELD=VALUE, such as params.lr=0.1 (also != < <= > >=)`);
  const wanted = readValue(given);
  const equals = (value: unknown): boolean => (Array.isArray(value) ? value.some(equals) : false) || asText(value) === asText(wanted) || asText(value) === given;
  return (record) => {
    const value = fieldOf(record, path.trim());
    if (operator === "=") return value !== undefined && equals(value);
    if (operator === "!=") return value === undefined || !equals(value);
    // Numbers compare with numbers, texts (such as times) with texts; nothing else has an order.
    if (typeof value !== "number" && typeof value !== "string") return false;
    if (typeof value === "number" && typeof wanted !== "number") return false;
    const order = compareValues(value, typeof value === "string" ? given : wanted);
    return (operator.startsWith("<") && order < 0) || (operator.startsWith(">") && order > 0) || (operator.endsWith("=") && order === 0);
  };
}
