import type * as Yaml from "yaml";
import { InvalidValueError, preview } from "../../../base/errors.js";
import { jsonPath, type JsonKey } from "../../../events/json-path.js";
import { maxJsonDepth } from "../../../events/json-walk.js";

/**
 * The value of a YAML document by the rules of YAML 1.2: `no` and dates are texts. Anchors may be used, and `<<` for merging. Refused are
 * duplicate keys, keys that are no text, tags that stand for no JSON, integers that would be rounded, a second document, and aliases that
 * multiply without bound.
 * @param source what messages call the text
 * @param language JSON is read as the YAML that it is, but for `<<`, which is a name there
 * @throws InvalidValueError naming line and column, or the place in the value
 */
export async function parseYaml(text: string, source: string, language: "yaml" | "json" = "yaml"): Promise<unknown> {
  const yaml = await import("yaml");
  checkNesting(yaml, text, source);
  // Errors, warnings and further documents are kept, not printed.
  const document = yaml.parseDocument(text, { version: "1.2", schema: "core", resolveKnownTags: false, intAsBigInt: true, merge: language === "yaml", logLevel: "error" });
  // An unknown tag is only worth a warning to the parser. Here it would be a value of another kind than the writer wanted.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw new InvalidValueError(at(source, problem.linePos?.[0]), `is no ${language.toUpperCase()} that can be read: ${firstLine(problem.message)}`);
  return plain(valueOf(document, source), source, []);
}

/** The parser recurses, and a process that runs out of stack there may die: depth is measured first, by its own tokens. */
function checkNesting({ Lexer, LineCounter, Parser }: typeof Yaml, text: string, source: string): void {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    // What it yields is made anew by parsing; here only its stack is of interest.
    for (const _token of parser.next(lexeme));
    if (parser.stack.length > maxJsonDepth) throw new InvalidValueError(at(source, lines.linePos(parser.offset)), `is nested more than ${maxJsonDepth} deep`);
  }
}

function valueOf(document: Yaml.Document, source: string): unknown {
  try {
    // Maps keep their keys as they are: 1 is not "1".
    return document.toJS({ mapAsMap: true });
  } catch (error) {
    // An alias without an anchor, or more copies of an anchor than anybody writes.
    throw new InvalidValueError(source, `has an alias that cannot be followed: ${firstLine(error instanceof Error ? error.message : String(error))}`);
  }
}

function plain(value: unknown, source: string, keys: readonly JsonKey[]): unknown {
  const fault = (problem: string): InvalidValueError => new InvalidValueError(`${source}: ${jsonPath("$", keys)}`, problem);
  // An anchor may stand for something that contains it.
  if (keys.length > maxJsonDepth) throw fault(`is nested more than ${maxJsonDepth} deep`);
  if (typeof value === "bigint") {
    if (value !== BigInt(Number(value)) || !Number.isSafeInteger(Number(value))) throw fault(`is ${value}, too large for a JSON number; write it as text: "${value}"`);
    return Number(value);
  }
  if (Array.isArray(value)) return value.map((entry, index) => plain(entry, source, [...keys, index]));
  if (!(value instanceof Map)) return value;
  const entries = [...(value as ReadonlyMap<unknown, unknown>)].map(([key, below]): [string, unknown] => {
    if (typeof key !== "string") throw fault(`has the key ${typeof key === "bigint" ? key : preview(key)}, which is no text; put it in quotes`);
    return [key, plain(below, source, [...keys, key])];
  });
  // fromEntries makes own properties of all keys, "__proto__" included.
  return Object.fromEntries(entries);
}

const at = (source: string, place: { line: number; col: number } | undefined): string => (place === undefined ? source : `${source}:${place.line}:${place.col}`);

/** The parser's messages go on with an excerpt of the text. */
const firstLine = (message: string): string => (message.split("\n", 1)[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
