/**
 * Names of streams come again and again. A table of those seen last gives the very string that was made before: that is what folds look
 * rows up by, and a map finds it by its address, without taking a hash of it or comparing it.
 */
const slots = 16_384;
const longest = 128;
const hashedBytes = 16;

let table: (string | undefined)[] | undefined;

/** The text of `bytes` from `start` to `end`, which are UTF-8. */
export function internedText(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length > longest) return bytes.toString("utf8", start, end);
  // The ends of names differ most.
  let hash = length;
  for (let at = Math.max(start, end - hashedBytes); at < end; at += 1) hash = ((hash << 5) - hash + (bytes[at] as number)) | 0;
  const slot = (hash ^ (hash >>> 14)) & (slots - 1);
  table ??= new Array<string | undefined>(slots).fill(undefined);
  const known = table[slot];
  if (known !== undefined && known.length === length && isText(bytes, start, known)) return known;
  const text = bytes.toString("utf8", start, end);
  // Text with other characters has not as many units as bytes, and is never found again.
  if (text.length === length) table[slot] = text;
  return text;
}

function isText(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}
