import type { WorkerExit, WorkerHost, WorkerProcess } from "../../../../src/ledgers/operations/workers/worker-host.js";

/** A call that only remembers what its worker tells. */
export class FakeHost implements WorkerHost {
  readonly callId = "spawn_test_1";
  readonly controller = new AbortController();
  readonly started: WorkerProcess[] = [];
  readonly exited: WorkerExit[] = [];
  readonly failures: [unknown, string][] = [];
  /** What the log says to a start, and to an end. */
  refuseStart: Error | undefined;
  refuseExit: Error | undefined;
  #running: ((process: WorkerProcess) => void) | undefined;
  readonly running = new Promise<WorkerProcess>((resolve) => (this.#running = resolve));

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  workerStarted(process: WorkerProcess): Promise<void> {
    this.started.push(process);
    this.#running?.(process);
    return this.refuseStart === undefined ? Promise.resolve() : Promise.reject(this.refuseStart);
  }

  workerExited(exit: WorkerExit): Promise<void> {
    this.exited.push(exit);
    return this.refuseExit === undefined ? Promise.resolve() : Promise.reject(this.refuseExit);
  }

  callbackFailed(error: unknown, callback: string): void {
    this.failures.push([error, callback]);
  }
}

/** True while there is a process, also one that nobody has waited for yet. */
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What a promise rejects with. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then((value) => Promise.reject(new Error(`it resolved with ${JSON.stringify(value)}`)), (error: unknown) => error);
