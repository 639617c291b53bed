import { setMaxListeners } from "node:events";
import type { Daybook } from "../../../daybook.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import type { RunRecord } from "../../runs/run-record.js";
import type { Session } from "../session.js";
import type { Attempt, Attempted } from "./attempt.js";
import { betterRun } from "./best-run.js";
import type { BestRun } from "./best-run.js";
import { FinishRate } from "./finish-rate.js";
import { ProgressTicker } from "./progress-ticker.js";
import { RunsElsewhere } from "./runs-elsewhere.js";
import type { SweepSettings } from "./sweep-options.js";
import { maxFailures } from "./sweep-report.js";
import type { SweepFailure, SweepReport } from "./sweep-report.js";
import { emptyTally, progressOf } from "./sweep-tally.js";

/** Where sets and their sessions come from. */
export interface SetSource {
  readonly book: Daybook;
  readonly length: number;
  at(index: number): JsonObject;
  session(params: JsonObject, signal: AbortSignal): Promise<Session>;
}

/** A set that has come to an end in this call. */
export interface SettledSet {
  readonly index: number;
  readonly session: Session;
  readonly how: Exclude<Attempted, { readonly kind: "live" }>;
}

/** Told of each set; the next one of its place is taken once it is through, so that a slow reader slows the sweep rather than filling memory. */
export type OnSettled = (set: SettledSet) => void | Promise<void>;

/** A set to be visited. */
interface Visit {
  readonly index: number;
  /** Kept for a further visit: without parameters another session would be another run. */
  readonly session?: Session;
  /** Attempts of this call that have failed. */
  readonly failures: number;
}

/**
 * Visits every set of a sweep, in order, `concurrency` at a time: a run that is DONE is reused, one that a live process holds is visited
 * again later, any other is attempted. Takes memory for what is at work and what is waited for, whatever the length.
 * @throws the signal's reason, and what has kept the daybook from being written; work that was under way then has come to its end
 */
export async function runSweep(source: SetSource, attempt: Attempt, settings: SweepSettings, onSettled?: OnSettled): Promise<SweepReport> {
  settings.signal?.throwIfAborted();
  return new SweepRun(source, attempt, settings, onSettled).run();
}

class SweepRun {
  readonly #tally;
  readonly #elsewhere: RunsElsewhere<Visit & { readonly session: Session }>;
  readonly #failures: SweepFailure[] = [];
  readonly #rate = new FinishRate();
  readonly #began = performance.now();
  /** For the sets at work: the caller's word to stop. */
  readonly #stop = new AbortController();
  /** For this loop: stopped, or a fault. What is at work goes on after a fault, and is recorded if that can be. */
  readonly #halt = new AbortController();
  readonly #ticker: ProgressTicker;
  #fault: { readonly error: unknown } | undefined;
  #best: BestRun | undefined;
  #next = 0;

  constructor(
    readonly source: SetSource,
    readonly attempt: Attempt,
    readonly settings: SweepSettings,
    readonly onSettled: OnSettled | undefined,
  ) {
    // Each set at work listens, and lets go: no leak, however many there are.
    setMaxListeners(0, this.#stop.signal);
    this.#tally = emptyTally(source.length);
    this.#elsewhere = new RunsElsewhere(source.book, this.#halt.signal);
    this.#ticker = new ProgressTicker(settings.onProgress === undefined ? undefined : () => this.#tell());
  }

  async run(): Promise<SweepReport> {
    const { signal, concurrency } = this.settings;
    const onAbort = (): void => {
      this.#stop.abort(signal?.reason);
      this.#halt.abort(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort);
    try {
      await Promise.all(Array.from({ length: Math.min(concurrency, this.source.length) }, () => this.#work()));
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#ticker.end();
    }
    const { running: _, ...counts } = this.#tally;
    if (this.#fault !== undefined) throw this.#fault.error;
    // Stopped when nothing was left to stop: then all is as it would have been.
    if (this.#stop.signal.aborted && counts.done + counts.failed + counts.elsewhere < counts.total) throw this.#stop.signal.reason;
    return { ...counts, failures: this.#failures, ...(this.#best === undefined ? {} : { best: this.#best }), elapsedMs: performance.now() - this.#began };
  }

  async #work(): Promise<void> {
    try {
      for (let visit = await this.#take(); visit !== undefined; visit = await this.#take()) await this.#visit(visit);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#fault ??= { error };
    this.#halt.abort(error);
  }

  /** What to visit now; waits for others when that is all there is left. */
  async #take(): Promise<Visit | undefined> {
    const { ifLive } = this.settings;
    for (;;) {
      if (this.#halt.signal.aborted) return undefined;
      const again = await this.#elsewhere.takeFree();
      if (again !== undefined) return again;
      const more = this.#next < this.source.length;
      if (more && !this.#elsewhere.isFull) return { index: this.#next++, failures: 0 };
      // Those that are at work here come back for what they leave behind.
      if (!more && this.#elsewhere.size === 0) return undefined;
      if (ifLive === "skip") return undefined;
      await this.#elsewhere.untilSomeFree();
    }
  }

  async #visit({ index, session: known, failures: before }: Visit): Promise<void> {
    const session = known ?? (await this.source.session(this.source.at(index), this.#stop.signal));
    for (let failures = before; ; ) {
      const how = await this.#try(session, index);
      if (how.kind === "live") return this.#leave({ index, session, failures });
      if (how.kind !== "failed") return this.#settle({ index, session, how }, known !== undefined);
      failures += 1;
      if (failures > this.settings.retries) return this.#settle({ index, session, how }, false);
      if (this.#halt.signal.aborted) return;
      this.#tally.retried += 1;
    }
  }

  async #try(session: Session, index: number): Promise<Attempted> {
    let running = 0;
    const began = (): void => {
      if (running === 1) return;
      this.#rate.begin(performance.now());
      this.#tally.running += running = 1;
      this.#ticker.touch();
    };
    try {
      return await this.attempt(session, { index, signal: this.#stop.signal, began });
    } finally {
      this.#tally.running -= running;
      this.#ticker.touch();
    }
  }

  #leave(visit: Visit & { readonly session: Session }): void {
    this.#rate.begin(performance.now());
    if (this.settings.ifLive === "wait") this.#elsewhere.add(visit);
    else this.#tally.elsewhere += 1;
    this.#ticker.touch();
  }

  /** `awaited`: it was at work elsewhere when it was seen first. */
  async #settle(set: SettledSet, awaited: boolean): Promise<void> {
    const { index, session, how } = set;
    if (how.kind !== "done" || awaited) this.#rate.finish(performance.now());
    if (how.kind === "failed") {
      this.#tally.failed += 1;
      if (this.#failures.length < maxFailures) this.#failures.push({ index, uid: session.uid, params: session.params, attempt: how.attempt, error: how.error });
    } else {
      this.#tally.done += 1;
      if (how.kind === "done") this.#tally.reused += 1;
      this.#compare(how.record);
    }
    this.#ticker.touch();
    await this.onSettled?.(set);
  }

  #compare(record: RunRecord): void {
    const { metric } = this.settings;
    if (metric !== undefined) this.#best = betterRun(this.#best, record, metric);
  }

  #tell(): void {
    const now = performance.now();
    const elsewhere = this.#tally.elsewhere + this.#elsewhere.size;
    try {
      this.settings.onProgress?.(progressOf({ ...this.#tally, elsewhere }, this.#best, this.#rate.perSecond(now), now - this.#began));
    } catch (error) {
      this.#fail(error);
    }
  }
}
