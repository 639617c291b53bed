/**
 * The constants of disk format 1 (docs/format.md). Sizes are in bytes.
 */

/** The format this release writes. */
export const formatVersion = 1;
/** Features of the format that this release can read and write; format 1 has none beyond itself. */
export const knownFeatures: ReadonlySet<string> = new Set();

/** The root's description. */
export const rootFileName = "daybook.json";
/** `,"hash":"` + 16 hex digits + `"}` + LF. */
export const closingBytes = 28;
/** What precedes the digits of a closing line's hash. */
export const hashKey = ',"hash":"';
/** From the first digit of a closing line's hash to the end of that line. */
export const hashTailBytes = 19;

const segmentName = /^([0-9]{20})\.ndjson$/;

/** The file name of the segment whose first event is `firstSeq`: 20 digits. */
export function segmentFileName(firstSeq: number): string {
  return `${String(firstSeq).padStart(20, "0")}.ndjson`;
}

/** The first seq that a file name stands for; `undefined` for files that are no segments. */
export function parseSegmentFileName(name: string): number | undefined {
  const digits = segmentName.exec(name)?.[1];
  if (digits === undefined) return undefined;
  const first = Number(digits);
  return Number.isSafeInteger(first) && first >= 1 ? first : undefined;
}
