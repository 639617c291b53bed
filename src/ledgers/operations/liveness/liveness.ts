/** The liveness of one session: its beats, its eye on the others, and its part in cleaning up. */
import { isDaybookError } from "../../../base/errors.js";
import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import type { TempResourceRow } from "../../../projections/views/temp-resources.js";
import { openCallsOf } from "../../../projections/views/operations.js";
import type { ProcessSight } from "../../runs/liveness.js";
import { sightOf, thisProcess } from "../../runs/process-identity.js";
import type { ProcessIdentity } from "../../runs/process-identity.js";
import type { OperationCommand } from "../commands.js";
import type { OperationLook, OperationWatcher } from "../operation-watch.js";
import type { CommandResult, OperationSnapshot, OperationTransport } from "../transport.js";
import { cleanForDead } from "./clean-for-dead.js";
import { CleanupDuty } from "./cleanup-duty.js";
import type { SessionCleanup } from "./cleanup-duty.js";
import { HeartbeatLoop } from "./heartbeat-loop.js";
import { HeartbeatErrorType } from "./heartbeat-result.js";
import type { HeartbeatError, HeartbeatResult } from "./heartbeat-result.js";
import { reportDead } from "./report-dead.js";
import { isSessionOver } from "./session-over.js";
import { hostAgent, SessionObserver } from "./session-observer.js";
import type { Judgement } from "./session-observer.js";
import { processTime } from "./time.js";
import type { LivenessTime } from "./time.js";

/** Milliseconds. `staleAfterMs` is more than an interval and its jitter. */
export interface LivenessPace {
  readonly intervalMs: number;
  readonly jitterMs: number;
  readonly staleAfterMs: number;
  /** For how long a clean-up that this session starts may take. */
  readonly cleanupWithinMs: number;
}

/** Told of what happens in the background. None may throw. */
export interface LivenessListener {
  /** A beat was recorded. */
  beat(result: HeartbeatResult): void;
  beatError(error: HeartbeatError): void;
  /** Something else went wrong; it is tried again. */
  error(error: unknown): void;
}

/** What a session's liveness is made of. */
export interface LivenessParts {
  readonly transport: OperationTransport;
  readonly session: string;
  readonly watcher: OperationWatcher;
  /** Commands in the session's name. */
  readonly send: (command: OperationCommand) => Promise<CommandResult>;
  readonly pace: LivenessPace;
  readonly cleanup: SessionCleanup;
  readonly listener: LivenessListener;
  readonly time?: LivenessTime;
  readonly sees?: (process: ProcessIdentity) => ProcessSight;
}

/** Keeps a session alive, and looks after the others, until it is stopped. Made by {@link startLiveness}. */
export class Liveness {
  readonly #parts: LivenessParts;
  readonly #time: LivenessTime;
  readonly #sees: (process: ProcessIdentity) => ProcessSight;
  readonly #observer: SessionObserver;
  readonly #duty: CleanupDuty;
  readonly #loop: HeartbeatLoop;
  readonly #unsubscribe: () => void;
  #rounds: Promise<unknown> = Promise.resolve();
  #cleaning: Promise<void> = Promise.resolve();
  #cleanings = 0;
  #lastBeatMs: number;
  #stopped = false;

  /** @internal */
  constructor(parts: LivenessParts) {
    const { session, watcher, send, pace, cleanup, listener, time = processTime, sees = sightOf } = parts;
    this.#parts = parts;
    this.#time = time;
    this.#sees = sees;
    this.#lastBeatMs = time.now();
    this.#observer = new SessionObserver([session]);
    const isAgent = ({ sessions }: OperationSnapshot): boolean => this.#isAgent(sessions);
    this.#duty = new CleanupDuty({ session, send, cleanup, forDead: () => this.#cleanForDead(), isAgent, time, onError: (error) => listener.error(error) });
    this.#loop = new HeartbeatLoop(() => this.beatNow(), pace, time);
    this.#unsubscribe = watcher.subscribe((look) => this.#take(look));
    this.#take({ snapshot: watcher.snapshot, changes: abortOf(watcher) });
  }

  /** Beats from now on, the first time after an interval. Nothing where it beats already, or is stopped. */
  startBeats(): void {
    if (!this.#stopped) this.#loop.start();
  }

  /** Beats no more, and observes nobody: after its threshold the others take this session for crashed. */
  stopBeats(): void {
    this.#loop.stop();
  }

  /** A beat now, and what it finds. @throws what the transport does: also SESSION_EXPIRED, when the others have declared the session crashed */
  beatNow(): Promise<HeartbeatResult> {
    const round = this.#rounds.then(() => this.#round());
    this.#rounds = round.catch(() => undefined);
    return round;
  }

  /** Resolves when this session has done its part in a clean-up that has begun: at once where none has. Bounded in time. Never rejects */
  async whenCleanedUp(): Promise<void> {
    // It may have been told of the failure by the answer to a command, before it was looked at.
    await this.#parts.watcher.refresh().catch(() => undefined);
    await this.#duty.whenDone();
  }

  /** Everything stops; resolves when nothing is under way any more. Twice is once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#loop.stop();
    this.#unsubscribe();
    await Promise.all([this.#rounds, this.#cleaning, this.#duty.stop()]);
  }

  async #round(): Promise<HeartbeatResult> {
    const { session, send, watcher, pace, transport, listener } = this.#parts;
    const { intervalMs, jitterMs, staleAfterMs } = pace;
    const before = this.#lastBeatMs;
    try {
      await send({ kind: "beat", session, nextWithinMs: intervalMs + jitterMs, staleAfterMs });
      this.#lastBeatMs = this.#time.now();
      await watcher.refresh();
    } catch (error) {
      this.#beatFailed(error);
      throw error;
    }
    const now = this.#time.now();
    // Only somebody who gets into the log in time can tell that others do not.
    this.#observer.heldUp(this.#lastBeatMs - before - intervalMs - jitterMs, now);
    const judged = this.#observer.judge(now, this.#sees);
    const { operation, sessions } = watcher.snapshot;
    const others = sessions.filter((row) => row.state === "open" && row.session !== session);
    const ages: Record<string, number> = {};
    for (const row of others) ages[row.participant] = Math.max(ages[row.participant] ?? 0, this.#observer.silenceOf(row.session, now) ?? 0);
    const stale = [...new Set([...judged.gone, ...judged.silent].map((row) => row.participant))];
    const resources = await transport.resources(operation.operationId);
    const result: HeartbeatResult = {
      abortFlag: operation.aborted !== undefined,
      ledgerExists: true,
      heartbeatUpdated: true,
      callFrameCount: openCallsOf(operation),
      tempResourceCount: resources.length,
      heartbeatAgeMs: this.#lastBeatMs - before,
      isStale: stale.length > 0,
      participants: [...new Set(sessions.filter((row) => row.state === "open").map((row) => row.participant))],
      participantHeartbeatAges: ages,
      staleParticipants: stale,
    };
    if (!this.#stopped) listener.beat(result);
    await this.#report(judged);
    this.#cleanBehind(resources);
    return result;
  }

  async #report(judged: Judgement): Promise<void> {
    const { transport, session, send, watcher, pace, listener } = this.#parts;
    if (judged.gone.length + judged.silent.length === 0) return;
    // Whoever is in the log from elsewhere lives or dies there.
    if (await transport.imported(watcher.snapshot.operation)) return;
    try {
      await reportDead({ transport, operationId: watcher.operationId, session, send, cleanupWithinMs: pace.cleanupWithinMs, sees: this.#sees }, judged);
    } catch (error) {
      if (!isSessionOver(error) && !this.#stopped) listener.error(error);
    }
  }

  #take({ snapshot, changes }: OperationLook): void {
    if (this.#stopped) return;
    const { session, listener } = this.#parts;
    const { operation, sessions } = snapshot;
    this.#observer.saw(sessions, this.#time.now());
    for (const change of changes) {
      if (change.kind === "aborted") {
        const reason = change.reason === undefined ? "" : `: ${change.reason}`;
        listener.beatError({ type: HeartbeatErrorType.abortFlagSet, message: `The operation was aborted by ${change.by}${reason}`, participants: [change.by] });
      } else if (change.kind === "session-over" && change.session.state === "crashed" && change.session.session !== session) {
        this.#tell(change.session);
        // In a clean-up that is part of the coordinator's work.
        if (operation.state === "running" && this.#isAgent(sessions)) this.#cleanForDead().catch((error: unknown) => listener.error(error));
      }
    }
    if (!operation.openSessions.includes(session)) this.#loop.stop();
    this.#duty.take(snapshot);
  }

  /** Once the log says so: a silence that is reported may still be refuted. */
  #tell({ session, participant, over }: SessionRow): void {
    const how = over?.evidence === "gone" ? "its process is gone" : "it was silent for longer than it had promised";
    this.#parts.listener.beatError({ type: HeartbeatErrorType.heartbeatStale, message: `Participant ${participant} (session ${session}) has crashed: ${how}`, participants: [participant] });
  }

  #beatFailed(error: unknown): void {
    if (this.#stopped) return;
    // Whoever sent it knows what that means.
    if (isSessionOver(error)) return this.#loop.stop();
    const type = isDaybookError(error, "OPERATION_NOT_FOUND") || isFileMissing(error) ? HeartbeatErrorType.ledgerNotFound : HeartbeatErrorType.ioError;
    this.#parts.listener.beatError({ type, message: error instanceof Error ? error.message : String(error), cause: error });
  }

  /** Whether this session is the one that cleans up on this host. */
  #isAgent(sessions: readonly SessionRow[]): boolean {
    return hostAgent(sessions, thisProcess()) === this.#parts.session;
  }

  /**
   * What no look has told: resources of a session that came and died between two looks, whose process ended only after it was over, or that another agent has left behind.
   * What could not be removed is left to who connects next.
   */
  #cleanBehind(resources: readonly TempResourceRow[]): void {
    const { watcher, listener } = this.#parts;
    const { operation, sessions } = watcher.snapshot;
    if (this.#stopped || this.#cleanings > 0 || operation.state !== "running" || !this.#isAgent(sessions)) return;
    if (resources.some(({ session, problem }) => problem === undefined && !operation.openSessions.includes(session))) this.#cleanForDead().catch((error: unknown) => listener.error(error));
  }

  /** One after the other. */
  #cleanForDead(): Promise<void> {
    const { transport, watcher } = this.#parts;
    this.#cleanings += 1;
    const cleaned = this.#cleaning.then(() => cleanForDead({ transport, operationId: watcher.operationId, sees: this.#sees })).finally(() => void (this.#cleanings -= 1));
    this.#cleaning = cleaned.catch(() => undefined);
    return cleaned;
  }
}

/** Keeps a session alive and looks after the others from now on. The beats begin with `startBeats`. */
export const startLiveness = (parts: LivenessParts): Liveness => new Liveness(parts);

/** An abort from before the first look is told like a later one. */
function abortOf({ snapshot }: OperationWatcher): OperationLook["changes"] {
  const { aborted } = snapshot.operation;
  return aborted === undefined ? [] : [{ kind: "aborted", by: aborted.by, ...(aborted.reason === undefined ? {} : { reason: aborted.reason }) }];
}

/** The log's own files are not there any more. */
const isFileMissing = (error: unknown): boolean => error instanceof Error && ((error as NodeJS.ErrnoException).code === "ENOENT" || isFileMissing(error.cause));
