import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Assignment, Sample, Summary, SupervisorMessage, WorkerMessage } from "./messages.js";

/** How long a process may take to end once it was told to: a beat, a commit and a snapshot, on a busy machine. */
const endingMs = 30_000;
const keptErrorText = 2000;

/** One process of the load. */
export class LoadProcess {
  readonly samples: Sample[] = [];
  readonly ready: Promise<void>;
  /** Resolves once it has ended, however it did. */
  readonly ended: Promise<void>;
  summary: Summary | undefined;
  #ending = "";
  #errors = "";
  readonly #child: ChildProcess;

  constructor(readonly assignment: Assignment) {
    this.#child = fork(fileURLToPath(new URL("./worker.js", import.meta.url)), [JSON.stringify(assignment)], {
      execArgv: ["--expose-gc", "--no-warnings"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.ended = once(this.#child, "exit").then(([code, signal]) => void (this.#ending = String(code ?? signal)));
    let isReady: () => void = () => undefined;
    this.ready = Promise.race([new Promise<void>((resolve) => (isReady = resolve)), this.ended]);
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#errors = (this.#errors + text).slice(-keptErrorText)));
    this.#child.on("message", (message: WorkerMessage) => {
      if (message.kind === "ready") isReady();
      else if (message.kind === "sample") this.samples.push(message.sample);
      else this.summary = message.summary;
    });
  }

  get by(): string {
    return this.assignment.by;
  }

  /** What went wrong in it; asked once it has ended. */
  get problems(): readonly string[] {
    if (this.summary !== undefined) return this.summary.problems;
    return [`ended (${this.#ending}) without a summary: ${this.#errors}`];
  }

  go(): void {
    this.#tell("go");
  }

  /** Tells it to end and waits until it has; a process that does not is killed, and has no summary. */
  async stop(): Promise<void> {
    this.#tell("stop");
    const late = new AbortController();
    await Promise.race([this.ended, sleep(endingMs, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    this.kill();
    await this.ended;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #tell(message: SupervisorMessage): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
