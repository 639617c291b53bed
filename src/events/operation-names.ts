/** What operations and their streams are called. */
import { InvalidIdError } from "../base/errors.js";
import { isPart, parsePart } from "./alphabet.js";

/** An operation's id: one part, such as `20261128T093000.123-build-1a2b3c4d`. @throws InvalidIdError */
export function parseOperationId(value: unknown): string {
  return parsePart("operation id", value);
}

const shortId = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}$/;

/** The id of a session or of a call, as the library makes them. @throws InvalidIdError */
export function parseShortId(kind: "session" | "call", value: unknown): string {
  if (typeof value === "string" && shortId.test(value)) return value;
  throw new InvalidIdError(kind, value, "it must be letters, digits and _ . : -");
}

/** The stream of an operation. Takes a parsed id. */
export const operationStream = (operationId: string): string => `operation/${operationId}`;

/** The operation of a stream; undefined for every other stream. */
export function parseOperationStream(stream: string): string | undefined {
  const name = stream.startsWith("operation/") ? stream.slice("operation/".length) : "";
  return isPart(name) ? name : undefined;
}
