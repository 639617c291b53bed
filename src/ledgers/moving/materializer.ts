import { isDaybookError } from "../../base/errors.js";
import type { FoldState } from "../../projections/fold-state.js";
import type { Rows } from "../../projections/projection.js";
import type { RunRow } from "../../projections/views/run-row.js";
import type { MetadataFile } from "./metadata-file.js";

/** Between the beginnings of two writes at least. */
const leastMs = 250;
/** Of the time, one part in so many goes into writing at most. */
const restFactor = 10;
/** When it is tried again: somebody else is at it; it could not be written. */
const busyMs = 40;
const failedMs = 5000;

/**
 * Keeps a {@link MetadataFile} up to date with what any process appends, while a daybook is open: looks every 250 ms, and writes where runs
 * have changed. It waits ten times as long as the last write took, so that it never takes more than a tenth of the time. Its timers keep no process
 * alive. What goes wrong is told once by a warning of the process (code `DAYBOOK_MATERIALIZE`), and tried again: the log
 * has everything, and does not depend on it.
 */
export class Materializer {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  /** What the file shows, as far as this process has brought it there. */
  #shown: { readonly state: FoldState; readonly revision: number } | undefined;
  #warned = false;

  constructor(
    readonly file: MetadataFile,
    /** The run view, caught up. */
    readonly query: () => Promise<FoldState>,
    readonly lockTimeoutMs: number,
  ) {}

  /** Looks whether the file may be replaced, and begins. @throws MetadataForeignError */
  async start(): Promise<void> {
    await this.file.check(this.#rows);
    this.#after(0);
  }

  /** Brings the file up to date once more, and ends. Never rejects: what could not be written is told by a warning. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
    await this.#attempt(this.lockTimeoutMs);
    this.file.close();
  }

  #after(ms: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#turn();
    }, ms);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    const began = performance.now();
    const result = await this.#attempt(0);
    const took = performance.now() - began;
    this.#after(result === "failed" ? failedMs : result === "busy" ? busyMs * (0.5 + Math.random()) : Math.max(leastMs - took, took * restFactor));
  }

  async #attempt(waitMs: number): Promise<"done" | "busy" | "failed"> {
    try {
      const now = await this.query();
      if (this.#shown?.state === now && this.#shown.revision === now.revision) return "done";
      let shown = this.#shown;
      const rows = async (): Promise<Rows<RunRow>> => {
        const state = await this.query();
        shown = { state, revision: state.revision };
        return state.state as Rows<RunRow>;
      };
      if ((await this.file.write(rows, waitMs)) === "busy") return "busy";
      this.#shown = shown;
      this.#warned = false;
      return "done";
    } catch (error) {
      this.#warn(error);
      return "failed";
    }
  }

  readonly #rows = async (): Promise<Rows<RunRow>> => (await this.query()).state as Rows<RunRow>;

  #warn(error: unknown): void {
    // The log says itself what is wrong with it, to whoever uses it.
    if (this.#warned || isDaybookError(error, "LOG_CLOSED")) return;
    this.#warned = true;
    process.emitWarning(`${this.file.path} is not up to date: ${error instanceof Error ? error.message : String(error)}`, { code: "DAYBOOK_MATERIALIZE" });
  }
}
