import type { IncomingEvent } from "./incoming-event.js";

/** Events that are appended together or not at all: those of one append under an id, else a single one. */
export interface AppendGroup {
  readonly source: string;
  readonly id: string | undefined;
  readonly events: readonly IncomingEvent[];
  /** There is more of it than one append takes: `events` are the first ones, and so many more were left out. */
  readonly tooMany: number;
}

/** UTF-16 units of one append's data; a line has more, a commit 64 MiB at most. */
const maxGroupUnits = 32 * 1024 * 1024;

/** Puts events that follow on each other under one id into groups. Holds one group, of at most a commit's size. */
export class AppendGroups {
  #events: IncomingEvent[] = [];
  #units = 0;
  #tooMany = 0;

  /** Takes an event; gives the group that it ends, if any. */
  add(event: IncomingEvent): AppendGroup | undefined {
    const last = this.#events.at(-1);
    const goesOn = last !== undefined && event.id !== undefined && event.id === last.id && event.source === last.source && event.seq !== undefined;
    const ended = goesOn ? undefined : this.end();
    if (goesOn && this.#units + event.dataText.length > maxGroupUnits) {
      this.#tooMany += 1;
      return undefined;
    }
    this.#events.push(event);
    this.#units += event.dataText.length;
    return ended;
  }

  /** The group that is under way, if any. */
  end(): AppendGroup | undefined {
    const [first] = this.#events;
    if (first === undefined) return undefined;
    const group = { source: first.source, id: first.id, events: this.#events, tooMany: this.#tooMany };
    this.#events = [];
    this.#units = 0;
    this.#tooMany = 0;
    return group;
  }
}
