/** Texts in YAML: plain where nobody could take them for anything else, or else in double quotes, as JSON writes them. */

const plain = /^[A-Za-z][A-Za-z0-9_./-]*$/;
/** What YAML 1.1 or 1.2 takes for a truth value or for nothing. */
const words = /^(true|false|null|yes|no|on|off|y|n)$/i;
/** What JSON leaves as it is and YAML does not take, or takes for the end of a line. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** A text as a scalar. */
export function yamlScalar(text: string): string {
  if (plain.test(text) && !words.test(text)) return text;
  return JSON.stringify(text).replaceAll(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The scalar that `text` begins with at `from`, as {@link yamlScalar} wrote it, and where it ends; undefined when there is none. */
export function scalarAt(text: string, from: number): { readonly value: string; readonly end: number } | undefined {
  const pattern = text[from] === '"' ? /"(?:[^"\\]|\\.)*"/y : /[A-Za-z][A-Za-z0-9_./-]*/y;
  pattern.lastIndex = from;
  const [scalar] = pattern.exec(text) ?? [];
  if (scalar === undefined) return undefined;
  try {
    return { value: scalar.startsWith('"') ? (JSON.parse(scalar) as string) : scalar, end: from + scalar.length };
  } catch {
    return undefined;
  }
}
