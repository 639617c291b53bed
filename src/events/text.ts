/** Checks on text that several modules of this layer share. */

/** Matches text without control characters and line separators; lone surrogates are another matter, see {@link isWellFormed}. */
export const printablePattern = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$";

const printable = new RegExp(printablePattern, "u");

/** True when no half of a surrogate pair stands alone in `text`: UTF-8 has no form for one, so writing it would change it. */
export function isWellFormed(text: string): boolean {
  // In every Node this library runs on, but not yet in the ES2023 typings.
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** What keeps `text` from being 1 to `max` printable UTF-16 units, in words that follow "it"; undefined when nothing does. */
export function problemOfPrintable(text: string, max: number): string | undefined {
  if (text === "") return "is empty";
  if (text.length > max) return `is ${text.length} characters long, more than ${max}`;
  if (!isWellFormed(text)) return "holds half of a surrogate pair";
  return printable.test(text) ? undefined : "holds a control character";
}

/** How many bytes `text` takes as UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
