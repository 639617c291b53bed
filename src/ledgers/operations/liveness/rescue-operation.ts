import type { ProcessSight } from "../../runs/liveness.js";
import type { ProcessIdentity } from "../../runs/process-identity.js";
import type { NewSession, OperationCommand } from "../commands.js";
import { OperationWatcher } from "../operation-watch.js";
import type { CommandResult, OperationSnapshot, OperationTransport } from "../transport.js";
import { startLiveness } from "./liveness.js";
import type { LivenessPace } from "./liveness.js";
import { reportDead } from "./report-dead.js";
import type { LivenessTime } from "./time.js";

/** Who rescues. */
export interface Rescuer {
  readonly transport: OperationTransport;
  readonly newSession: () => NewSession;
  readonly pace: LivenessPace;
  readonly onError: (error: unknown) => void;
  readonly time: LivenessTime;
  readonly sees: (process: ProcessIdentity) => ProcessSight;
  /** Gives up: the session leaves, and hands over what it has begun. */
  readonly signal: AbortSignal;
}

/**
 * Joins an operation whose open sessions are all dead, as a rescuer; reports them, by which the same rules hold as among survivors; coordinates what follows from that, and
 * leaves where nothing does. Resolves when the operation has ended, or goes on without this. @throws what the joining does, when somebody else was first
 */
export async function rescueOperation({ transport, newSession, pace, onError, time, sees, signal }: Rescuer, { operation, sessions }: OperationSnapshot): Promise<void> {
  const { operationId } = operation;
  const joining: NewSession = { ...newSession(), failOnCrash: false, rescuer: true };
  const { session } = joining;
  await transport.send(operationId, { kind: "join", joining });
  const send = (command: OperationCommand): Promise<CommandResult> => transport.send(operationId, command);
  const watcher = await OperationWatcher.start(transport, operationId, { own: [session], onError });
  const nobody = { beat: () => undefined, beatError: () => undefined, error: onError };
  const liveness = startLiveness({ transport, session, watcher, send, pace, cleanup: { run: () => Promise.resolve([]) }, listener: nobody, time, sees });
  try {
    liveness.startBeats();
    const dead = sessions.filter((row) => row.state === "open");
    const isGone = new Map(dead.map((row) => [row.session, sees(row) === "gone"]));
    const gone = dead.filter((row) => isGone.get(row.session) === true);
    await reportDead({ transport, operationId, session, send, cleanupWithinMs: pace.cleanupWithinMs, sees }, { gone, silent: dead.filter((row) => isGone.get(row.session) === false) });
    await untilOver(watcher, session, signal);
    if (watcher.snapshot.operation.openSessions.includes(session)) await send({ kind: "leave", session, reason: "nothing to rescue" });
  } finally {
    watcher.stop();
    await liveness.stop();
  }
}

/** Resolves when the operation has no clean-up under way, when the session is over, or with the signal. */
async function untilOver(watcher: OperationWatcher, session: string, signal: AbortSignal): Promise<void> {
  await watcher.refresh();
  const isOver = (): boolean => {
    const { state, openSessions } = watcher.snapshot.operation;
    return state !== "cleanup" || !openSessions.includes(session) || signal.aborted;
  };
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!isOver()) return;
      signal.removeEventListener("abort", look);
      resolve();
    };
    watcher.subscribe(look);
    signal.addEventListener("abort", look);
    look();
  });
}
