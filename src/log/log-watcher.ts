import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";

/** How often the end of the log is looked at even when no notice came. */
const pollMs = 250;

/**
 * Tells listeners that something may have been appended. Notices of the file system come at once; a poll goes on beside
 * them, because they are lost on some file systems and when the system runs out of watches. One watcher and one timer
 * serve all listeners; both are gone with the last one.
 */
export class LogWatcher {
  readonly #listeners = new Set<() => void>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly folder: string) {}

  add(listener: () => void): () => void {
    // A wrapper of its own, so that one function may listen twice.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(entry);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** Tells all listeners now: this process has appended itself. */
  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#timer);
    this.#watcher = undefined;
    this.#timer = undefined;
  }

  #start(): void {
    this.#timer = setInterval(() => this.notify(), pollMs);
    try {
      this.#watcher = watch(this.folder, { persistent: true }, (_event, name) => {
        if (name === null || name.endsWith(".ndjson")) this.notify();
      });
      this.#watcher.on("error", () => {
        this.#watcher?.close();
        this.#watcher = undefined;
      });
    } catch {
      // Out of watches, or a file system without them: the poll alone serves.
    }
  }
}
