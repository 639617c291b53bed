/** Between an operation and the processes that work for it: a worker is told by plain data what to do, and needs only this of the call that it is. */
import type { CallKind } from "../../../events/operation-events.js";

/** A process that has begun to work for a call. It leads a process group of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** What tells it from later processes with its pid; `""` where the system does not tell. */
  readonly processStart: string;
  readonly command: readonly string[];
  /** Sends a signal to the process and everything it has started. Whether there was something left to send it to. */
  kill(signal: NodeJS.Signals): boolean;
}

/** How a process ended: by its own exit, or by a signal. */
export interface WorkerExit {
  readonly pid: number;
  readonly exitCode?: number;
  readonly signal?: string;
}

/** The call that a worker is, as the worker sees it. An operation provides it for the time of the work. */
export interface WorkerHost {
  readonly callId: string;
  /** Aborted when the call is cancelled, or its operation aborted or failed: the process is killed then, and the work rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /**
   * The process runs: from now on the call's `pid` and `kill` are about it. Called at most once, before anything else happens to the process; resolves when the log has
   * it. When it rejects, the process is killed, and the work rejects with that error.
   */
  workerStarted(process: WorkerProcess): Promise<void>;
  /** The process has ended, and so has what it started. Called after {@link workerStarted} has resolved; that the call is over by then is no error of the worker. */
  workerExited(exit: WorkerExit): Promise<void>;
  /** A callback of the caller's has thrown, such as `onStdout`, or something of no consequence to the result went wrong, such as the deletion of its file: that changes nothing about the call. Never throws. */
  callbackFailed(error: unknown, callback: string): void;
}

/**
 * A call that is to be spawned, made of checked options: `operation.execStdioWorker(options)` spawns `stdioWorker(options)` like any other work, with the description
 * unless the caller gave one.
 */
export interface WorkerTask<T> {
  readonly kind: CallKind;
  readonly description: string;
  /** Of the caller: once it has aborted, work that rejects was cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Begins when the call has started. Rejects with what the call fails with. */
  work(host: WorkerHost): Promise<T>;
}
