/** The alphabet of one part of a name; `names.ts` documents it. */
import { InvalidIdError } from "../base/errors.js";
import { isWellFormed, utf8Length } from "./text.js";

const maxUnits = 128;
/** What file systems allow for one name; a part becomes a folder. */
const maxBytes = 255;

// The usual case in one step; it is its own NFC form.
const asciiSegment = /^[A-Za-z0-9_](?:[A-Za-z0-9._\-+=@,:() ]*[A-Za-z0-9_\-+=@,:()])?$/;
const asciiPath = /^[A-Za-z0-9_](?:[A-Za-z0-9._\-+=@,:() ]*[A-Za-z0-9_\-+=@,:()])?(?:\/[A-Za-z0-9_](?:[A-Za-z0-9._\-+=@,:() ]*[A-Za-z0-9_\-+=@,:()])?)*$/;
const outside = /[^\p{L}\p{M}\p{N}._\-+=@,:() ]/u;
const first = /^[\p{L}\p{N}_]/u;
const invisible = /[\p{C}\p{Z}]/u;

/** What keeps `text` (in NFC) from being a part, in words that follow "it"; undefined when it is one. */
export function problemOfPart(text: string): string | undefined {
  if (text.length <= maxUnits && asciiSegment.test(text) && !text.includes("..")) return undefined;
  if (text === "") return "is empty";
  if (text.length > maxUnits) return `is ${text.length} characters long, more than ${maxUnits}`;
  if (!isWellFormed(text)) return "holds half of a surrogate pair";
  const stranger = outside.exec(text)?.[0];
  if (stranger !== undefined) return `holds ${nameOf(stranger)}; allowed are letters, marks, numbers, space and . _ - + = @ , : ( )`;
  if (!first.test(text)) return `starts with ${nameOf(text)}; the first character is a letter, a number or _`;
  if (/[ .]$/.test(text)) return "ends with a space or a dot";
  if (text.includes("..")) return 'holds ".."';
  return utf8Length(text) > maxBytes ? `takes more than ${maxBytes} bytes as UTF-8, which no file system stores as one name` : undefined;
}

/** True for text that is surely parts joined by `/`, in normal form: short ASCII, which nearly all names are. False says nothing. */
export function isPlainPath(text: unknown): text is string {
  return typeof text === "string" && text.length <= maxUnits && asciiPath.test(text) && !text.includes("..");
}

/** True for a part in its normal form. */
export function isPart(text: string): boolean {
  return problemOfPart(text) === undefined && text.normalize("NFC") === text;
}

/**
 * The NFC form of a name of at most `maxUnits` UTF-16 units.
 * @throws InvalidIdError for anything but a string, and for text that is too long or not well-formed
 */
export function normalText(kind: string, value: unknown, maxUnits: number): string {
  if (typeof value !== "string") throw new InvalidIdError(kind, showable(value), `it must be a string, not ${value === null ? "null" : typeof value}`);
  // Normalising shortens at most to a fraction; text far beyond the limit is not worth the work.
  if (value.length > maxUnits * 8) throw tooLong(kind, value, maxUnits);
  if (!isWellFormed(value)) throw new InvalidIdError(kind, value, "it holds half of a surrogate pair");
  const text = value.normalize("NFC");
  if (text.length > maxUnits) throw tooLong(kind, text, maxUnits);
  return text;
}

/**
 * One part, in NFC.
 * @throws InvalidIdError naming `kind` and the first thing wrong
 */
export function parsePart(kind: string, value: unknown): string {
  const text = normalText(kind, value, maxUnits);
  const problem = problemOfPart(text);
  if (problem !== undefined) throw new InvalidIdError(kind, value, `it ${problem}`);
  return text;
}

function tooLong(kind: string, text: string, max: number): InvalidIdError {
  return new InvalidIdError(kind, text, `it is ${text.length} characters long, more than ${max}`);
}

/** An object is not shown, because showing it could run its code. */
function showable(value: unknown): unknown {
  return typeof value === "object" && value !== null ? "[object]" : typeof value === "function" ? "[function]" : value;
}

function nameOf(text: string): string {
  const code = text.codePointAt(0) ?? 0;
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const character = String.fromCodePoint(code);
  return invisible.test(character) ? number : `"${character}" (${number})`;
}
