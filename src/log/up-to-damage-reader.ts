import { isDaybookError } from "../base/errors.js";
import type { LogCorruptError } from "../base/errors.js";
import type { Cursor, EventFilter, LogReader, ReadBatch } from "./port.js";
import type { SegmentReader } from "./segment-reader.js";

/** A reader that takes damage for the end of the log, and tells of it: what a daybook opened read-only serves. */
export class UpToDamageReader implements LogReader {
  #damaged = false;

  constructor(
    readonly inner: SegmentReader,
    readonly onDamage: (error: LogCorruptError) => void,
  ) {}

  get position(): Cursor {
    return this.inner.position;
  }

  get segment(): number {
    return this.inner.segment;
  }

  get suspect(): boolean {
    return !this.#damaged && this.inner.suspect;
  }

  pull(maxBytes?: number, filter?: EventFilter): ReadBatch | undefined {
    if (this.#damaged) return undefined;
    try {
      return this.inner.pull(maxBytes, filter);
    } catch (error) {
      this.stop(error);
      return undefined;
    }
  }

  /** Ends here because of damage; throws anything else. */
  stop(error: unknown): void {
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    this.#damaged = true;
    this.onDamage(error as LogCorruptError);
  }

  close(): void {
    this.inner.close();
  }
}
