import jsep from "jsep";
import { InvalidExpressionError } from "../../../base/errors.js";

/** A node of the syntax tree, of those kinds that an expression may have or be refused for. */
export interface SyntaxNode {
  readonly type: string;
  readonly [part: string]: unknown;
}

/** The longest expression, in UTF-16 units: it bounds the depth of the tree too. */
const maxLength = 2000;
/** How deep brackets may nest. */
const maxBrackets = 50;

/** What the parser keeps for everybody who uses it in this process. */
interface Grammar {
  binary_ops: Readonly<Record<string, number>>;
  unary_ops: Readonly<Record<string, number>>;
  max_binop_len: number;
  max_unop_len: number;
  right_associative: ReadonlySet<string>;
  additional_identifier_chars: ReadonlySet<string>;
  literals: Readonly<Record<string, unknown>>;
  hooks: object;
}
interface Parser {
  readonly index: number;
  gobbleExpression(): SyntaxNode | false | undefined;
}
const Jsep = (jsep as unknown as { readonly Jsep: Grammar & (new (text: string) => Parser) }).Jsep;

const either = (precedence: number, ...names: string[]): [string, number][] => names.flatMap((name) => [[name, precedence], [name.toUpperCase(), precedence]]);
const binary = Object.fromEntries([
  ...either(1, "||", "or"),
  ...either(2, "&&", "and"),
  ...either(6, "==", "=", "!=", "<", "<=", ">", ">=", "in", "contains"),
  ...either(9, "+", "-"),
  ...either(10, "*", "/", "%"),
]);
const unary = Object.fromEntries(either(1, "!", "not", "-", "+"));
const longest = (table: object): number => Math.max(...Object.keys(table).map(({ length }) => length));

const grammar: Grammar = {
  binary_ops: binary,
  unary_ops: unary,
  max_binop_len: longest(binary),
  max_unop_len: longest(unary),
  right_associative: new Set(),
  additional_identifier_chars: new Set(["$", "_"]),
  literals: { true: true, false: false, null: null },
  hooks: {},
};

/** The syntax tree of an expression. @throws InvalidExpressionError with the column */
export function parseSyntax(field: string, text: string): SyntaxNode {
  const fail = (column: number, problem: string): never => {
    throw new InvalidExpressionError(field, text, column, problem);
  };
  if (text.length > maxLength) fail(maxLength + 1, `an expression has at most ${maxLength} characters`);
  const tooDeep = bracketsBeyond(text, maxBrackets);
  if (tooDeep !== undefined) fail(tooDeep + 1, `brackets may be nested ${maxBrackets} deep`);
  return withGrammar(() => {
    const parser = new Jsep(text);
    let node: SyntaxNode | false | undefined;
    try {
      node = parser.gobbleExpression();
    } catch (error) {
      const { index = 0, description = String(error) } = error as { index?: number; description?: string };
      return fail(Math.min(index, text.length) + 1, description.replace(/^[A-Z]/, (letter) => letter.toLowerCase()));
    }
    const rest = text.slice(parser.index);
    if (rest.trim() !== "") fail(parser.index + 1, `unexpected ${JSON.stringify(/^(\w+|.)/su.exec(rest)?.[0])}; join conditions with "and" or "or", and put texts in quotes`);
    return node === undefined || node === false ? fail(1, "there is no condition; write such as params.lr=0.1") : node;
  });
}

/** The parser is one for the whole process: what somebody else has taught it is put back, and does not count here. */
function withGrammar<T>(parse: () => T): T {
  const before = Object.fromEntries(Object.keys(grammar).map((key) => [key, Jsep[key as keyof Grammar]]));
  Object.assign(Jsep, grammar);
  try {
    return parse();
  } finally {
    Object.assign(Jsep, before);
  }
}

function bracketsBeyond(text: string, most: number): number | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[([\])]/gs)) {
    if (token === "(" || token === "[") depth += 1;
    if (token === ")" || token === "]") depth -= 1;
    if (depth > most) return index;
  }
  return undefined;
}
