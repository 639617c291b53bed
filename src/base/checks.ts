import type { KeyObject } from "node:crypto";
import { InvalidOptionError, preview } from "./errors.js";

/** Options of a call are an object. @throws InvalidOptionError */
export function checkObject(options: unknown, field = "options"): void {
  if (typeof options !== "object" || options === null) throw new InvalidOptionError(field, `must be an object, not ${preview(options)}`);
}

/** A field that nobody would look at is refused: a misspelt one would be lost without a word. @throws InvalidOptionError naming it */
export function checkKnown(options: object, known: readonly string[]): void {
  for (const field of Object.keys(options)) if (!known.includes(field)) throw new InvalidOptionError(field, `is none of ${known.join(", ")}`);
}

/** A yes or no, with its default. @throws InvalidOptionError */
export function checkedFlag(field: string, value: unknown, otherwise = false): boolean {
  if (value === undefined) return otherwise;
  if (typeof value !== "boolean") throw new InvalidOptionError(field, `must be true or false, not ${preview(value)}`);
  return value;
}

/** A signal is an AbortSignal, of whichever realm. @throws InvalidOptionError */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return;
  const { aborted, addEventListener, throwIfAborted } = (signal ?? {}) as Partial<AbortSignal>;
  const sound = typeof aborted === "boolean" && typeof addEventListener === "function" && typeof throwIfAborted === "function";
  if (!sound) throw new InvalidOptionError("signal", `must be an AbortSignal, not ${preview(signal)}`);
}

/** @throws InvalidOptionError */
export function checkFunction(field: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") throw new InvalidOptionError(field, `must be a function, not ${preview(value)}`);
}

/** @throws InvalidOptionError */
export function checkTexts(field: string, value: unknown): void {
  const sound = value === undefined || (Array.isArray(value) && value.every((text) => typeof text === "string"));
  if (!sound) throw new InvalidOptionError(field, `must be a list of texts, not ${preview(value)}`);
}

/** A path is a text that a file system takes. @throws InvalidOptionError */
export function checkedPath(field: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw new InvalidOptionError(field, `must be the path of a file, not ${preview(value)}`);
}

/** A key is a path or PEM text, or a key object of Node, which has a `type` and a way to be exported. @throws InvalidOptionError */
export function checkedKey(field: string, value: unknown): string | KeyObject {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  const { type, export: exported } = (typeof value === "object" && value !== null ? value : {}) as Partial<KeyObject>;
  if (typeof exported === "function" && (type === "private" || type === "public")) return value as KeyObject;
  // What it is stays untold: it may be a secret in another form.
  throw new InvalidOptionError(field, "must be the path of a PEM file, PEM text or a key object of node:crypto");
}

/** A whole number within bounds, or nothing. @throws InvalidOptionError */
export function checkWhole(field: string, value: unknown, min: number, max: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max)) return;
  throw new InvalidOptionError(field, `must be a whole number from ${min} to ${max}, not ${preview(value)}`);
}
