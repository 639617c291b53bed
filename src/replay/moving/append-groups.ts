import type { IncomingEvent } from "./incoming-event.js";

/** Events that are appended together or not at all: those of one append under an id, else a single one. */
export interface AppendGroup {
  readonly source: string;
  readonly id: string | undefined;
  readonly events: readonly IncomingEvent[];
  /** There is more of it than one append takes: `events` are the first ones, and so many more were left out. */
  readonly tooMany: number;
}

/** Bytes of one append; more do not fit into a commit. */
const maxGroupBytes = 62 * 1024 * 1024;
/** What a line has beside names and data: keys, seq, times. */
const lineRest = 256;

/** Puts events that follow on each other under one id into groups. Holds one group, of at most a commit's size. */
export class AppendGroups {
  #events: IncomingEvent[] = [];
  #bytes = 0;
  #tooMany = 0;

  /** Takes an event; gives the group that it ends, if any. */
  add(event: IncomingEvent): AppendGroup | undefined {
    const last = this.#events.at(-1);
    const goesOn = last !== undefined && event.id !== undefined && event.id === last.id && event.source === last.source && event.seq !== undefined;
    // Those without an id are groups of their own, whatever they take.
    const bytes = event.id === undefined ? 0 : bytesOf(event);
    const ended = goesOn ? undefined : this.end();
    if (goesOn && this.#bytes + bytes > maxGroupBytes) {
      this.#tooMany += 1;
      return undefined;
    }
    this.#events.push(event);
    this.#bytes += bytes;
    return ended;
  }

  /** The group that is under way, if any. */
  end(): AppendGroup | undefined {
    const [first] = this.#events;
    if (first === undefined) return undefined;
    const group = { source: first.source, id: first.id, events: this.#events, tooMany: this.#tooMany };
    this.#events = [];
    this.#bytes = 0;
    this.#tooMany = 0;
    return group;
  }
}

/** About how many bytes the line of an event will have, never less. */
function bytesOf({ stream, type, by = "", id = "", source, dataText }: IncomingEvent): number {
  return [stream, type, by, id, source, dataText].reduce((sum, text) => sum + Buffer.byteLength(text), lineRest);
}
