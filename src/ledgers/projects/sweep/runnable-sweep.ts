import type { Daybook } from "../../../daybook.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import { linkSignals } from "../../../base/link-signals.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import { checkOptions, resolveAttempt } from "../../runs/run-input.js";
import type { Sweep } from "../../sweeps/sweep.js";
import type { SessionOptions } from "../project-options.js";
import type { Session } from "../session.js";
import { attemptByCalling } from "./attempt.js";
import type { Attempt, SweepWork } from "./attempt.js";
import { runSweep } from "./run-sweep.js";
import type { OnSettled } from "./run-sweep.js";
import { resolveSweepRun, sweepRunFields } from "./sweep-options.js";
import type { SweepRunOptions } from "./sweep-options.js";
import type { SweepReport } from "./sweep-report.js";

/** How the runs of a sweep are made; as for a session. */
export type SweepOptions = Omit<SessionOptions, "signal">;

/** What a sweep needs of its project. */
export interface SweepProject {
  readonly book: Daybook;
  session(identifier: string, params: object, options: SessionOptions): Promise<Session>;
}

/** A sweep of a project, ready to be run: made by `Project.sweep`. Nothing is made or recorded before `run`. */
export class RunnableSweep implements Iterable<JsonObject> {
  /** @internal */
  constructor(
    private readonly project: SweepProject,
    readonly identifier: string,
    /** The parameter sets. */
    readonly sweep: Sweep,
    private readonly options: SweepOptions,
    private readonly projectSignal: AbortSignal | undefined,
  ) {}

  /** How many sets there are. */
  get length(): number {
    return this.sweep.length;
  }

  [Symbol.iterator](): Iterator<JsonObject> {
    return this.sweep[Symbol.iterator]();
  }

  /**
   * Brings every set to DONE. For each, in order: its run is found by its parameters or made; what is DONE is reused, what has failed
   * before or was lost is taken up as a further attempt of the same uid, and what another process is at work on is visited again at the
   * end. `work` is called under the run's lease, as by `Session.run`. Once this resolves, every set is DONE or has failed here. So a
   * sweep that was killed at any moment is run again to go on, and several processes that run it at once share the work.
   *
   * A set whose work throws is recorded ERROR, gets its retries, and does not stop the others. Equal sets share one run. A set without
   * parameters cannot be found again: it is a new run at every call.
   * @throws the reason of `signal` once what was at work has settled; these runs are ERROR with a message that begins with `Aborted`
   * @throws InvalidOptionError, and what keeps the daybook from being written or read (a full disk, a closed daybook, a lock that is not
   * granted): no further sets then, and what is at work comes to its end before
   */
  async run(work: SweepWork, options: SweepRunOptions = {}): Promise<SweepReport> {
    if (typeof work !== "function") throw new InvalidOptionError("work", `must be a function, not ${preview(work)}`);
    checkOptions(options, sweepRunFields);
    const beat = options.beatWithinMs === undefined ? undefined : resolveAttempt({ beatWithinMs: options.beatWithinMs }).beatWithinMs;
    return this.runBy(attemptByCalling(work, beat), options);
  }

  /** @internal As {@link run}, with another way to make an attempt, and told of each set that has come to an end. */
  async runBy(attempt: Attempt, options: SweepRunOptions, onSettled?: OnSettled): Promise<SweepReport> {
    const settings = resolveSweepRun(options);
    const { project, identifier, sweep } = this;
    const { signal, unlink } = linkSignals(options.signal, this.projectSignal);
    const source = {
      book: project.book,
      length: sweep.length,
      at: (index: number) => sweep.at(index),
      session: (params: JsonObject, stop: AbortSignal) => project.session(identifier, params, { ...this.options, signal: stop }),
    };
    try {
      return await runSweep(source, attempt, { ...settings, signal }, onSettled);
    } finally {
      unlink();
    }
  }
}
