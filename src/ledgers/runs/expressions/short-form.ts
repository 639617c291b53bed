import { openFields, parseFieldPath } from "../run-fields.js";
import type { FieldPath } from "../run-fields.js";
import type { Comparison } from "./compile.js";
import { Bare } from "./values.js";

/** `FIELD=VALUE`, the value as it stands, without quotes. */
export interface ShortForm {
  readonly path: FieldPath;
  readonly operator: Comparison;
  readonly value: unknown;
}

/** What shows that a side is more than a name or a value: quotes, brackets, operators between spaces, words that join, other fields. */
const field = `(?:${openFields.join("|")})\\.`;
const signs = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}_])["']`, String.raw`^\s*[-+]?\s*[([!]`, String.raw`\b(?:len|lower)\(`, "&&", String.raw`\|\|`, "[=<>!]",
    String.raw`(?:^|\s)(?:and|or|not|in|contains)(?:\s|$)`, String.raw`\s[-+*/%]\s`, `[-+*/%]\\s*${field}`,
  ].join("|"),
  "iu",
);
const isOtherField = new RegExp(`^\\s*${field}`);
/** A dash before digits belongs to the name: `metrics.top-5`. */
const isCalculated = /[+*/%]\s*\d/;

/**
 * Reads the short form of one comparison, `params.name=adam` or `started>=2026-11-01`: what could be a text is one, without quotes, and
 * keys may have dashes. Undefined where the text is more than that.
 */
export function readShortForm(text: string): ShortForm | undefined {
  const [, left = "", operator = "", given = ""] = /^([^=<>!]+)(==|!=|<=|>=|=|<|>)(.*)$/s.exec(text) ?? [];
  if (left === "" || /["'()[\]]/.test(left) || signs.test(left) || isCalculated.test(left)) return undefined;
  const path = /^\s*(?!(?:true|false|null)\s*$)[\p{L}_$]/u.test(left) ? parseFieldPath(left) : undefined;
  if (path === undefined) return undefined;
  const [json, trimmed] = [readJson(given), given.trim()];
  if (json === undefined && (signs.test(given) || isOtherField.test(given) || /^-?[\d.]+\s/.test(trimmed))) return undefined;
  // Only what is equal or not can be empty, or of several words.
  if (/[<>]/.test(operator) && /^$|\s/.test(trimmed)) return undefined;
  return { path, operator: operator as Comparison, value: typeof json === "string" ? json : json === null ? null : new Bare(json ?? trimmed, trimmed) };
}

/** Undefined for what is no JSON, and for an integer that a double cannot hold: it is not to become another number. */
function readJson(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "number" && (!Number.isFinite(value) || (/^\s*-?\d+\s*$/.test(text) && !Number.isSafeInteger(value))) ? undefined : value;
  } catch {
    return undefined;
  }
}
