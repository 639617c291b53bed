import { eventList, lift, unlift } from "./event-list.js";
import type { Entry } from "./event-list.js";
import type { Call, SequentialModel } from "./model.js";

/** What the search found. `unknown`: time or memory were used up before there was an answer. */
export type Verdict<Input, Output> =
  | { readonly kind: "linearisable"; readonly steps: number }
  | { readonly kind: "unknown"; readonly steps: number }
  /** `stuck`: a call that no order could place, in the attempt that got furthest; `placed` is that attempt. */
  | { readonly kind: "not-linearisable"; readonly steps: number; readonly stuck: Call<Input, Output>; readonly placed: readonly Call<Input, Output>[] };

/** How long the search may take. */
export interface CheckOptions {
  /** Milliseconds. Default 10,000. */
  readonly timeLimitMs?: number;
  /** How many pairs the cache may hold, which bounds the memory. Default a million. */
  readonly maxStates?: number;
}

/** How many steps lie between two looks at the clock. */
const stepsPerLook = 512;

/**
 * Looks for an order of all calls that the model allows and that keeps every call between its beginning and its end: the search of
 * Wing & Gong, with Lowe's cache of (set of placed calls, state) pairs, as in Porcupine. A call that never returned may be placed
 * anywhere behind its beginning, or nowhere.
 */
export function checkLinearisable<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  calls: readonly Call<Input, Output>[],
  { timeLimitMs = 10_000, maxStates = 1_000_000 }: CheckOptions = {},
): Verdict<Input, Output> {
  const deadline = performance.now() + timeLimitMs;
  const head = eventList(calls);
  const placed = new PlacedSet(calls.length);
  const seen = new Set<string>();
  const path: { readonly entry: Entry<Input, Output>; readonly before: State }[] = [];
  let state = model.init();
  let waited = calls.filter(({ returned }) => Number.isFinite(returned)).length;
  let furthest: { readonly stuck: Call<Input, Output>; readonly placed: readonly Call<Input, Output>[] } | undefined;
  let entry = head.next;
  for (let steps = 1; ; steps += 1) {
    if (waited === 0) return { kind: "linearisable", steps };
    if (seen.size > maxStates || (steps % stepsPerLook === 0 && performance.now() > deadline)) return { kind: "unknown", steps };
    if (entry?.kind === "call") {
      const next = model.step(state, entry.call.input, entry.call.output);
      if (next !== undefined && isNew(seen, placed.with(entry.id), model.key(next))) {
        path.push({ entry, before: state });
        placed.add(entry.id);
        lift(entry);
        state = next;
        if (entry.end !== undefined) waited -= 1;
        entry = head.next;
      } else {
        entry = entry.next;
      }
      continue;
    }
    // A call has ended that was not placed before its end: the last choice was wrong.
    if (entry !== undefined && path.length >= (furthest?.placed.length ?? 0)) furthest = { stuck: entry.call, placed: path.map((one) => one.entry.call) };
    const undone = path.pop();
    if (undone === undefined) return { kind: "not-linearisable", steps, ...(furthest as NonNullable<typeof furthest>) };
    placed.remove(undone.entry.id);
    unlift(undone.entry);
    state = undone.before;
    if (undone.entry.end !== undefined) waited += 1;
    entry = undone.entry.next;
  }
}

function isNew(seen: Set<string>, placed: string, state: string): boolean {
  const key = `${placed}|${state}`;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** A set of call numbers as a text, 16 to a character. */
class PlacedSet {
  readonly #words: Uint16Array;

  constructor(size: number) {
    this.#words = new Uint16Array((size >> 4) + 1);
  }

  add(id: number): void {
    this.#flip(id);
  }

  remove(id: number): void {
    this.#flip(id);
  }

  /** The text of the set with one more in it. */
  with(id: number): string {
    this.#flip(id);
    const text = String.fromCharCode(...this.#words);
    this.#flip(id);
    return text;
  }

  #flip(id: number): void {
    this.#words[id >> 4] = (this.#words[id >> 4] ?? 0) ^ (1 << (id & 15));
  }
}
