/** Errors as the log keeps them. */
import { preview } from "../../base/errors.js";
import type { CallError } from "../../events/operation-events.js";
import { isWellFormed } from "../../events/text.js";

/** Units of text that the log keeps of one part of an error. */
const maxText = 8192;

/** What was thrown, as the log keeps it: short, and never throwing itself. Anything may be thrown. */
export function toCallError(thrown: unknown): CallError {
  if (!isObject(thrown)) return { message: kept(safely(() => String(thrown)) ?? typeof thrown) };
  const { message, name, stack, code, exitCode, signal, stderr } = fieldsOf(thrown);
  return {
    message: kept(typeof message === "string" ? message : preview(thrown)),
    ...textField("name", name),
    ...textField("stack", stack),
    ...textField("code", code),
    ...(Number.isSafeInteger(exitCode) ? { exitCode: exitCode as number } : {}),
    ...textField("signal", signal),
    // Of what was written last, the last is kept.
    ...(typeof stderr === "string" ? { stderr: wellFormed(stderr.slice(-maxText)) } : {}),
  };
}

/** An error of whatever was thrown: itself where it is one. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(toCallError(thrown).message, { cause: thrown }));

/** An error in one line: for what is told to people. */
export const errorText = (thrown: unknown): string => toCallError(thrown).message;

const isObject = (value: unknown): value is object => (typeof value === "object" && value !== null) || typeof value === "function";

/** Each field is asked for by itself: one may be an accessor that throws. */
function fieldsOf(thrown: object): Readonly<Record<"message" | "name" | "stack" | "code" | "exitCode" | "signal" | "stderr", unknown>> {
  const field = (name: string): unknown => safely(() => (thrown as Record<string, unknown>)[name]);
  return { message: field("message"), name: field("name"), stack: field("stack"), code: field("code"), exitCode: field("exitCode"), signal: field("signal"), stderr: field("stderr") };
}

const textField = <Name extends string>(name: Name, value: unknown): { readonly [name in Name]?: string } =>
  (typeof value === "string" && value !== "" ? { [name]: kept(value) } : {}) as { readonly [name in Name]?: string };

const kept = (text: string): string => wellFormed(text.length > maxText ? `${text.slice(0, maxText - 3)}...` : text);

const wellFormed = (text: string): string => (isWellFormed(text) ? text : text.toWellFormed());

function safely<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
