import type { Daybook } from "../../../src/index.js";
import type { WarmStartRow } from "../../../src/warm-starts.js";
import { CliFault } from "../errors.js";
import { clean, counted } from "../text.js";

/** What a daybook knows of warm starts. */
export interface WarmStarts {
  readonly root: string;
  /** By key in the order in which the keys first came up, then oldest first. */
  readonly entries: readonly WarmStartRow[];
  /** Keys that have entries, in that order. */
  readonly keys: readonly string[];
}

/** Reads the view, as of wherever the daybook stands. */
export async function readWarmStarts(book: Daybook): Promise<WarmStarts> {
  const rows = Object.values((await book.view("warm-starts")) as unknown as Record<string, WarmStartRow>);
  rows.sort((one, other) => one.seq - other.seq);
  const keys = [...new Set(rows.map(({ key }) => key))];
  const place = new Map(keys.map((key, index) => [key, index]));
  return { root: book.root, keys, entries: rows.sort((one, other) => (place.get(one.key) ?? 0) - (place.get(other.key) ?? 0) || one.seq - other.seq) };
}

/** A key as it is typed: all of its digits, or the first ones. */
export const isKeyText = (text: string): boolean => /^[0-9a-f]{1,64}$/i.test(text);

/** So many digits of a key name it, if no other one begins like that. */
const leastDigits = 4;
const keyDigits = 64;

/** Below this there is a stream for each key. */
const streamsOfKeys = "warm-start";

/** The key that begins like `text`. A whole one is taken as it is: what it had may have been given up. @throws CliFault WARM_START_NOT_FOUND, AMBIGUOUS_KEY, INVALID_ID */
export function requireKey({ keys, root }: WarmStarts, text: string): string {
  if (!isKeyText(text)) throw new CliFault("INVALID_ID", `${text} is no key: 64 hex digits, or the first of them`);
  const digits = text.toLowerCase();
  if (digits.length === keyDigits) return digits;
  const meant = digits.length >= leastDigits ? keys.filter((key) => key.startsWith(digits)) : [];
  const [only] = meant;
  if (only === undefined) throw noSuchKey(text, root, keys.length);
  if (meant.length > 1) throw new CliFault("AMBIGUOUS_KEY", `${text} is the beginning of ${meant.length} keys: ${meant.slice(0, 4).map((key) => shortKey(key, meant)).join(", ")}${meant.length > 4 ? ", ..." : ""}`);
  return only;
}

/** As {@link requireKey}. Where no key that has entries begins like that, one whose entries were all given up does, too: the log is read for it. */
export async function requireKeyOfPast(book: Daybook, known: WarmStarts, text: string): Promise<string> {
  const digits = text.toLowerCase();
  if (!isKeyText(text) || digits.length < leastDigits || digits.length === keyDigits || known.keys.some((key) => key.startsWith(digits))) return requireKey(known, text);
  const begin = `${streamsOfKeys}/${digits}`;
  const past = new Set<string>();
  for await (const { stream } of book.history({ stream: streamsOfKeys })) if (stream.startsWith(begin)) past.add(stream.slice(streamsOfKeys.length + 1));
  return requireKey(past.size === 0 ? known : { ...known, keys: [...past] }, text);
}

/** The fault of a key of which nothing was ever saved. */
export function noSuchKey(text: string, root: string, known: number): CliFault {
  return new CliFault("WARM_START_NOT_FOUND", `there are no warm starts of a key ${text} in ${root}${known === 0 ? "" : `, which has ${counted(known, "key")}; \`daybook warm-starts\` lists them`}`);
}

const shownDigits = 12;

/** As many digits of a key as tell it from others, and at least 12. */
export function shortKey(key: string, among: readonly string[]): string {
  let length = shownDigits;
  while (length < key.length && among.some((other) => other !== key && other.startsWith(key.slice(0, length)))) length += 4;
  return clean(key.slice(0, length));
}
