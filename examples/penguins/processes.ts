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

const running = new Set<ChildProcess>();
let stoppedBy: NodeJS.Signals | undefined;

/** Absolute path of a compiled file, given relative to this folder's. */
function compiled(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

/** Keeps account of a child; refuses a new one once the demo is stopping. */
function register(start: () => ChildProcess): ChildProcess {
  if (stoppedBy !== undefined) throw new InterruptedError(stoppedBy);
  const child = start();
  running.add(child);
  return child;
}

/** Resolves when the process has ended and its channels are closed, so after its last message. */
export function ending(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      running.delete(child);
      if (stoppedBy === undefined) resolve({ code, signal });
      else reject(new InterruptedError(stoppedBy));
    });
  });
}

/** Starts a worker, with a channel for its messages. */
export function startWorker(root: string, name: string): ChildProcess {
  return register(() => fork(compiled("./worker.js"), ["--root", root, "--name", name]));
}

/** Runs a compiled program to its end, its output on this terminal; true when it exits with 0. */
export async function runProgram(relative: string, args: readonly string[]): Promise<boolean> {
  const child = register(() => spawn(process.execPath, [compiled(relative), ...args], { stdio: ["ignore", "inherit", "inherit"] }));
  return (await ending(child)).code === 0;
}

/** Ends what still runs. The demo then unwinds by itself: it waits for its children, closes its daybook, and says how it ended. */
export function stopAll(signal: NodeJS.Signals): void {
  stoppedBy ??= signal;
  for (const child of running) child.kill("SIGTERM");
}
