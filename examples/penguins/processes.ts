/** Child processes of the demo: started here, so that all of them end with it. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The demo was told to stop: everything that waits for a child process, or wants to start one, rejects with this. */
export class InterruptedError extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
  }
}

const stopping = new AbortController();

/** Aborts with an {@link InterruptedError}. */
export const stopped: AbortSignal = stopping.signal;

/** Ends what still runs. The demo then unwinds by itself: it waits for its children, closes its daybook, and says how it ended. */
export function stopAll(signal: NodeJS.Signals): void {
  stopping.abort(new InterruptedError(signal));
}

/** Absolute path of a compiled file, given relative to this folder's. */
const compiled = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Resolves when the process has ended and its channels are closed, so after its last message. */
export function ending(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    // When all are stopped, that is an error of each, too; its end is still waited for.
    child.on("error", (error) => stopped.aborted || reject(error));
    child.once("close", (code, signal) => (stopped.aborted ? reject(stopped.reason as Error) : resolve({ code, signal })));
  });
}

/** Starts a worker, with a channel for its messages. */
export function startWorker(root: string, name: string): ChildProcess {
  stopped.throwIfAborted();
  return fork(compiled("./worker.js"), ["--root", root, "--name", name], { signal: stopped });
}

/** Runs a compiled program to its end, its output on this terminal; true when it exits with 0. */
export async function runProgram(relative: string, args: readonly string[]): Promise<boolean> {
  stopped.throwIfAborted();
  const child = spawn(process.execPath, [compiled(relative), ...args], { stdio: ["ignore", "inherit", "inherit"], signal: stopped });
  return (await ending(child)).code === 0;
}
