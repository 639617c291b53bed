import { setImmediate as nextTurn } from "node:timers/promises";
import { isDaybookError } from "../base/errors.js";
import type { Daybook } from "../daybook.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import type { LogReader, ReadBatch } from "../log/port.js";
import { ChangeSignal } from "../base/change-signal.js";
import type { Feed } from "./feed.js";
import type { ResolvedLiveOptions } from "./live-options.js";

/** How long an event may wait for its writer's own sync before this process makes sure of it. */
const durableGraceMs = 100;

/**
 * The events of a log from a place on, those of the past and then those to come, of all processes. It reads the next batch
 * only when asked: whoever is slow rereads from the disk, and at most one batch is in memory.
 */
export class EventFeed implements Feed<RecordedEvent> {
  readonly #changes = new ChangeSignal();
  readonly #closing = new AbortController();
  readonly #unwatch: () => void;
  readonly #stayOpen: () => void;
  #reader: LogReader | undefined;
  /** Read, but not handed out. */
  #held: ReadBatch | undefined;
  #heldSince = 0;
  #toldSeq: number | undefined;
  /** Waited for something new since the last batch. */
  #rested = false;

  /** @throws LogClosedError */
  constructor(
    readonly book: Daybook,
    readonly options: ResolvedLiveOptions,
  ) {
    book.log.assertOpen();
    // Before the first read: what is appended between reading and waiting raises the signal.
    this.#unwatch = book.core.backend.watch(() => this.#changes.raise());
    this.#stayOpen = book.onClose(() => this.close());
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async next(): Promise<readonly RecordedEvent[] | undefined> {
    try {
      while (!this.closed) {
        this.#reader ??= await this.#open();
        const events = this.closed ? [] : await this.#step(this.#reader);
        if (events.length > 0 && !this.closed) return events;
      }
    } catch (error) {
      // What fails because it was closed under our hands has not failed.
      if (!this.closed) {
        this.close();
        throw error;
      }
    }
    this.#reader?.close();
    return undefined;
  }

  close(): void {
    if (this.closed) return;
    this.#closing.abort();
    this.#stayOpen();
    this.#unwatch();
    this.#reader?.close();
    this.#changes.raise();
  }

  async #open(): Promise<LogReader> {
    const { backend } = this.book.core;
    const { after } = this.options;
    return backend.reader(after === "head" ? (await backend.head()).seq : after);
  }

  async #step(reader: LogReader): Promise<readonly RecordedEvent[]> {
    const batch = this.#held ?? reader.pull();
    if (batch === undefined) {
      await this.#atEnd(reader);
      return [];
    }
    // Replaying a long log must not keep the rest of the process from its work; what comes after a wait comes at once.
    if (this.#rested) this.#rested = false;
    else await nextTurn();
    const ready = this.options.durable ? await this.#durableOf(batch) : batch.events;
    if (ready.length === batch.events.length) this.#held = undefined;
    const { registry } = this.book.core;
    return ready.filter(this.options.matches).map((event) => registry.upcast(event));
  }

  /** Waits for more, unless doubtful bytes turn out to be a commit that has been finished meanwhile. */
  async #atEnd(reader: LogReader): Promise<void> {
    if (reader.suspect) {
      await unlessLocked(this.book.core.backend.confirm(reader));
      if (this.closed) return;
      this.#held = reader.pull();
      if (this.#held !== undefined) return;
    }
    if (this.#toldSeq !== reader.position.seq) {
      this.#toldSeq = reader.position.seq;
      this.options.onCaughtUp?.(reader.position);
    }
    await this.#changes.wait();
    this.#rested = true;
  }

  /** The part of a batch that is durable; the rest is held. Waits a while when that is nothing. */
  async #durableOf(batch: ReadBatch): Promise<readonly RecordedEvent[]> {
    const { backend } = this.book.core;
    if (this.#held !== batch) this.#heldSince = performance.now();
    this.#held = batch;
    const ready = batch.events.filter(({ seq }) => seq <= backend.durableSeq);
    if (ready.length === batch.events.length) return ready;
    if (ready.length > 0) {
      this.#held = { ...batch, events: batch.events.slice(ready.length) };
      return ready;
    }
    // Mostly the writer is just syncing, and says so.
    const left = this.#heldSince + durableGraceMs - performance.now();
    if (left > 0) await this.#changes.wait(left);
    else await this.#makeSure();
    return [];
  }

  /** Another process wrote it, and may be gone: an append of nothing resolves when everything before it is durable. */
  async #makeSure(): Promise<void> {
    const { backend } = this.book.core;
    if (this.book.readOnly) {
      await this.#changes.wait();
      await backend.head();
    } else {
      await unlessLocked(backend.append([], { ...this.book.log.context, durability: "fsync", signal: this.#closing.signal }));
    }
  }
}

/** Somebody who holds the lock for long is no reason to end a stream: the next round asks again. */
async function unlessLocked(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isDaybookError(error, "LOCK_TIMEOUT")) throw error;
  }
}
