import type { OperationCommand } from "../commands.js";
import type { CommandResult, OperationSnapshot } from "../transport.js";
import { isSessionOver } from "./session-over.js";
import { within } from "./time.js";
import type { LivenessTime } from "./time.js";

/** Runs what a session has to do when its operation fails. @returns what was wrong, in words */
export interface SessionCleanup {
  run(): Promise<readonly string[]>;
}

/** What a session's part in a clean-up needs. */
export interface DutyParts {
  readonly session: string;
  readonly send: (command: OperationCommand) => Promise<CommandResult>;
  /** The session's own. */
  readonly cleanup: SessionCleanup;
  /** Cleans up for the dead of this host; `agent`: the session is the one whose task that is in any case. */
  readonly forDead: () => Promise<void>;
  readonly isAgent: (snapshot: OperationSnapshot) => boolean;
  readonly time: LivenessTime;
  readonly onError: (error: unknown) => void;
}

/** After a step that failed it is tried again. */
const retryMs = 500;

/**
 * A session's part when its operation fails: cleans up after itself once and reports; coordinates, when the log says that it does; and takes the coordinator's place, should
 * that one be gone. Told of every look; whatever is under way is not begun twice.
 */
export class CleanupDuty {
  readonly #parts: DutyParts;
  readonly #underWay = new Map<string, Promise<void>>();
  #snapshot: OperationSnapshot | undefined;
  #deadline: number | undefined;
  #own: Promise<readonly string[]> | undefined;
  #stopped = false;
  readonly #timers = new Map<string, () => void>();
  readonly #waiting = new Set<() => void>();

  constructor(parts: DutyParts) {
    this.#parts = parts;
  }

  /** Takes note of a look, and does what is to be done. */
  take(snapshot: OperationSnapshot): void {
    if (this.#stopped) return;
    this.#snapshot = snapshot;
    if (!this.#hasPart) this.#release();
    const { session, time } = this.#parts;
    const { cleanup, openSessions, state } = snapshot.operation;
    if (state !== "cleanup" || cleanup === undefined || !openSessions.includes(session)) return;
    this.#deadline ??= time.now() + cleanup.withinMs;
    if (cleanup.survivors.includes(session) && !cleanup.reported.includes(session)) this.#do("report", () => this.#report(snapshot));
    if (!openSessions.includes(cleanup.coordinator)) this.#do("take over", () => this.#parts.send({ kind: "take-over", session }));
    if (cleanup.coordinator !== session) return;
    const awaited = cleanup.survivors.some((one) => openSessions.includes(one) && !cleanup.reported.includes(one));
    const leftMs = this.#deadline - time.now();
    if (awaited && leftMs > 0) this.#later("deadline", leftMs);
    else this.#do("finish", () => this.#finish(cleanup.withinMs));
  }

  /** Resolves when there is nothing left for it to do in a clean-up that has begun: at once without one; at the latest when the clean-up may take no longer. */
  async whenDone(): Promise<void> {
    const withinMs = this.#snapshot?.operation.cleanup?.withinMs;
    if (this.#stopped || !this.#hasPart || withinMs === undefined) return;
    // The coordinator waits for the others first, and then cleans up for the dead.
    await within(this.#parts.time, 2 * withinMs, new Promise<void>((resolve) => this.#waiting.add(resolve)));
  }

  /** Does nothing any more; resolves when nothing of it is under way, but for the session's own clean-up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#release();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await Promise.all([...this.#underWay].filter(([step]) => step !== "report").map(([, work]) => work));
  }

  get #hasPart(): boolean {
    if (this.#snapshot === undefined) return false;
    const { session } = this.#parts;
    const { cleanup, openSessions, state } = this.#snapshot.operation;
    if (state !== "cleanup" || cleanup === undefined || !openSessions.includes(session)) return false;
    return cleanup.coordinator === session || (cleanup.survivors.includes(session) && !cleanup.reported.includes(session));
  }

  #release(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  async #report(snapshot: OperationSnapshot): Promise<void> {
    const { session, send, cleanup, forDead, isAgent } = this.#parts;
    // Once, also when reporting it has to be tried again.
    this.#own ??= cleanup.run();
    const problems = await this.#own;
    if (isAgent(snapshot)) await forDead();
    await send({ kind: "report-cleanup", session, problems });
  }

  async #finish(withinMs: number): Promise<void> {
    const { session, send, forDead, time, onError } = this.#parts;
    // What cannot be removed in time stays registered, for whoever comes next.
    await within(time, withinMs, forDead().catch(onError));
    await send({ kind: "finish-cleanup", session });
  }

  #do(step: string, work: () => Promise<unknown>): void {
    if (this.#underWay.has(step) || this.#timers.has(step)) return;
    const done = work().then(
      () => void this.#underWay.delete(step),
      (error: unknown) => {
        this.#underWay.delete(step);
        if (this.#stopped || isSessionOver(error)) return;
        this.#parts.onError(error);
        this.#later(step, retryMs);
      },
    );
    this.#underWay.set(step, done);
  }

  #later(why: string, ms: number): void {
    if (this.#timers.has(why)) return;
    const again = (): void => {
      this.#timers.delete(why);
      if (this.#snapshot !== undefined) this.take(this.#snapshot);
    };
    // Others wait for it: the process does not end before by itself.
    this.#timers.set(why, this.#parts.time.after(ms, again, true));
  }
}
