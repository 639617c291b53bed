import { constants } from "node:os";
import type { RunningCommands } from "./running-commands.js";

const ending = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const passedOn = ["SIGUSR1", "SIGUSR2"] as const;

/** A second one so soon is the same: `timeout` signals a process and then its group. */
const sameWithinMs = 300;

/** Why a sweep was stopped. */
export class Interrupted extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.name = "Interrupted";
  }

  /** What a shell would exit with. */
  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

/** Signals to a sweep: the first one that asks to end is passed on to the commands and stops the sweep, the second one kills them. Ctrl-Z stops them, too. */
export class SweepSignals {
  readonly #stop = new AbortController();
  readonly #listeners = new Map<NodeJS.Signals, () => void>();
  #firstAt: number | undefined;

  constructor(
    readonly commands: RunningCommands,
    readonly say: (line: string) => void,
  ) {
    process.removeAllListeners("SIGINT");
    for (const signal of ending) this.#on(signal, () => this.#end(signal));
    // Ctrl-Z reaches this process alone, its commands being apart.
    this.#on("SIGTSTP", () => {
      commands.signal("SIGSTOP");
      process.kill(process.pid, "SIGSTOP");
    });
    this.#on("SIGCONT", () => commands.signal("SIGCONT"));
    for (const signal of passedOn) this.#on(signal, () => commands.signal(signal));
  }

  /** Aborts with an {@link Interrupted}. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  close(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }

  #on(signal: NodeJS.Signals, listener: () => void): void {
    this.#listeners.set(signal, listener);
    process.on(signal, listener);
  }

  #end(signal: NodeJS.Signals): void {
    const now = performance.now();
    if (this.#firstAt === undefined) {
      this.#firstAt = now;
      this.commands.stop(signal);
      this.#stop.abort(new Interrupted(signal));
      if (this.commands.size > 0) this.say(`daybook: ${signal} passed on to the commands at work (${this.commands.size}); a second one kills them`);
    } else if (now - this.#firstAt > sameWithinMs) this.commands.stop("SIGKILL");
  }
}
