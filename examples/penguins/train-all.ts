/**
 * Training with several workers, one of which is killed in the middle of its epochs on purpose. Its run is then lost, and a
 * replacement takes it up again.
 */
import type { ChildProcess } from "node:child_process";
import type { Daybook, RunRecord } from "../../src/index.js";
import type { WorkerMessage } from "./messages.js";
import { type Ending, ending, startWorker } from "./processes.js";
import type { Progress } from "./progress.js";

const WORKERS = 2;

/** A worker process and the last thing heard from it. */
interface Worker {
  readonly name: string;
  readonly child: ChildProcess;
  last?: WorkerMessage;
}

/**
 * Whether to kill this worker now: it is in the middle of its epochs, and every other worker is already further down the
 * grid. As each goes through the grid once, forwards, none of them can take the lost run up before it has been shown.
 */
function isVictim(worker: Worker, workers: ReadonlySet<Worker>): boolean {
  const { last } = worker;
  if (last?.type !== "epoch" || last.epoch < last.epochs / 3 || last.epoch > (last.epochs * 3) / 4) return false;
  return [...workers].every((other) => other === worker || (other.last?.gridIndex ?? -1) > last.gridIndex);
}

/**
 * Runs workers until all have gone through the grid. Rejects when one fails by itself.
 * @returns the uid of the run that was lost by the kill; undefined when no worker could be killed in time
 */
export async function trainAll(book: Daybook, root: string, progress: Progress): Promise<string | undefined> {
  const workers = new Set<Worker>();
  const { say } = progress;
  let started = 0;
  let victim: Worker | undefined;
  let lostUid: string | undefined;

  const kill = (worker: Worker, uid: string, epoch: number, epochs: number): void => {
    victim = worker;
    worker.child.kill("SIGKILL");
    say(`${worker.name} (pid ${worker.child.pid}) gets SIGKILL at epoch ${epoch} of ${epochs} of run ${uid}`);
  };

  const hear = (worker: Worker, message: WorkerMessage): void => {
    worker.last = message;
    const { uid } = message;
    switch (message.type) {
      case "started":
        say(`${worker.name} ${message.attempt > 1 ? "takes up" : "starts"} run ${uid}${message.attempt > 1 ? ` again, attempt ${message.attempt}` : ""}`);
        progress.update(worker.name, uid, 0, message.epochs);
        break;
      case "epoch":
        progress.update(worker.name, uid, message.epoch, message.epochs, message.trainLoss);
        if (victim === undefined && isVictim(worker, workers)) kill(worker, uid, message.epoch, message.epochs);
        break;
      case "done":
        say(`${worker.name} finished run ${uid}: held-out accuracy ${message.heldOutAccuracy.toFixed(4)}, wrote ${message.files.join(" and ")}`);
        break;
    }
  };

  /** Reads from the ledger, not from the exit code, what became of the killed worker's run. */
  const inspect = async (worker: Worker): Promise<void> => {
    const heldByIt = (record: RunRecord): boolean => record.attempts.at(-1)?.pid === worker.child.pid;
    const [lost] = await book.runs.list({ where: (record) => record.liveness === "lost" && heldByIt(record) });
    if (lost !== undefined) {
      lostUid = lost.uid;
      say(`the ledger on run ${lost.uid}: status ${lost.status} (as recorded), liveness ${lost.liveness} (derived: its process is gone)`);
    } else {
      say("the signal came too late, its run had ended; another one gets its chance");
      victim = undefined;
    }
  };

  const work = async (): Promise<void> => {
    started += 1;
    const worker: Worker = { name: `worker-${started}`, child: startWorker(root, `worker-${started}`) };
    workers.add(worker);
    worker.child.on("message", (message) => hear(worker, message as WorkerMessage));
    const end: Ending = await ending(worker.child);
    workers.delete(worker);
    progress.remove(worker.name);
    if (worker === victim) {
      await inspect(worker);
      await work();
    } else if (end.code !== 0) {
      throw new Error(`${worker.name} ended with ${end.signal ?? `exit code ${end.code}`}`);
    }
  };

  const ends = await Promise.allSettled(Array.from({ length: WORKERS }, work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return lostUid;
}
