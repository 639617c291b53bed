/** An event is a line of bounded length: what may be of any length is cut to what fits in. */

/** Units of a text that is told once more in what follows from it. */
const maxRepeated = 500;

/** Bytes of a list in an event, of the 1 MiB that an event may take. */
export const maxListBytes = 512 * 1024;

/** The beginning of a text. */
export function shortened(text: string): string {
  // Of a longer one, twice as many units hold enough characters.
  const characters = [...text.slice(0, 2 * maxRepeated + 1)];
  return text.length <= maxRepeated || characters.length <= maxRepeated ? text : `${characters.slice(0, maxRepeated - 1).join("")}…`;
}

/** The first texts of a list, as many as take no more than `maxBytes` in a line. */
export function fitting(texts: readonly string[], maxBytes = maxListBytes): readonly string[] {
  let bytes = 0;
  const end = texts.findIndex((text) => (bytes += Buffer.byteLength(JSON.stringify(text)) + 1) > maxBytes);
  return end < 0 ? texts : texts.slice(0, end);
}
