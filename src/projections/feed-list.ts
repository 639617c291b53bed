import { setImmediate as nextTurn } from "node:timers/promises";
import { LogClosedError } from "../base/errors.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import type { LogBackend, LogReader } from "../log/port.js";
import type { Feed } from "./feed.js";
import type { EventReading, FoldState, Undo } from "./fold-state.js";

/** At most this much is folded before others get their turn. */
const catchUpBytes = 1024 * 1024;

/** The feeds of an engine, as few as possible: those that stand at the same place are one. */
export class FeedList {
  #feeds: Feed[] = [];
  #closed = false;

  constructor(
    readonly backend: LogBackend,
    readonly reading: EventReading,
    /** Called in the middle of a long catch-up, whenever its feed stands at a commit's end and no lock is held. */
    readonly onWay: (feed: Feed) => void,
  ) {}

  get closed(): boolean {
    return this.#closed;
  }

  get all(): readonly Feed[] {
    return this.#feeds;
  }

  /** The reader of the first one. */
  get reader(): LogReader | undefined {
    return this.#feeds[0]?.reader;
  }

  add(feed: Feed): void {
    this.#feeds.push(feed);
  }

  /** Takes a fold out of the feed it is in. */
  remove(state: FoldState): void {
    this.#feeds = this.#feeds.filter((feed) => feed.remove(state));
  }

  fold(events: readonly RecordedEvent[], undo: Undo[]): void {
    for (const feed of this.#feeds) feed.fold(events, this.reading, undo);
  }

  /** Folds what was appended since; gives way to other work while there is much. @throws LogCorruptError */
  async catchUp(): Promise<void> {
    for (const feed of [...this.#feeds]) await this.catchUpFeed(feed);
    this.#merge();
  }

  /** As {@link catchUp}, for a feed that may not be among the others yet. */
  async catchUpFeed(feed: Feed): Promise<void> {
    for (;;) {
      // A closed reader that is pulled again would open its file again, and nobody would close it.
      if (this.#closed) throw new LogClosedError();
      // While we gave way, another catch-up may have joined this feed with one that stands further on.
      if (feed.states.length === 0) return;
      const before = feed.reader.position.seq;
      if (!feed.pull(this.reading, catchUpBytes)) break;
      this.onWay(feed);
      if (feed.reader.position.seq - before > 100) await nextTurn();
    }
    if (feed.reader.suspect) await this.backend.confirm(feed.reader);
  }

  /** Folds all that is there, at once: within the exclusive section, or where nobody may come in between. */
  pullAll(): void {
    // Again while they end at different places: without the lock, somebody may append between two feeds.
    let pulled: boolean;
    do {
      pulled = false;
      for (const feed of this.#feeds) while (feed.pull(this.reading)) pulled = true;
      this.#merge();
    } while (this.#feeds.length > 1 && pulled);
  }

  close(): void {
    this.#closed = true;
    for (const feed of this.#feeds) feed.reader.close();
    this.#feeds = [];
  }

  #merge(): void {
    const bySeq = new Map<number, Feed>();
    for (const feed of this.#feeds) {
      const first = bySeq.get(feed.reader.position.seq);
      if (first === undefined) bySeq.set(feed.reader.position.seq, feed);
      else first.absorb(feed);
    }
    this.#feeds = [...bySeq.values()];
  }
}
