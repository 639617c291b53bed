import { clean } from "./text.js";

/** The command line was wrong: exit code 2. */
export class UsageError extends Error {
  readonly code = "USAGE";
}

/** Something was not there, or refused; `code` as in the library's errors. Exit code 1. */
export class CliFault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The exit code for what a verb or commander threw. */
export function exitCodeOf(error: unknown): number {
  if (isCommanderError(error)) return error.exitCode === 0 ? 0 : 2;
  const code = codeOf(error);
  // Names, values and options come from the command line.
  return code === "USAGE" || code?.startsWith("INVALID_") === true ? 2 : 1;
}

/** An error in one line, with its code. */
export function describeError(error: unknown): string {
  const code = codeOf(error);
  // Whoever did not type the path would not know where it came from.
  const inherited = code === "KEY_UNREADABLE" && error instanceof Error && "path" in error && error.path !== undefined && error.path === process.env["DAYBOOK_SIGNING_KEY"];
  return `${inherited ? "DAYBOOK_SIGNING_KEY: " : ""}${messageOf(error)}${code === undefined || code === "USAGE" ? "" : ` (${code})`}`;
}

/** An error as a JSON object, with its typed details. */
export function errorAsJson(error: unknown): object {
  const details = error instanceof Error && !isCommanderError(error) ? { ...error } : {};
  for (const key of ["name", "cause", "stack", "message"]) delete (details as Record<string, unknown>)[key];
  return { error: { ...details, code: isCommanderError(error) ? "USAGE" : (codeOf(error) ?? "UNEXPECTED"), message: messageOf(error) } };
}

/** The expression that was wrong, and a mark below the place; nothing for other errors. */
export function markedColumn(error: unknown): string[] {
  if (!(error instanceof Error) || !("expression" in error) || !("column" in error) || typeof error.expression !== "string" || typeof error.column !== "number") return [];
  // Control characters would move the mark, or the terminal.
  const [before, text] = [error.expression.slice(0, error.column - 1), error.expression].map((one) => one.replace(/\s/g, " ")).map(clean);
  const start = Math.max(0, (before ?? "").length - widest / 2);
  return [`  ${(text ?? "").slice(start, start + widest)}`, `  ${" ".repeat((before ?? "").length - start)}^`];
}

const widest = 100;

/** True for commander's own errors, its help and version included. */
export function isCommanderError(error: unknown): error is Error & { readonly code: string; readonly exitCode: number } {
  return error instanceof Error && "exitCode" in error && codeOf(error, true)?.startsWith("commander.") === true;
}

/** The message of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^error: /, "").trim().replace(/\s*\n\s*/g, " ");
}

function codeOf(error: unknown, commander = false): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return !commander && error.code.startsWith("commander.") ? undefined : error.code;
}
