/** Worker processes whose session is dead: nobody waits for them any more. */
import type { OpenCallRow } from "../../../projections/views/open-calls.js";
import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import type { ProcessSight } from "../../runs/liveness.js";
import type { ProcessIdentity } from "../../runs/process-identity.js";

/** The open calls whose worker still runs here though its session's process is gone. Pure. Without a start time a pid may be somebody else's by now: then it is left alone. */
export function orphanWorkers(calls: readonly OpenCallRow[], gone: readonly SessionRow[], sees: (process: ProcessIdentity) => ProcessSight): readonly OpenCallRow[] {
  const sessions = new Map(gone.map((row) => [row.session, row]));
  return calls.filter(({ session, worker }) => {
    const owner = sessions.get(session);
    if (owner === undefined || worker === undefined || worker.exited === true || worker.processStart === "") return false;
    return sees({ ...owner, pid: worker.pid, processStart: worker.processStart }) === "running";
  });
}

/** Kills a worker and everything it has started: it leads a process group. False when nothing was left of it. */
export function killWorker(pid: number): boolean {
  // 0 and 1 are never a worker: they would mean this process's own group, and everything.
  if (pid <= 1) return false;
  return signal(-pid) || signal(pid);
}

function signal(target: number): boolean {
  try {
    return process.kill(target, "SIGKILL");
  } catch {
    return false;
  }
}
