/**
 * The line of a sample: `uid:d0:ttag1,tag2`, with `d1` for a discarded one. Two samples that differ never have the same line: separators inside of uids
 * and tags are escaped, as `\:`, `\,`, `\\`, `\n` and `\r`, and a text that is empty is `\e`, or else one empty tag would look like none.
 */

/** Nothing escaped: what most lines are. */
const simple = /^[^\\:,\n\r]+:d[01]:t[^\\:\n\r]*$/;
const special = /[\\:,\n\r]/;
const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", ":": "\\:", ",": "\\,", "\n": "\\n", "\r": "\\r" };
const unescapes: Readonly<Record<string, string>> = { "\\": "\\", ":": ":", ",": ",", n: "\n", r: "\r" };

/** What a uid or a tag is in a line. */
export function escapeText(text: string): string {
  if (text === "") return "\\e";
  return special.test(text) ? text.replaceAll(/[\\:,\n\r]/g, (character) => escapes[character] ?? character) : text;
}

/** What stands in a line behind the uid: `d0:ttag1,tag2`. Takes tags that are sorted, each once. */
export function formatStatus(discarded: boolean, tags: readonly string[]): string {
  if (tags.length === 0) return discarded ? "d1:t" : "d0:t";
  return `${discarded ? "d1" : "d0"}:t${tags.map(escapeText).join(",")}`;
}

/** The line of a sample. */
export const formatLine = (uid: string, status: string): string => `${escapeText(uid)}:${status}`;

/** Tags as they stand in a line: each once, sorted by UTF-16 units. */
export function sortedTags(tags: readonly string[]): readonly string[] {
  return isSorted(tags) ? tags : [...new Set(tags)].sort();
}

/** Whether each is behind the one before, and none of several is empty. */
function isSorted(texts: readonly string[]): boolean {
  for (let index = 0; index < texts.length; index += 1) {
    if (texts[index] === "" || (index > 0 && (texts[index - 1] as string) >= (texts[index] as string))) return false;
  }
  return true;
}

/** Discarded or not, and the tags, of what {@link formatStatus} made. */
export function parseStatus(status: string): { readonly discarded: boolean; readonly tags: readonly string[] } {
  const tags = status.slice(4);
  return { discarded: status.startsWith("d1"), tags: tags === "" ? [] : splitAt(tags, ",").map(unescapeText) };
}

/** Uid and status of a line; undefined when it is no such line, in exactly the form that {@link formatLine} gives. */
export function parseLine(line: string): { readonly uid: string; readonly status: string } | undefined {
  if (simple.test(line)) {
    const end = line.indexOf(":");
    const status = line.slice(end + 1);
    if (!status.includes(",") || isSorted(status.slice(4).split(","))) return { uid: line.slice(0, end), status };
  }
  const uid = unescapeText(splitAt(line, ":")[0] ?? "");
  const status = line.slice(escapeText(uid).length + 1);
  if (!/^d[01]:t/.test(status)) return undefined;
  const { discarded, tags } = parseStatus(status);
  // Told by writing it again: whatever is not as it would be written is none, be it tags out of order or an escape that nothing needs.
  return formatLine(uid, formatStatus(discarded, sortedTags(tags))) === line ? { uid, status } : undefined;
}

/** A text as it was before {@link escapeText}. */
export function unescapeText(text: string): string {
  if (text === "\\e") return "";
  return text.includes("\\") ? text.replaceAll(/\\(.)/gs, (_, character: string) => unescapes[character] ?? character) : text;
}

/** The parts between separators that are not escaped. */
function splitAt(text: string, separator: string): readonly string[] {
  if (!text.includes("\\")) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}
