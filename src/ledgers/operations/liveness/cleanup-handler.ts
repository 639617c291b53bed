import { InvalidOptionError } from "../../../base/errors.js";

/** Cleans up before the process ends. `signal`: the one that ends it; undefined when asked for by {@link CleanupHandler.cleanup}. */
export type Cleanup = (signal?: NodeJS.Signals) => void | Promise<void>;

/** How long all clean-ups together may take when a signal ends the process. */
const longestMs = 5000;

/** A parent that passes Ctrl-C on, which the terminal has sent to all of its group, is nobody who is impatient. */
const sameAskMs = 500;

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * What this process does before SIGINT or SIGTERM ends it: the clean-ups in the order in which they were registered, one after the other, at most five seconds in all; what one
 * throws is a process warning, and the next one runs. Then the process dies by that signal. A second signal, half a second later or more, does not wait. Where the program listens for the signal itself, it
 * decides about its end: the clean-ups run, and nothing else happens.
 */
export class CleanupHandler {
  /** The one of this process. */
  static readonly instance = new CleanupHandler();

  readonly #cleanups = new Map<number, Cleanup>();
  readonly #ifAlive: (() => void)[] = [];
  #lastId = 0;
  #dying = false;
  #dyingSince = 0;
  readonly #onSignal = (signal: NodeJS.Signals): void => void this.#end(signal);

  private constructor() {}

  /** Listens for signals from the first one on. @returns what it is unregistered by @throws InvalidOptionError */
  register(cleanup: Cleanup): number {
    if (typeof cleanup !== "function") throw new InvalidOptionError("cleanup", "must be a function");
    if (this.#cleanups.size === 0) for (const signal of signals) process.on(signal, this.#onSignal);
    this.#lastId += 1;
    this.#cleanups.set(this.#lastId, cleanup);
    return this.#lastId;
  }

  /** Whether it was registered. With the last one nothing listens for signals any more. */
  unregister(id: number): boolean {
    const was = this.#cleanups.delete(id);
    if (was && this.#cleanups.size === 0 && !this.#dying) this.#deafen();
    return was;
  }

  /** Runs all clean-ups now, as a signal would, each once; the process goes on. Never rejects. */
  async cleanup(): Promise<void> {
    await this.#run();
    this.#goOn();
  }

  /** For a clean-up: what is to happen behind all of them, should the process go on after all. It must not throw. */
  ifAlive(then: () => void): void {
    this.#ifAlive.push(then);
  }

  #goOn(): void {
    for (const then of this.#ifAlive.splice(0)) then();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#dying) {
      if (performance.now() - this.#dyingSince > sameAskMs) this.#die(signal);
      return;
    }
    this.#dying = true;
    this.#dyingSince = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, longestMs)));
    await Promise.race([this.#run(signal), late]);
    clearTimeout(timer);
    // Warnings are written behind what runs now.
    await new Promise(setImmediate);
    this.#die(signal);
  }

  async #run(signal?: NodeJS.Signals): Promise<void> {
    for (const [id, cleanup] of [...this.#cleanups]) {
      // Unregistered by one that ran before, or by a second run.
      if (!this.unregister(id)) continue;
      try {
        await cleanup(signal);
      } catch (error) {
        process.emitWarning(`A clean-up threw: ${error instanceof Error ? error.message : String(error)}`, { code: "DAYBOOK_CLEANUP" });
      }
    }
  }

  #die(signal: NodeJS.Signals): void {
    this.#dying = false;
    this.#deafen();
    // Nobody else decides about the end: then the signal does what it does by default.
    if (process.listenerCount(signal) <= listenersThatFollow()) {
      process.kill(process.pid, signal);
      return;
    }
    this.#goOn();
    // The program goes on: what was registered since, or is still registered, is for the next signal.
    if (this.#cleanups.size > 0) for (const each of signals) process.on(each, this.#onSignal);
  }

  #deafen(): void {
    for (const signal of signals) process.off(signal, this.#onSignal);
  }
}

/**
 * How many listen for each signal that leave the end of the process to whoever listens besides them, and end it when they are alone: those of `signal-exit`, which comes with
 * many packages (in its older releases under the other name).
 */
function listenersThatFollow(): number {
  const emitters: readonly unknown[] = [Reflect.get(globalThis, Symbol.for("signal-exit emitter")), Reflect.get(process, "__signal_exit_emitter__")];
  return emitters.reduce<number>((sum, emitter) => sum + (Number((emitter as { readonly count?: unknown } | undefined)?.count) || 0), 0);
}
