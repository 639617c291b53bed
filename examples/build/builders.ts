/** The processes that build, and who builds what. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Ending, ending, stopped } from "../penguins/processes.js";
import type { Built, Target } from "./targets.js";

/** What a builder says. */
type Message = { readonly ready: string } | { readonly built: Built };

/** What a builder is told: a program to build, or, without one, to go home. */
export interface Order {
  readonly target?: Target;
}

/** A builder at work. */
interface Builder {
  readonly name: string;
  readonly child: ChildProcess;
  session?: string;
  /** The log has shown its session. */
  seen: boolean;
  target?: Target;
}

/** What is told while it is built. */
export interface Listener {
  readonly built: (name: string, built: Built) => void;
  /** A builder is dead, and what it was building goes back to the others. */
  readonly lost: (name: string, target: Target | undefined) => void;
}

/** Hands programs out to builders, one each at a time, until all are built. Of a builder that dies the log tells, not its process: it could be on another machine. */
export class Builders {
  readonly #builders: Builder[] = [];
  readonly #left: Target[];
  readonly #listener: Listener;
  readonly #done: Promise<void>;
  readonly #endings: Promise<Ending>[] = [];
  readonly #built: Built[] = [];
  /** All that were ever in the build. */
  readonly sessions: string[] = [];
  readonly #wanted: number;
  #finish: () => void = () => undefined;
  #giveUp: (error: unknown) => void = () => undefined;

  constructor(targets: readonly Target[], listener: Listener) {
    this.#left = [...targets];
    this.#wanted = targets.length;
    this.#listener = listener;
    this.#done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#giveUp = reject;
    });
    // Nobody may be waiting yet.
    this.#done.catch(() => undefined);
  }

  /** Starts one. `more`: arguments of its own. */
  start(name: string, args: readonly string[]): void {
    stopped.throwIfAborted();
    const child = fork(fileURLToPath(new URL("./builder.js", import.meta.url)), ["--name", name, ...args], { signal: stopped });
    const builder: Builder = { name, child, seen: false };
    this.#builders.push(builder);
    const ended = ending(child);
    this.#endings.push(ended);
    ended.then(({ code, signal }) => {
      // By a signal it is for the log to say; by itself something is wrong with the builder.
      if (signal === null && code !== 0) this.#giveUp(new Error(`${name} ended with ${code}`));
    }, (error: unknown) => this.#giveUp(error));
    child.on("message", (message: Message) => this.#heard(builder, message));
  }

  /** Those sessions are in the build now: a builder that was in it and is not any more is dead. */
  see(sessions: ReadonlySet<string>): void {
    for (const builder of [...this.#builders]) {
      if (builder.session === undefined || this.#isDone) continue;
      const isThere = sessions.has(builder.session);
      const wasThere = builder.seen;
      builder.seen ||= isThere;
      if (isThere || !wasThere) continue;
      this.#builders.splice(this.#builders.indexOf(builder), 1);
      if (builder.target !== undefined) this.#left.unshift(builder.target);
      this.#listener.lost(builder.name, builder.target);
      if (this.#builders.length === 0) this.#giveUp(new Error("no builder is left"));
      for (const other of this.#builders) this.#next(other);
    }
  }

  /** What was built, when all is. Rejects when a builder fails, or none is left. */
  async all(): Promise<readonly Built[]> {
    await this.#done;
    return this.#built;
  }

  /** Sends all home and waits for their end. */
  async close(): Promise<void> {
    for (const { child } of this.#builders) if (child.connected) child.send({} satisfies Order);
    await Promise.all(this.#endings);
  }

  get #isDone(): boolean {
    return this.#built.length === this.#wanted;
  }

  #heard(builder: Builder, message: Message): void {
    if ("ready" in message) this.sessions.push((builder.session = message.ready));
    else {
      this.#built.push(message.built);
      delete builder.target;
      this.#listener.built(builder.name, message.built);
    }
    if (this.#isDone) this.#finish();
    // Nothing is handed out before all are there, so that each gets something.
    else if (this.#builders.every(({ session }) => session !== undefined)) for (const each of this.#builders) this.#next(each);
  }

  /** The next program for a builder that is free. */
  #next(builder: Builder): void {
    if (builder.session === undefined || builder.target !== undefined || !builder.child.connected) return;
    const target = this.#left.shift();
    if (target === undefined) return;
    builder.target = target;
    builder.child.send({ target } satisfies Order);
  }
}
