import type { ChildProcess } from "node:child_process";
import { CommandGuard } from "./command-guard.js";

/** How long a command that is to end has for it. */
const graceMs = 5000;

/** The commands at work, each a process group of its own. */
export class RunningCommands {
  readonly #guard: CommandGuard;
  readonly #running = new Set<ChildProcess>();
  #stopping: NodeJS.Signals | undefined;

  constructor(warn: (problem: string) => void) {
    this.#guard = new CommandGuard(warn);
  }

  get size(): number {
    return this.#running.size;
  }

  /** A command that was started in a group of its own. */
  attach(child: ChildProcess): void {
    if (child.pid === undefined) return;
    const { pid } = child;
    this.#guard.add(pid);
    this.#running.add(child);
    child.once("exit", () => {
      this.#running.delete(child);
      this.#guard.drop(pid);
    });
    // Started while the others were being told.
    if (this.#stopping !== undefined) tell(child, this.#stopping);
  }

  /** Passes a signal on to all. */
  signal(signal: NodeJS.Signals): void {
    for (const child of this.#running) tell(child, signal);
  }

  /** As {@link signal}, and to all that are started from now on. */
  stop(signal: NodeJS.Signals): void {
    this.#stopping = signal;
    this.signal(signal);
  }

  /** Makes one command end: asks, and after five seconds kills. */
  end(child: ChildProcess): void {
    tell(child, "SIGTERM");
    const timer = setTimeout(() => tell(child, "SIGKILL"), graceMs);
    child.once("exit", () => clearTimeout(timer));
  }

  /** Lets go of what is needed besides the commands. */
  close(): void {
    this.#guard.close();
  }
}

function tell(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has just ended.
  }
}
