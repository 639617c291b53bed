import { CleanupHandler } from "../liveness/cleanup-handler.js";

/** Process groups of workers that run. They have sessions of their own, so nothing but this process ends them. */
const running = new Set<number>();
let cleanup: number | undefined;

/** The group ends with this process from now on, should it end before. Gives the way to take that back. */
export function endWithThisProcess(group: number): () => void {
  if (running.size === 0) {
    process.on("exit", killWorkers);
    // An end by a signal is no exit. Registered behind the session's leaving, which has asked them to end.
    cleanup = CleanupHandler.instance.register(killWorkers);
  }
  running.add(group);
  return () => {
    if (!running.delete(group) || running.size > 0) return;
    process.off("exit", killWorkers);
    if (cleanup !== undefined) CleanupHandler.instance.unregister(cleanup);
  };
}

/** Kills all workers that run: this process is about to end. */
export function killWorkers(): void {
  for (const group of running) signalGroup(group, "SIGKILL");
}

/** Sends a signal to all processes of a group. False when there is none any more. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
