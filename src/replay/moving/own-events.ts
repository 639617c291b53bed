import { canonicalJson } from "../../events/canonical-json.js";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { eventsFrom } from "../../log/find-events.js";
import type { LogBackend } from "../../log/port.js";
import type { IncomingEvent } from "./incoming-event.js";

/** Recognises events that come back to the log they are from. Reads along: events mostly come in their order. */
export class OwnEvents {
  readonly #backend: LogBackend;
  #events: AsyncIterator<RecordedEvent> | undefined;
  #last: RecordedEvent | undefined;

  constructor(backend: LogBackend) {
    this.#backend = backend;
  }

  /** Why an event with this log's root is not the one that stands here at its seq; undefined when it is. */
  async differs(event: IncomingEvent): Promise<string | undefined> {
    const here = event.seq === undefined ? undefined : await this.#eventAt(event.seq);
    if (here !== undefined && here.time === event.recorded && here.stream === event.stream && here.type === event.type && here.v === event.v && here.by === event.by && here.id === event.id && canonicalJson(here.data) === canonicalJson(event.data)) return undefined;
    const what = here === undefined ? "has no such event" : "has another event there";
    return `comes from seq ${event.seq} of this very root, and this log ${what}: it is of a copy that has gone another way`;
  }

  async close(): Promise<void> {
    await this.#events?.return?.();
    this.#events = undefined;
  }

  async #eventAt(seq: number): Promise<RecordedEvent | undefined> {
    if (this.#last !== undefined && this.#last.seq > seq) await this.close();
    if (this.#events === undefined) {
      this.#last = undefined;
      if (seq > (await this.#backend.head()).seq) return undefined;
      this.#events = eventsFrom(this.#backend, seq - 1)[Symbol.asyncIterator]();
    }
    while (this.#last === undefined || this.#last.seq < seq) {
      const next = await this.#events.next();
      if (next.done === true) {
        await this.close();
        return undefined;
      }
      this.#last = next.value;
    }
    return this.#last.seq === seq ? this.#last : undefined;
  }
}
