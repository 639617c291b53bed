import { InvalidOptionError, preview } from "../../../base/errors.js";
import type { RunExpression } from "./run-expression.js";

/**
 * Reads a condition on runs such as `params.lr < 0.1 and best in tags` (docs/expressions.md has the language), as `list` does with a text in
 * `where`. Nothing of the text is run as code. `option` is what errors call it, by default `where`.
 * @throws InvalidExpressionError with the column @throws InvalidOptionError for what is no text
 */
export async function parseRunExpression(text: string, option = "where"): Promise<RunExpression> {
  if (typeof text !== "string") throw new InvalidOptionError(option, `must be a text, not ${preview(text)}`);
  // The parser is loaded when it is first needed.
  const { readRunExpression } = await import("./run-expression.js");
  return readRunExpression(text, option);
}
