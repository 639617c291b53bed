import type { Json } from "../../src/index.js";
import type { Colours } from "./colours.js";
import { shorten, showValue } from "./text.js";

/** What was there before, and what is there now; undefined for nothing. */
export interface BeforeAndAfter {
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

/** What became of something. */
export type ChangeKind = "added" | "removed" | "changed";

const longestValue = 60;

/** What stands before a line about it. */
export const signs = { added: "+", removed: "-", changed: "~" } as const;

/** Added, removed or changed. */
export const kindOf = ({ before, after }: BeforeAndAfter): ChangeKind => (before === undefined ? "added" : after === undefined ? "removed" : "changed");

/** The colour of a change. */
export const painted = (change: BeforeAndAfter, colours: Colours): ((text: string) => string) => ({ added: colours.green, removed: colours.red, changed: colours.yellow })[kindOf(change)];

/** `+ lr  0.1`, `- lr  0.1`, `~ lr  0.1 -> 0.01`. The title is clean. */
export function changeLine(title: string, change: BeforeAndAfter, colours: Colours): string {
  const kind = kindOf(change);
  const paint = painted(change, colours);
  if (kind === "changed") return `${paint(signs[kind])} ${title}  ${colours.red(shortValue(change.before))} -> ${colours.green(shortValue(change.after))}`;
  return `${paint(signs[kind])} ${title}  ${paint(shortValue(change.after ?? change.before))}`;
}

/** A value as people write it, cut where it is long. */
export const shortValue = (value: Json | undefined): string => shorten(value === "" ? '""' : showValue(value), longestValue);
