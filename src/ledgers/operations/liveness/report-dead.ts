import type { ProcessSight } from "../../runs/liveness.js";
import type { ProcessIdentity } from "../../runs/process-identity.js";
import type { OperationCommand } from "../commands.js";
import type { CommandResult, OperationTransport } from "../transport.js";
import { killWorker, orphanWorkers } from "./orphan-workers.js";
import type { Judgement } from "./session-observer.js";

/** Who reports, and where. */
export interface Reporter {
  readonly transport: OperationTransport;
  readonly operationId: string;
  readonly session: string;
  readonly send: (command: OperationCommand) => Promise<CommandResult>;
  readonly cleanupWithinMs: number;
  readonly sees: (process: ProcessIdentity) => ProcessSight;
}

/**
 * Tells the log who is dead; what follows from that is decided there. The workers of those that are gone are killed before: once their calls are closed nobody would find them
 * any more. Nothing for nobody.
 */
export async function reportDead(reporter: Reporter, { gone, silent }: Judgement): Promise<void> {
  const { transport, operationId, session, send, cleanupWithinMs, sees } = reporter;
  if (gone.length > 0) {
    for (const { call, worker } of orphanWorkers(await transport.openCalls(operationId), gone, sees)) {
      if (worker === undefined || !killWorker(worker.pid)) continue;
      await send({ kind: "log", session, level: "warning", message: `Killed the worker ${worker.pid} of call ${call}: its participant is gone` });
    }
    await send({ kind: "report-crash", session, crashed: gone.map((row) => row.session), evidence: "gone", cleanupWithinMs });
  }
  if (silent.length > 0) {
    // A beat that came between the look and the report refutes it.
    const lastBeats = Object.fromEntries(silent.map((row) => [row.session, row.beat.seq]));
    await send({ kind: "report-crash", session, crashed: silent.map((row) => row.session), evidence: "silent", lastBeats, cleanupWithinMs });
  }
}
