import { createHash } from "node:crypto";
import type { EventMark } from "./projections.js";

/** What of an event everybody must see alike. */
export interface SeenEvent {
  readonly seq: number;
  readonly time: string;
  readonly stream: string;
  readonly type: string;
  readonly v: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly by: string;
}

/** Follows events one by one, and notes what must never be seen. */
export class Trail {
  readonly problems: string[] = [];
  readonly #hash = createHash("sha256");
  #seq = 0;
  #time = "";
  /** How many events of the last append are still to come. */
  #awaited = 0;
  #open = "";

  constructor(readonly what: string) {}

  /** The last seq that was seen. */
  get seq(): number {
    return this.#seq;
  }

  /** SHA-256 of everything seen so far. */
  get digest(): string {
    return this.#hash.copy().digest("hex");
  }

  take({ seq, time, stream, type, v, data, by }: SeenEvent): void {
    if (seq !== this.#seq + 1) this.#problem(`seq ${seq} came behind ${this.#seq}`);
    if (time < this.#time) this.#problem(`time went back from ${this.#time} to ${time} at seq ${seq}`);
    this.#group(stream, type, data);
    this.#seq = seq;
    this.#time = time;
    this.#hash.update(JSON.stringify([seq, time, stream, type, v, data, by]));
  }

  /** Here a commit ends: no append may be seen in part. */
  commitEnd(): void {
    if (this.#awaited > 0) this.#problem(`of ${this.#open} ${this.#awaited} events were missing at seq ${this.#seq}`);
  }

  #group(stream: string, type: string, data: SeenEvent["data"]): void {
    if (this.#awaited > 0) {
      const goes = type === "run.status-changed" ? this.#open === stream : this.#open === (data as Partial<EventMark>).op;
      if (!goes) this.#problem(`seq ${this.#seq + 1} (${type}) stands inside of ${this.#open}`);
      this.#awaited -= goes ? 1 : this.#awaited;
      return;
    }
    const { op, index, of } = data as Partial<EventMark>;
    if (type === "run.noted") {
      // A report is its note and its status.
      this.#open = stream;
      this.#awaited = 1;
    } else if (op !== undefined && index !== undefined && of !== undefined) {
      if (index !== 0) this.#problem(`seq ${this.#seq + 1} begins with event ${index} of ${op}`);
      this.#open = op;
      this.#awaited = of - 1 - index;
    }
  }

  #problem(problem: string): void {
    if (this.problems.length < 10) this.problems.push(`${this.what}: ${problem}`);
  }
}
