import type { JsonObject } from "../../src/index.js";
import { readNested, readValue } from "./assignments.js";
import { UsageError } from "./errors.js";

/**
 * `["lr=0.1,0.01", "model.width=8,16"]` as axes, `{ lr: [0.1, 0.01], model: { width: [8, 16] } }`. Values are read as those of `-p`, and
 * white space around them is dropped; commas within the brackets or quotes of JSON do not part them.
 * @throws UsageError for what is given twice, an empty value, and a bracket or quote that is not closed
 */
export const readGrid = (assignments: readonly string[]): JsonObject =>
  readNested("--grid", assignments, (text, assignment) => splitValues(text, assignment).map(readValue));

const closing: Readonly<Record<string, string>> = { "[": "]", "{": "}" };

/** The texts between the commas that stand outside of JSON. Only a value that begins like JSON's is looked into: `a]b` is a text. */
function splitValues(list: string, assignment: string): string[] {
  const values: string[] = [];
  let from = 0;
  while (from <= list.length) {
    const end = endOfValue(list, from, assignment);
    const value = list.slice(from, end).trim();
    if (value === "") throw new UsageError(`--grid ${assignment}: there is an empty value; write "" for an empty text`);
    values.push(value);
    from = end + 1;
  }
  return values;
}

/** Where the comma behind the value that begins at `from` stands, or the end of the list. */
function endOfValue(list: string, from: number, assignment: string): number {
  const open: string[] = [];
  let quoted = false;
  const begin = from + (/^\s*/.exec(list.slice(from))?.[0].length ?? 0);
  const isJson = /["[{]/.test(list[begin] ?? "");
  for (let at = begin; at < list.length; at += 1) {
    const character = list[at] ?? "";
    if (character === "," && open.length === 0 && !quoted) return at;
    if (!isJson) continue;
    if (quoted && character === "\\") at += 1;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (closing[character] !== undefined) open.push(closing[character]);
    else if (character === open.at(-1)) open.pop();
  }
  if (open.length > 0 || quoted) throw new UsageError(`--grid ${assignment}: ${quoted ? 'a quote (")' : `"${open.at(-1)}"`} is missing; to sweep texts with brackets or quotes in them, write them as JSON`);
  return list.length;
}
