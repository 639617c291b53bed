import { InvalidExpressionError } from "../../../base/errors.js";
import type { FieldPath } from "../run-fields.js";
import { Compiler } from "./compile.js";
import type { RunTest } from "./compile.js";
import { readShortForm } from "./short-form.js";
import { parseSyntax } from "./syntax.js";

/** A condition on runs, read from a text. */
export interface RunExpression {
  readonly text: string;
  /** Which fields it looks at. */
  readonly fields: readonly FieldPath[];
  /** Does it hold for a run? The second argument is the time (ms since 1970) to which a live run's `duration` counts. */
  readonly matches: RunTest;
}

/**
 * Reads a condition on runs such as `params.lr < 0.1 and "best" in tags`; docs/expressions.md has the language. `option` is what errors
 * call it. @throws InvalidExpressionError with the column
 */
export function readRunExpression(text: string, option = "where"): RunExpression {
  const compiler = new Compiler(option, text);
  const short = readShortForm(text);
  if (short !== undefined) {
    const { path, operator, value } = short;
    return { text, matches: compiler.compare(compiler.read(path), operator, { literal: { value }, value: () => value }), fields: compiler.fields };
  }
  const date = outsideOfQuotes(text).search(/\d{4}-\d\d-\d\d/);
  if (date !== -1) throw new InvalidExpressionError(option, text, date + 1, 'a time stands in quotes here: started > "2026-11-01"');
  return { text, matches: compiler.test(parseSyntax(option, text)), fields: compiler.fields };
}

const outsideOfQuotes = (text: string): string => text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/gs, (quoted) => " ".repeat(quoted.length));
