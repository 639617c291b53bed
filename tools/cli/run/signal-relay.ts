import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";

/** What is passed on to a wrapped command. */
const relayed = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
type Relayed = (typeof relayed)[number];

/** How long the canary gets to die, before a signal counts as sent to this process alone. */
const decisionMs = 200;

/**
 * Passes signals on to a wrapped command, each once.
 *
 * Ctrl-C on a terminal, `timeout`, and batch systems signal the whole process group: the command has had the signal already,
 * and a second one often means "now, and without cleaning up". `kill PID` reaches this process alone. A process is not told
 * which it was, so there is a canary in the group, a `cat` that reads nothing: when it dies of the same signal, the
 * group was meant. It ends with this process, because its input does.
 */
export class SignalRelay {
  readonly #listeners = new Map<Relayed, () => void>();
  readonly #deciding = new Map<Relayed, NodeJS.Timeout>();
  readonly #early = new Set<Relayed>();
  readonly #cancelling = new AbortController();
  #canary: ChildProcess | undefined;
  #child: ChildProcess | undefined;

  constructor() {
    process.removeAllListeners("SIGINT");
    for (const signal of relayed) {
      const listener = (): void => this.#onSignal(signal);
      this.#listeners.set(signal, listener);
      process.on(signal, listener);
    }
    this.#setCanary();
  }

  /** Aborts, with the signal's name as the reason, when one asks to end before there is a command to pass it on to. */
  get cancelled(): AbortSignal {
    return this.#cancelling.signal;
  }

  /** From now on signals go to this process. */
  attach(child: ChildProcess): void {
    this.#child = child;
    for (const signal of this.#early) child.kill(signal);
    this.#early.clear();
  }

  /** Puts the signals back to what they were. */
  close(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
    for (const timer of this.#deciding.values()) clearTimeout(timer);
    this.#canary?.kill("SIGKILL");
    this.#canary = undefined;
  }

  #onSignal(signal: Relayed): void {
    if (this.#child === undefined) {
      this.#early.add(signal);
      if (signal !== "SIGUSR1" && signal !== "SIGUSR2") this.#cancelling.abort(signal);
    }
    // While one is being decided on, another of its kind is the same one: `timeout` signals the process and then its group.
    else if (!this.#deciding.has(signal)) this.#deciding.set(signal, setTimeout(() => this.#decide(signal), decisionMs));
  }

  #decide(signal: Relayed): void {
    this.#deciding.delete(signal);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    if (!this.#groupWasMeant(signal) || leftTheGroup(child)) child.kill(signal);
  }

  #groupWasMeant(signal: Relayed): boolean {
    const canary = this.#canary;
    // No `cat` here: a terminal's own signals reach the group, all others are taken as sent to us.
    if (canary?.pid === undefined) return process.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT");
    if (canary.signalCode !== signal) return false;
    this.#setCanary();
    return true;
  }

  #setCanary(): void {
    const canary = spawn("cat", [], { stdio: ["pipe", "ignore", "ignore"] });
    canary.on("error", () => undefined);
    canary.stdin.on("error", () => undefined);
    canary.unref();
    this.#canary = canary;
  }
}

/** True for a command that has made a process group of its own: what the group got, it did not. Undecided where there is no /proc: no. */
function leftTheGroup({ pid }: ChildProcess): boolean {
  const group = (of: number | string | undefined): string | undefined => {
    try {
      const text = fs.readFileSync(`/proc/${of}/stat`, "utf8");
      return text.slice(text.lastIndexOf(")") + 2).split(" ")[2];
    } catch {
      return undefined;
    }
  };
  const [theirs, ours] = [group(pid), group("self")];
  return theirs !== undefined && ours !== undefined && theirs !== ours;
}
