import { Worker } from "node:worker_threads";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { GaveUp } from "./gave-up.js";
import type { Assignment, StreamsRequest, ThreadMessage } from "./messages.js";
import type { RangeContents, RangeResult } from "./range-folds.js";

/** A range that is folded, with the hashes at its ends. */
export interface FoldedRange extends RangeContents {
  readonly on: string;
  readonly end: string;
}

/** Another thread that folds a range of the log. */
export class FoldThread {
  readonly #worker: Worker;
  readonly #results = new Map<string, RangeResult>();
  readonly #streams = new Map<string, number>();
  readonly #events: RecordedEvent[] = [];
  #failure: unknown;
  #collected: (events: RecordedEvent[]) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;
  /** @throws GaveUp, and what `onProgress` throws */
  readonly folded: Promise<FoldedRange>;

  /** @throws GaveUp where no thread can be started */
  constructor(entry: URL, assignment: Assignment, onProgress: (seq: number) => void) {
    this.#worker = started(entry, assignment);
    const all = [...assignment.division.split, ...assignment.division.combined];
    for (const { name } of all) this.#results.set(name, { rows: [], born: [], unknown: 0 });
    this.folded = new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#worker.on("message", (message: ThreadMessage) => {
        try {
          this.#take(message, onProgress, resolve);
        } catch (error) {
          this.#failed(error);
        }
      });
    });
    // Who waits for it may be elsewhere when it gives up.
    this.folded.catch(() => undefined);
    this.#worker.on("messageerror", (error) => this.#failed(new GaveUp(error.message)));
    this.#worker.on("error", (error) => this.#failed(new GaveUp(error.message)));
    this.#worker.on("exit", (code) => this.#failed(new GaveUp(`a thread ended with ${code}`)));
  }

  /** The events of some streams in its range. @throws GaveUp */
  async collect(streams: readonly string[]): Promise<readonly RecordedEvent[]> {
    this.check();
    if (streams.length === 0) return [];
    return new Promise((resolve, reject) => {
      this.#collected = resolve;
      this.#fail = reject;
      this.#worker.postMessage({ streams } satisfies StreamsRequest);
    });
  }

  /** @throws what it has failed with by now */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #failed(error: unknown): void {
    this.#failure ??= error;
    this.#fail(error);
  }

  #take(message: ThreadMessage, onProgress: (seq: number) => void, folded: (range: FoldedRange) => void): void {
    switch (message.kind) {
      case "progress":
        return onProgress(message.seq);
      case "rows": {
        const result = this.#results.get(message.projection);
        for (const row of message.rows) result?.rows.push(row);
        for (const seq of message.born) result?.born.push(seq);
        return;
      }
      case "unknown": {
        const result = this.#results.get(message.projection);
        if (result !== undefined) result.unknown = message.count;
        return;
      }
      case "streams":
        for (const [stream, events] of message.streams) this.#streams.set(stream, events);
        return;
      case "folded":
        return folded({ results: this.#results, streams: this.#streams, on: message.on, end: message.end });
      case "events":
        for (const event of message.events) this.#events.push(event);
        return;
      case "collected":
        return this.#collected(this.#events);
      case "gave-up":
        throw new GaveUp(message.problem);
    }
  }
}

function started(entry: URL, workerData: Assignment): Worker {
  try {
    // What a module says while it is imported, it has said here already.
    return new Worker(entry, { workerData, stdout: true, stderr: true });
  } catch (error) {
    throw new GaveUp(error instanceof Error ? error.message : String(error));
  }
}
