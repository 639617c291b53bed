import type { NotImported } from "./incoming-event.js";

/** How many are kept for the report. */
const kept = 1000;

type Refusal = Omit<NotImported, "events">;

/** What was not taken, told once for each stream: of a stream that lacks an event nothing more is taken. */
export class Refusals {
  /** Streams of which nothing more is taken. */
  readonly streams = new Set<string>();
  readonly #kept: { readonly refusal: Refusal; events: number }[] = [];
  readonly #byStream = new Map<string, { events: number }>();
  readonly #told: ((refusal: NotImported) => void) | undefined;
  #events = 0;

  constructor(told: ((refusal: NotImported) => void) | undefined) {
    this.#told = told;
  }

  /** @param events how many it concerns */
  add(refusal: Refusal, events = 1): void {
    this.#events += events;
    const { stream } = refusal;
    if (stream !== undefined && this.streams.has(stream)) {
      const known = this.#byStream.get(stream);
      if (known !== undefined) known.events += events;
      return;
    }
    if (stream !== undefined) this.streams.add(stream);
    if (this.#kept.length < kept) {
      const entry = { refusal, events };
      this.#kept.push(entry);
      if (stream !== undefined) this.#byStream.set(stream, entry);
    }
    this.#told?.({ ...refusal, events });
  }

  report(): { readonly refused: number; readonly skipped: readonly NotImported[] } {
    return { refused: this.#events, skipped: this.#kept.map(({ refusal, events }) => ({ ...refusal, events })) };
  }
}
