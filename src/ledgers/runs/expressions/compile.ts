import { InvalidExpressionError } from "../../../base/errors.js";
import { fieldOfRun, isRunField, unknownField } from "../run-fields.js";
import type { FieldPath } from "../run-fields.js";
import type { RunRecord } from "../run-record.js";
import type { SyntaxNode } from "./syntax.js";
import { Bare, calculate, equal, holds, order } from "./values.js";

/** Says yes or no to a run; `nowMs` is what durations of live runs count to. */
export type RunTest = (record: RunRecord, nowMs: number) => boolean;

/** One side of a comparison. */
interface Operand {
  readonly value: (record: RunRecord, nowMs: number) => unknown;
  /** What stands there, where that is known beforehand. */
  readonly literal?: { readonly value: unknown };
  readonly path?: FieldPath;
}

export const comparisons = ["=", "==", "!=", "<", "<=", ">", ">="] as const;
export type Comparison = (typeof comparisons)[number];

const maxDepth = 500;
const functions: Readonly<Record<string, (value: unknown) => unknown>> = {
  len: (value) => (typeof value === "string" ? Array.from(value).length : Array.isArray(value) ? value.length : undefined),
  lower: (value) => (typeof value === "string" ? value.toLowerCase() : undefined),
};

/**
 * Turns a syntax tree into a test. Only the kinds of nodes and the operators named here are taken; everything else is refused, and
 * nothing of a text is ever run as code.
 */
export class Compiler {
  /** The fields that were read, in the order of the text. */
  readonly fields: FieldPath[] = [];
  #depth = 0;

  constructor(
    readonly option: string,
    readonly text: string,
  ) {}

  /** @throws InvalidExpressionError */
  test(node: SyntaxNode): RunTest {
    return this.#deeper(() => {
      if (node.type === "BinaryExpression") {
        const [operator, left, right] = [String(node["operator"]).toLowerCase(), node["left"] as SyntaxNode, node["right"] as SyntaxNode];
        if (operator === "and" || operator === "&&" || operator === "or" || operator === "||") {
          const [one, other] = [this.test(left), this.test(right)];
          return operator === "and" || operator === "&&" ? (record, now) => one(record, now) && other(record, now) : (record, now) => one(record, now) || other(record, now);
        }
        if (operator === "in") return this.#holding(this.#operand(right), this.#operand(left, "leading"), operator);
        if (operator === "contains") return this.#holding(this.#operand(left), this.#operand(right, "text"), operator);
        if (isComparison(operator)) return this.compare(this.#operand(left), operator, this.#operand(right, "text"));
      }
      if (node.type === "UnaryExpression" && isNot(node)) {
        const inner = this.test(node["argument"] as SyntaxNode);
        return (record, now) => !inner(record, now);
      }
      if (node.type === "Literal" && typeof node["value"] === "boolean") return () => node["value"] as boolean;
      if (node.type === "Identifier" || node.type === "MemberExpression") {
        const { value } = this.#operand(node);
        // A field alone: the run has it, and it does not say no.
        return (record, now) => ![undefined, null, false].includes(value(record, now) as null);
      }
      return this.#fail(describe(node), `${describe(node)} is no condition; write such as params.lr < 0.1`);
    });
  }

  /** @throws InvalidExpressionError where neither side is a field */
  compare(left: Operand, operator: Comparison, right: Operand): RunTest {
    if (left.literal !== undefined && right.literal !== undefined) this.#fail(operator, "two fixed values are compared; left of the operator stands a field, such as params.lr");
    const [one, other] = [numericUid(left, right), numericUid(right, left)];
    const isNone = right.literal?.value === null ? left : left.literal?.value === null ? right : undefined;
    switch (operator) {
      case "=":
      case "==":
        // null says that there is nothing: neither a value nor the field.
        return isNone === undefined ? (record, now) => equal(one(record, now), other(record, now)) : (record, now) => (isNone.value(record, now) ?? null) === null;
      case "!=": {
        const same = this.compare(left, "==", right);
        return (record, now) => !same(record, now);
      }
      case "<":
      case "<=":
      case ">":
      case ">=": {
        const wanted = { "<": [-1], "<=": [-1, 0], ">": [1], ">=": [1, 0] }[operator];
        return (record, now) => wanted.includes(order(one(record, now), other(record, now)) ?? NaN);
      }
    }
  }

  /** A field. @throws InvalidExpressionError for one that no run can have */
  read(path: FieldPath): Operand {
    if (!isRunField(path)) this.#fail(path[0] ?? "", unknownField(path));
    this.fields.push(path);
    return { path, value: (record, now) => fieldOfRun(record, path, now) };
  }

  #operand(node: SyntaxNode, words: "fields" | "leading" | "text" = "fields"): Operand {
    return this.#deeper(() => {
      switch (node.type) {
        case "Literal":
          return this.#literal(node);
        case "Identifier":
        case "MemberExpression":
          return this.#named(node, words);
        case "ArrayExpression": {
          const elements = (node["elements"] as (SyntaxNode | null)[]).map((element) => this.#operand(element ?? this.#fail(",", "a list has an empty place"), "text"));
          if (elements.some(({ literal }) => literal === undefined)) this.#fail("[", "a list holds numbers and texts, no fields");
          return fixed(elements.map(({ literal }) => literal?.value));
        }
        case "UnaryExpression":
          if (!isNot(node)) return this.#signed(node);
          return this.#fail(String(node["operator"]), 'a "not" belongs before a whole condition: write not (a = b), or a != b');
        case "CallExpression":
          return this.#call(node);
        case "BinaryExpression":
          return this.#calculation(node);
        default:
          return this.#fail(describe(node), `${describe(node)} cannot stand in an expression`);
      }
    });
  }

  #literal(node: SyntaxNode): Operand {
    const [value, raw] = [node["value"], String(node["raw"])];
    return fixed(typeof value === "number" ? new Bare(value, raw) : value);
  }

  #named(node: SyntaxNode, words: "fields" | "leading" | "text"): Operand {
    const path = this.#path(node);
    // A word right of an operator is a text: `params.name = adam`. A field has a dot there, or stands on the left.
    if (words === "text" && (path.length === 1 || !isRunField(path))) return fixed(new Bare(path.join("."), path.join(".")));
    if (words === "leading" && !isRunField(path)) return fixed(new Bare(path.join("."), path.join(".")));
    return this.read(path);
  }

  #path(node: SyntaxNode): FieldPath {
    return this.#deeper(() => {
      if (node.type === "Identifier") return [String(node["name"])];
      if (node.type !== "MemberExpression" || node["optional"] === true) return this.#fail(describe(node), `${describe(node)} is no field`);
      const property = node["property"] as SyntaxNode;
      const key = node["computed"] !== true ? property["name"] : property.type === "Literal" ? property["value"] : undefined;
      if (typeof key !== "string" && typeof key !== "number") return this.#fail("[", 'in brackets stands a key in quotes, such as params["odd key"]');
      return [...this.#path(node["object"] as SyntaxNode), String(key)];
    });
  }

  #call(node: SyntaxNode): Operand {
    const [callee, given] = [node["callee"] as SyntaxNode, node["arguments"] as SyntaxNode[]];
    const name = callee.type === "Identifier" ? String(callee["name"]) : "";
    const apply = Object.hasOwn(functions, name) ? functions[name] : undefined;
    const [first] = given;
    if (apply === undefined || node["optional"] === true) return this.#fail(name, `there are only the functions ${Object.keys(functions).join(" and ")}`);
    if (given.length !== 1 || first === undefined) return this.#fail(name, `${name} takes one value, such as ${name}(params.name)`);
    const inner = this.#operand(first);
    return { value: (record, now) => apply(inner.value(record, now)) };
  }

  #signed(node: SyntaxNode): Operand {
    const [operator, argument] = [String(node["operator"]), node["argument"] as SyntaxNode];
    if (argument.type === "Literal" && typeof argument["value"] === "number") {
      return fixed(new Bare(operator === "-" ? -argument["value"] : argument["value"], `${operator}${String(argument["raw"])}`));
    }
    const { value } = this.#operand(argument);
    return { value: (record, now) => calculate(operator === "-" ? "-" : "+", 0, plain(value(record, now))) };
  }

  #calculation(node: SyntaxNode): Operand {
    const operator = String(node["operator"]);
    if (!isArithmetic(operator)) return this.#fail(operator, `the result of "${operator}" is no value to compare; join comparisons with "and" or "or"`);
    const [left, right] = [this.#operand(node["left"] as SyntaxNode), this.#operand(node["right"] as SyntaxNode)];
    const result = (record: RunRecord, now: number): unknown => calculate(operator, plain(left.value(record, now)), plain(right.value(record, now)));
    return { value: result };
  }

  #holding(whole: Operand, part: Operand, operator: string): RunTest {
    if (whole.literal !== undefined && part.literal !== undefined) this.#fail(operator, `"${operator}" needs a field on one side, such as status in [DONE, ERROR] or tags contains best`);
    if (whole.literal !== undefined && !Array.isArray(whole.literal.value)) this.#fail(operator, `"${operator}" looks into a list or a field, such as status in [DONE, ERROR]`);
    return (record, now) => holds(whole.value(record, now), part.value(record, now));
  }

  #deeper<T>(build: () => T): T {
    this.#depth += 1;
    if (this.#depth > maxDepth) this.#fail("", "it is nested too deep");
    const built = build();
    this.#depth -= 1;
    return built;
  }

  /** The column is where the word stands for the first time outside of quotes: the tree does not tell. */
  #fail(word: string, problem: string): never {
    const blanked = this.text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/gs, (quoted) => " ".repeat(quoted.length));
    const whole = word === "" ? -1 : blanked.search(new RegExp(/^\w/.test(word) ? `(?<![\\w.$])${escape(word)}(?![\\w$])` : escape(word), "i"));
    throw new InvalidExpressionError(this.option, this.text, Math.max(0, whole) + 1, problem);
  }
}

/** Of a uid, which is the text of a number, numbers are compared as numbers: past 9999 the texts have another order. */
function numericUid({ path, value }: Operand, { literal }: Operand): Operand["value"] {
  const isUid = path?.length === 1 && path[0] === "uid" && literal?.value instanceof Bare && typeof literal.value.value === "number";
  return isUid ? (record, now) => Number(value(record, now)) : value;
}

const fixed = (value: unknown): Operand => ({ literal: { value }, value: () => value });
const plain = (value: unknown): unknown => (value instanceof Bare ? value.value : value);
const isNot = (node: SyntaxNode): boolean => ["!", "not"].includes(String(node["operator"]).toLowerCase());
const isComparison = (operator: string): operator is Comparison => (comparisons as readonly string[]).includes(operator);
const isArithmetic = (operator: string): operator is "+" | "-" | "*" | "/" | "%" => ["+", "-", "*", "/", "%"].includes(operator);
const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What a node is called in messages. */
function describe(node: SyntaxNode): string {
  switch (node.type) {
    case "Literal":
      return String(node["raw"]);
    case "Identifier":
      return String(node["name"]);
    case "BinaryExpression":
    case "UnaryExpression":
      return String(node["operator"]);
    case "ThisExpression":
      return "this";
    case "SequenceExpression":
      return ",";
    case "ArrayExpression":
      return "[";
    case "CallExpression":
      return describe(node["callee"] as SyntaxNode);
    case "MemberExpression":
      return describe(node["object"] as SyntaxNode);
    default:
      return node.type;
  }
}

