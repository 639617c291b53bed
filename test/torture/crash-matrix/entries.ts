/** What the writers append. Writer and checker make it from the same few words, so that every byte can be held against what was meant. */

export const shapes = ["small", "large", "bulk"] as const;
export type Shape = (typeof shapes)[number];

/** Names one append, of all that were ever made in a folder. */
export interface Entry {
  readonly writer: string;
  readonly number: number;
  readonly shape: Shape;
}

/** What an append of that number is where the script does not say. */
export const usualShape = (number: number): Shape => (number % 5 === 4 ? "large" : "small");

export interface EntryEvent {
  readonly stream: string;
  readonly type: string;
  readonly data: { readonly writer: string; readonly number: number; readonly shape: Shape; readonly index: number; readonly of: number; readonly text: string };
}

export const entryType = "entry.written";

/** The events of an append: one to three of up to 700 bytes, one of several disk sectors, or many tiny ones. */
export function eventsOf({ writer, number, shape }: Entry): EntryEvent[] {
  const of = shape === "bulk" ? 510 : shape === "large" ? 1 : 1 + (number % 3);
  const length = shape === "bulk" ? 0 : shape === "large" ? 2600 : (number * 137) % 700;
  return Array.from({ length: of }, (_, index) => ({
    stream: `entry/${writer}/${number}`,
    type: entryType,
    data: { writer, number, shape, index, of, text: textOf(length, number + index) },
  }));
}

/** Not one letter repeated: a sector in the wrong place has to show. */
function textOf(length: number, from: number): string {
  let text = "";
  for (let word = from; text.length < length; word += 1) text += `${word.toString(36)}ü `;
  return text.slice(0, length);
}

/** The idempotency key of an append, where it has one. */
export const idOf = ({ writer, number }: Entry): string => `${writer}-${number}`;
