import type { Call } from "./model.js";

/** The beginning or the end of a call, in a list by time from which calls are taken out and put back. */
export interface Entry<Input, Output> {
  readonly id: number;
  readonly call: Call<Input, Output>;
  readonly kind: "call" | "return";
  /** Of a beginning: the end that belongs to it; undefined for a call that never returned. */
  readonly end: Entry<Input, Output> | undefined;
  before: Entry<Input, Output> | undefined;
  next: Entry<Input, Output> | undefined;
}

/** A head that stands before the first entry. Of entries of one time the beginnings come first: such calls overlap. */
export function eventList<Input, Output>(calls: readonly Call<Input, Output>[]): { next: Entry<Input, Output> | undefined } {
  const entries: { readonly at: number; readonly entry: Entry<Input, Output> }[] = [];
  calls.forEach((call, id) => {
    const ended = Number.isFinite(call.returned);
    const end: Entry<Input, Output> | undefined = ended ? { id, call, kind: "return", end: undefined, before: undefined, next: undefined } : undefined;
    entries.push({ at: call.called, entry: { id, call, kind: "call", end, before: undefined, next: undefined } });
    if (end !== undefined) entries.push({ at: call.returned, entry: end });
  });
  entries.sort((a, b) => a.at - b.at || (a.entry.kind === b.entry.kind ? a.entry.id - b.entry.id : a.entry.kind === "call" ? -1 : 1));
  const head: Entry<Input, Output> = { id: -1, call: undefined as never, kind: "call", end: undefined, before: undefined, next: undefined };
  let last = head;
  for (const { entry } of entries) {
    last.next = entry;
    entry.before = last;
    last = entry;
  }
  return head;
}

/** Takes a call out of the list, its end with it. */
export function lift<Input, Output>(entry: Entry<Input, Output>): void {
  unlink(entry);
  if (entry.end !== undefined) unlink(entry.end);
}

/** Puts back what {@link lift} took out last. */
export function unlift<Input, Output>(entry: Entry<Input, Output>): void {
  if (entry.end !== undefined) relink(entry.end);
  relink(entry);
}

function unlink<Input, Output>(entry: Entry<Input, Output>): void {
  if (entry.before !== undefined) entry.before.next = entry.next;
  if (entry.next !== undefined) entry.next.before = entry.before;
}

function relink<Input, Output>(entry: Entry<Input, Output>): void {
  if (entry.before !== undefined) entry.before.next = entry;
  if (entry.next !== undefined) entry.next.before = entry;
}
