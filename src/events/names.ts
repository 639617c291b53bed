/**
 * The names of things, and their alphabet.
 *
 * A name's *part* is 1 to 128 UTF-16 units (at most 255 bytes as UTF-8) of Unicode letters, marks, numbers, space and `. _ - + = @ , : ( )`.
 * It starts with a letter, a number or `_`, does not end with a space or a dot, and nowhere holds `..`.
 * Identifiers and participants are one part; relpaths and streams are parts joined by `/`.
 * Names are kept in Unicode's NFC: two that differ in normalisation alone are the same name. Case matters.
 *
 * Every `parse...` function returns the normal form, or throws InvalidIdError with the kind, the value and what is wrong with it.
 */
import { InvalidIdError } from "../base/errors.js";
import { isPlainPath, isPart, normalText, parsePart, problemOfPart } from "./alphabet.js";
import { problemOfPrintable } from "./text.js";

/** The parts of a run's name. `relpath` is `""` at the root. */
export interface RunName {
  readonly identifier: string;
  readonly relpath: string;
  readonly uid: string;
}

const maxRelpath = 512;
const maxStream = 700;
/** Most UTF-16 units of a type. */
export const maxType = 128;
const maxEventId = 256;

const uidPattern = /^[0-9]{4,16}$/;
const typePattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** What a group of runs is called, such as `train`: one part. @throws InvalidIdError */
export function parseIdentifier(value: unknown): string {
  return parsePart("identifier", value);
}

/** Who appends, such as `worker-1`: one part. @throws InvalidIdError */
export function parseParticipant(value: unknown): string {
  return parsePart("participant", value);
}

/** A run's number within its identifier and relpath: 4 to 16 decimal digits, such as `0001`. @throws InvalidIdError */
export function parseUid(value: unknown): string {
  const text = normalText("uid", value, maxEventId);
  if (!uidPattern.test(text)) throw new InvalidIdError("uid", value, 'it must be 4 to 16 digits, such as "0001"');
  return text;
}

/** The uid of run number `n`: four digits, more past 9999. @throws InvalidIdError unless `n` is a safe integer, 0 or more */
export function formatUid(n: number): string {
  if (!Number.isSafeInteger(n) || n < 0) throw new InvalidIdError("uid", n, "it must be formed of an integer from 0 on");
  return String(n).padStart(4, "0");
}

/**
 * Where a run belongs below its identifier: parts joined by `/`, at most 512 UTF-16 units, `""` for the root.
 * `undefined`, `""`, `"."` and `"./"` are the root; `a//b`, `a/./b` and `a/b/` are `a/b`.
 * @throws InvalidIdError also for absolute paths, `..` and backslashes
 */
export function parseRelpath(value: unknown): string {
  if (value === undefined) return "";
  const text = normalText("relpath", value, maxRelpath);
  if (text.startsWith("/")) throw new InvalidIdError("relpath", value, "it is absolute; a relpath is relative to its identifier");
  if (text.includes("\\")) throw new InvalidIdError("relpath", value, "it holds a backslash; parts are joined by /");
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  return joinParts("relpath", value, parts);
}

/** The entity an event belongs to: parts joined by `/`, at most 700 UTF-16 units. @throws InvalidIdError also for an empty part */
export function parseStream(value: unknown): string {
  if (isPlainPath(value)) return value;
  return joinParts("stream", value, normalText("stream", value, maxStream).split("/"));
}

/**
 * The type of an event: `<noun>.<past-participle>`, each of lower-case ASCII words (letters and digits) joined by dashes, exactly one
 * dot, at most 128 units.
 * @throws InvalidIdError
 */
export function parseType(value: unknown): string {
  if (typeof value === "string" && value.length <= maxType && typePattern.test(value)) return value;
  const text = normalText("type", value, maxType);
  throw new InvalidIdError("type", text, "it must be <noun>.<past-participle> in lower-case words with dashes, such as order.paid-back");
}

/** What stands before the first dot of `type`; all of it when it has none. Total: takes any text. */
export function nounOf(type: string): string {
  const dot = type.indexOf(".");
  return dot === -1 ? type : type.slice(0, dot);
}

/** An idempotency key or command id: 1 to 256 UTF-16 units without control characters, kept as given. @throws InvalidIdError */
export function parseEventId(value: unknown): string {
  if (typeof value !== "string") return parsePart("id", value);
  const problem = problemOfPrintable(value, maxEventId);
  if (problem !== undefined) throw new InvalidIdError("id", value, `it ${problem}`);
  return value;
}

/** The stream of a run: `run/train/mnist/cnn/0001`. Takes parsed parts. */
export function runStream(identifier: string, relpath: string, uid: string): string {
  return `run/${runAddress(identifier, relpath, uid)}`;
}

/** The parts of a run's stream; undefined for every other stream, and for one whose parts are not names in normal form. Never throws. */
export function parseRunStream(stream: string): RunName | undefined {
  if (!stream.startsWith("run/")) return undefined;
  const { identifier, middle, uid } = splitAddress(stream.slice(4));
  if (!uidPattern.test(uid)) return undefined;
  if (isPlainPath(stream) && identifier !== "") return { identifier, relpath: middle ?? "", uid };
  if (!isPart(identifier)) return undefined;
  if (middle === undefined) return { identifier, relpath: "", uid };
  return middle.length <= maxRelpath && middle.split("/").every(isPart) ? { identifier, relpath: middle, uid } : undefined;
}

/** How a run is called on the command line: `train/mnist/cnn/0001`. Takes parsed parts. */
export function runAddress(identifier: string, relpath: string, uid: string): string {
  return relpath === "" ? `${identifier}/${uid}` : `${identifier}/${relpath}/${uid}`;
}

/** The parts of a run's address, in normal form; the relpath is read as {@link parseRelpath} reads it. @throws InvalidIdError */
export function parseRunAddress(text: string): RunName {
  const address = normalText("run address", text, maxStream);
  if (!address.includes("/")) {
    throw new InvalidIdError("run address", text, "it must be IDENTIFIER/UID or IDENTIFIER/RELPATH/UID, such as train/0001");
  }
  const { identifier, middle, uid } = splitAddress(address);
  // In `a//b/0001` the second slash is a doubled one, not the start of an absolute relpath.
  const relpath = parseRelpath(middle?.replace(/^\/+/, ""));
  return { identifier: parseIdentifier(identifier), relpath, uid: parseUid(uid) };
}

/** `middle` is what stands between the first and the last slash, undefined when these are the same one. */
function splitAddress(address: string): { identifier: string; middle: string | undefined; uid: string } {
  const first = address.indexOf("/");
  const last = address.lastIndexOf("/");
  return {
    identifier: first === -1 ? "" : address.slice(0, first),
    middle: first === last ? undefined : address.slice(first + 1, last),
    uid: address.slice(last + 1),
  };
}

function joinParts(kind: string, value: unknown, parts: readonly string[]): string {
  for (const part of parts) {
    const problem = problemOfPart(part);
    if (problem === undefined) continue;
    throw new InvalidIdError(kind, value, parts.length === 1 ? `it ${problem}` : `its part ${JSON.stringify(part)} ${problem}`);
  }
  return parts.join("/");
}
