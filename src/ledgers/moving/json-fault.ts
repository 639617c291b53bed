/** Everything between the values of JSON, and its values that are not nested: white space is skipped before each. */
const token = /[ \t\n\r]*(?:([[\]{},:])|("[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null))/y;

/** What can come next: a value, a value or the end of the list, a key, a key or the end of the object, a colon, a comma or the end. */
type Next = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma" | "nothing";

/**
 * Where text that `JSON.parse` refuses stops being JSON: line and column, both from 1. (Its own messages do not always say so.)
 * Undefined for what is JSON.
 */
export function locateJsonFault(text: string): { readonly line: number; readonly column: number } | undefined {
  const open: ("[" | "{")[] = [];
  let next: Next = "value";
  let at = 0;
  while (next !== "nothing") {
    token.lastIndex = at;
    const [whole = "", mark, value = ""] = token.exec(text) ?? [];
    const following: Next | undefined = whole === "" ? undefined : follow(next, mark ?? value, open);
    if (following === undefined) return placeOf(text, at);
    at += whole.length;
    next = following;
  }
  return text.slice(at).trim() === "" ? undefined : placeOf(text, at);
}

/** What can come after a token; undefined where the token itself cannot come. Keeps `open` up to date. */
function follow(next: Next, token: string, open: ("[" | "{")[]): Next | undefined {
  const closes = (token === "]" && open.at(-1) === "[" && (next === "comma" || next === "value or ]")) || (token === "}" && open.at(-1) === "{" && (next === "comma" || next === "key or }"));
  if (closes) {
    open.pop();
    return open.length === 0 ? "nothing" : "comma";
  }
  switch (next) {
    case "value":
    case "value or ]":
      if (token === "[" || token === "{") {
        open.push(token);
        return token === "[" ? "value or ]" : "key or }";
      }
      if (/^[\]},:]$/.test(token)) return undefined;
      return open.length === 0 ? "nothing" : "comma";
    case "key":
    case "key or }":
      return token.startsWith('"') ? "colon" : undefined;
    case "colon":
      return token === ":" ? "value" : undefined;
    case "comma":
      if (token !== ",") return undefined;
      return open.at(-1) === "[" ? "value" : "key";
    case "nothing":
      return undefined;
  }
}

/** The place of the first character behind `at` that is no white space. */
function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at + (/^[ \t\n\r]*/.exec(text.slice(at))?.[0].length ?? 0));
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1) as string).length + 1 };
}
