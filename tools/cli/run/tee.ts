import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** What a pipe can still hold of the command's own output when the command has ended; more comes from its descendants. */
const pipeBytes = 1024 * 1024;

/**
 * Shows a stream as it comes and keeps it in a file, bytes unchanged, no faster than both take it. Neither's failing stops
 * the other, or the command.
 */
export class Tee {
  /** Why the file is not complete. */
  problem: unknown;
  #shows = true;
  #waiting = false;
  #chunks = 0;
  #last = Infinity;

  private constructor(
    readonly shown: Writable | undefined,
    readonly path: string,
    readonly file: FileHandle | undefined,
  ) {}

  /** Makes the file; what hinders that is a `problem`, not an error. Without `shown` the stream is only kept. */
  static async create(shown: Writable | undefined, path: string): Promise<Tee> {
    try {
      return new Tee(shown, path, await open(path, "w"));
    } catch (error) {
      const tee = new Tee(shown, path, undefined);
      tee.problem = error;
      return tee;
    }
  }

  /** Reads to the end of `source`; resolves when all of it is shown and kept. */
  async copy(source: Readable): Promise<void> {
    const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    try {
      while (this.#last > 0) {
        this.#waiting = true;
        const next = await chunks.next();
        this.#waiting = false;
        if (next.done === true) break;
        this.#chunks += 1;
        this.#last -= next.value.length;
        await Promise.all([this.#show(next.value), this.#keep(next.value)]);
      }
    } catch {
      // Destroyed in `finish`: what matters has been read.
    } finally {
      source.destroy();
    }
  }

  /**
   * The command has ended. Its descendants may hold the stream open for ever: whoever writes nothing more for `graceMs` is not
   * waited for, nor is one that never stops.
   */
  async finish(source: Readable, copied: Promise<void>, graceMs: number): Promise<void> {
    const over = copied.then(() => true);
    if (await Promise.race([over, sleep(graceMs, false)])) return;
    this.#last = Math.min(this.#last, pipeBytes);
    // A slow reader is to get everything that was written: it is over when a whole turn of the event loop brings nothing new.
    for (let seen = -1; !this.#waiting || this.#chunks !== seen; ) {
      seen = this.#chunks;
      if (await Promise.race([over, sleep(20, false)])) return;
    }
    source.destroy();
    await copied;
  }

  /** Nobody looks any more; the file goes on. */
  stopShowing(): void {
    this.#shows = false;
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.file?.close().catch((error: unknown) => (this.problem ??= error));
  }

  async #show(chunk: Buffer): Promise<void> {
    const { shown } = this;
    if (!this.#shows || shown === undefined) return;
    const failed = await new Promise<boolean>((resolve) => shown.write(chunk, (error) => resolve(error !== undefined && error !== null)));
    if (failed) this.stopShowing();
  }

  async #keep(chunk: Buffer): Promise<void> {
    if (this.file === undefined || this.problem !== undefined) return;
    try {
      await this.file.appendFile(chunk);
    } catch (error) {
      this.problem = error;
    }
  }
}
