/** A line of JSON with a signature at its end, taken apart. */
export interface SignedLine {
  /** What is signed: the object as it would stand without `sig`. */
  readonly text: string;
  readonly signature: string;
}

/**
 * The line of an object with its signature as the last key: over all that stands before it. Nothing has to be serialised again to check it:
 * take `,"sig":"..."` away and put the brace back.
 */
export const withSignature = (text: string, signature: string): string => `${text.slice(0, -1)},"sig":${JSON.stringify(signature)}}`;

/**
 * Takes a line apart. Only a signature that ends the line counts: behind it, a second key of the same name could stand, which a
 * parser takes for the first. Undefined for a line without one.
 */
export function signedLine(line: string): SignedLine | undefined {
  const [, text, signature] = /^(\{.*),"sig":"([^"\\]*)"\}$/s.exec(line) ?? [];
  return text === undefined || signature === undefined ? undefined : { text: `${text}}`, signature };
}
