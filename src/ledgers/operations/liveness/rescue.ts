/** Ending what dead processes have left behind: done by whoever connects next for writing. */
import { isDaybookError } from "../../../base/errors.js";
import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import type { OperationRow } from "../../../projections/views/operations.js";
import type { ProcessSight } from "../../runs/liveness.js";
import { sightOf } from "../../runs/process-identity.js";
import type { ProcessIdentity } from "../../runs/process-identity.js";
import type { NewSession } from "../commands.js";
import type { OperationSnapshot, OperationTransport } from "../transport.js";
import { cleanForDead } from "./clean-for-dead.js";
import type { LivenessPace } from "./liveness.js";
import { rescueOperation } from "./rescue-operation.js";
import { isSessionOver } from "./session-over.js";
import { processTime, within } from "./time.js";
import type { LivenessTime } from "./time.js";

/** Who rescues, and how. */
export interface RescueParts {
  readonly transport: OperationTransport;
  /** A session for each operation that is joined. */
  readonly newSession: () => NewSession;
  readonly pace: LivenessPace;
  /** Told of what went wrong with one operation; the others go on. May not throw. */
  readonly onError: (error: unknown) => void;
  readonly time?: LivenessTime;
  readonly sees?: (process: ProcessIdentity) => ProcessSight;
}

/** What is to be done about an operation. `observe`: whether its sessions live only their silence can tell. */
export type RescueNeed = "now" | "observe" | "nothing";

/** How many operations are ended at a time, and how long all that can be done at once may take before it goes on in the background. */
const atATime = 4;
const atOnceMs = 10_000;

/** Pure. An operation that everybody left on purpose is no ruin: its initiator's token may complete it. */
export function rescueNeed({ state, openSessions }: OperationRow, sessions: readonly SessionRow[], sees: (process: ProcessIdentity) => ProcessSight): RescueNeed {
  if (state === "completed" || state === "failed") return "nothing";
  if (openSessions.length === 0) return state === "cleanup" ? "now" : "nothing";
  const open = sessions.filter((row) => row.state === "open");
  return open.every((row) => sees(row) === "gone") ? "now" : "observe";
}

/** The rescue of a connect. */
export class Rescue {
  readonly #parts: RescueParts;
  readonly #time: LivenessTime;
  readonly #sees: (process: ProcessIdentity) => ProcessSight;
  readonly #timers = new Set<() => void>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(parts: RescueParts) {
    this.#parts = parts;
    this.#time = parts.time ?? processTime;
    this.#sees = parts.sees ?? sightOf;
  }

  /**
   * Ends the operations whose processes are all gone, and removes the temporary resources of such processes of this host; resolves when that is done, at most ten seconds
   * later. Operations of which only silence can tell are observed in the background for as long as their sessions may be silent. Nothing where the transport only reads.
   */
  async run(): Promise<void> {
    const { transport, onError } = this.#parts;
    if (transport.readOnly) return;
    await within(this.#time, atOnceMs, this.#track(this.#runAll()).catch(onError));
  }

  /** Observes nothing any more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    await Promise.allSettled(this.#underWay);
  }

  async #runAll(): Promise<void> {
    const { transport } = this.#parts;
    const now: OperationSnapshot[] = [];
    for (const row of await transport.operations()) {
      if (row.state === "completed" || row.state === "failed" || (row.state === "running" && row.openSessions.length === 0)) continue;
      const snapshot = await transport.snapshot(row.operationId);
      if (snapshot === undefined || (await transport.imported(snapshot.operation))) continue;
      const need = rescueNeed(snapshot.operation, snapshot.sessions, this.#sees);
      if (need === "now") now.push(snapshot);
      else if (need === "observe") this.#observe(snapshot);
    }
    while (now.length > 0 && !this.#stop.signal.aborted) await Promise.all(now.splice(0, atATime).map((snapshot) => this.#end(snapshot)));
    if (!this.#stop.signal.aborted) await cleanForDead({ transport, sees: this.#sees });
  }

  /** Looks again when everybody would have had to give a sign of life. */
  #observe({ operation, sessions }: OperationSnapshot): void {
    const longest = Math.max(...sessions.map((row) => row.beat.staleAfterMs));
    const due = this.#time.now() + longest + 1;
    const cancel = this.#time.after(longest + 1, () => {
      this.#timers.delete(cancel);
      // Was this process stopped meanwhile, perhaps with the log in its hands, the silence may have been its own.
      const wasHeldUp = this.#time.now() - due > longest / 2;
      this.#track(wasHeldUp ? this.#observeAnew(operation.operationId) : this.#lookAgain(operation.operationId, sessions)).catch(this.#parts.onError);
    });
    this.#timers.add(cancel);
  }

  async #observeAnew(operationId: string): Promise<void> {
    const snapshot = await this.#parts.transport.snapshot(operationId);
    if (snapshot !== undefined && !this.#stop.signal.aborted && rescueNeed(snapshot.operation, snapshot.sessions, this.#sees) !== "nothing") this.#observe(snapshot);
  }

  async #lookAgain(operationId: string, before: readonly SessionRow[]): Promise<void> {
    const snapshot = await this.#parts.transport.snapshot(operationId);
    if (snapshot === undefined || this.#stop.signal.aborted) return;
    const need = rescueNeed(snapshot.operation, snapshot.sessions, this.#sees);
    const beats = new Map(before.map((row) => [row.session, row.beat.seq]));
    const open = snapshot.sessions.filter((row) => row.state === "open");
    // Whoever has given a sign of life looks after the others.
    if (need === "nothing" || open.some((row) => this.#sees(row) !== "gone" && beats.get(row.session) !== row.beat.seq)) return;
    await this.#end(snapshot);
    await cleanForDead({ transport: this.#parts.transport, operationId, sees: this.#sees });
  }

  async #end(snapshot: OperationSnapshot): Promise<void> {
    const { onError } = this.#parts;
    try {
      await rescueOperation({ ...this.#parts, time: this.#time, sees: this.#sees, signal: this.#stop.signal }, snapshot);
    } catch (error) {
      // Somebody else was first.
      if (!isSessionOver(error) && !isDaybookError(error, "OPERATION_NOT_FOUND")) onError(error);
    }
  }

  #track(work: Promise<void>): Promise<void> {
    const done = work.finally(() => void this.#underWay.delete(done));
    this.#underWay.add(done);
    return done;
  }
}
