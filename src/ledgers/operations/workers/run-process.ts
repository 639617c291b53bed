import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { isDaybookError, TimedOutError, WorkerFailedError } from "../../../base/errors.js";
import { linkSignals } from "../../../base/link-signals.js";
import { processStartOf } from "../../runs/process-identity.js";
import { LineSplitter } from "./lines.js";
import { Tail } from "./tail.js";
import { endWithThisProcess, signalGroup } from "./worker-groups.js";
import type { WorkerExit, WorkerHost } from "./worker-host.js";
import type { ProcessOptions } from "./worker-options.js";

/** What else there is to a run of a process. */
export interface RunHooks {
  /** Its output, as it comes. */
  readonly takeStdout?: (bytes: Uint8Array) => void;
  /** Runs beside the process. True: what was wanted of it is here; it is ended, and how it ends does not matter. Its signal aborts when the process has ended. */
  readonly until?: (ended: AbortSignal) => Promise<boolean>;
}

/** How long pipes may stay open after the process has ended: what it has started may hold them. */
const pipesGraceMs = 1000;
const defaultGraceMs = 5000;
/** A worker tells of its end also when its call is over, or its session: that is no error of the worker. */
const refusals = ["CALL_SETTLED", "OPERATION_CLOSED", "SESSION_EXPIRED", "SESSION_INACTIVE"] as const;

/**
 * Runs a process for a call, to its end: it leads a process group of its own, which ends with it. Resolves when it has exited with 0.
 * @throws WorkerFailedError @throws TimedOutError and the reason of a signal that was aborted
 */
export async function runProcess(host: WorkerHost, options: ProcessOptions, hooks: RunHooks = {}): Promise<void> {
  const { signal, unlink } = linkSignals(host.signal, options.signal);
  try {
    signal?.throwIfAborted();
    // It is not small, and only who has workers needs it.
    const { execa } = await import("execa");
    signal?.throwIfAborted();
    const { executable, args = [], cwd, env = {}, input } = options;
    const child = execa(executable, args, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(input === undefined ? { stdin: "ignore" } : { input }),
      env: env as Record<string, string>,
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
    });
    if (child.pid === undefined) {
      const { originalMessage, cause } = (await child) as { readonly originalMessage?: string; readonly cause?: unknown };
      // The first line says what is wrong, further ones how the system puts that.
      throw new WorkerFailedError(`${executable} cannot be started: ${originalMessage?.split("\n", 1)[0] ?? "no process"}`, undefined, undefined, undefined, cause);
    }
    // Told of by its exit; here only, so that nothing rejects unseen.
    void child.then(() => undefined, () => undefined);
    await new ProcessRun(host, options, child, child.pid, hooks).toEnd(signal);
  } finally {
    unlink();
  }
}

class ProcessRun {
  readonly #host: WorkerHost;
  readonly #options: ProcessOptions;
  readonly #child: ChildProcess;
  readonly #pid: number;
  readonly #hooks: RunHooks;
  readonly #stderr = new Tail();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #exit: Promise<WorkerExit>;
  readonly #ended = new AbortController();
  /** Why it is to end; `"done"`: there is nothing more to wait for. */
  #stopped: { readonly why: unknown } | "done" | undefined;

  constructor(host: WorkerHost, options: ProcessOptions, child: ChildProcess, pid: number, hooks: RunHooks) {
    this.#host = host;
    this.#options = options;
    this.#child = child;
    this.#pid = pid;
    this.#hooks = hooks;
    this.#exit = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ pid, ...(code === null ? {} : { exitCode: code }), ...(signal === null ? {} : { signal }) })));
  }

  async toEnd(signal: AbortSignal | undefined): Promise<void> {
    const { executable, args = [], timeoutMs } = this.#options;
    const release = endWithThisProcess(this.#pid);
    const pipes = [this.#read(this.#child.stdout, this.#options.onStdout, "onStdout", this.#hooks.takeStdout), this.#read(this.#child.stderr, this.#options.onStderr, "onStderr", (bytes) => this.#stderr.push(bytes))];
    const command = [executable, ...args];
    const kill = (by: NodeJS.Signals): boolean => !this.#ended.signal.aborted && signalGroup(this.#pid, by);
    const aborted = (): void => this.#stop({ why: signal?.reason });
    signal?.addEventListener("abort", aborted, { once: true });
    // Aborted while it was started.
    if (signal?.aborted === true) aborted();
    if (timeoutMs !== undefined) this.#timers.push(setTimeout(() => this.#stop({ why: new TimedOutError(`${executable} (process ${this.#pid})`, timeoutMs) }), timeoutMs));
    const started = this.#host.workerStarted({ pid: this.#pid, processStart: processStartOf(this.#pid), command, kill }).catch((why: unknown) => this.#stop({ why }, "SIGKILL"));
    const watched = this.#watch();
    let exit: WorkerExit;
    try {
      exit = await this.#exit;
      this.#ended.abort();
      await this.#drain(pipes);
    } finally {
      signal?.removeEventListener("abort", aborted);
      this.#timers.forEach(clearTimeout);
      release();
    }
    await Promise.all([started, watched]);
    await this.#tellExit(exit);
    this.#judge(exit);
  }

  /** Asks the process to end, and after a while kills it. The first reason counts. */
  #stop(stopped: { readonly why: unknown } | "done", by: "SIGTERM" | "SIGKILL" = "SIGTERM"): void {
    if (this.#ended.signal.aborted || this.#stopped !== undefined) return;
    this.#stopped = stopped;
    signalGroup(this.#pid, by);
    // Stopped by SIGSTOP, it would not hear of the other.
    signalGroup(this.#pid, "SIGCONT");
    this.#timers.push(setTimeout(() => signalGroup(this.#pid, "SIGKILL"), this.#options.graceMs ?? defaultGraceMs));
  }

  async #watch(): Promise<void> {
    try {
      if ((await this.#hooks.until?.(this.#ended.signal)) === true) this.#stop("done");
    } catch (why) {
      this.#stop({ why });
    }
  }

  /** What a pipe says, to its end. Resolves also when it is closed under our hands. */
  async #read(pipe: Readable | null, onLine: ((line: string) => unknown) | undefined, callback: string, take: ((bytes: Uint8Array) => void) | undefined): Promise<void> {
    if (pipe === null) return;
    const lines = onLine === undefined ? undefined : new LineSplitter((line) => this.#call(callback, () => onLine(line)));
    pipe.on("data", (bytes: Uint8Array) => {
      try {
        take?.(bytes);
      } catch (why) {
        this.#stop({ why });
      }
      lines?.push(bytes);
    });
    await once(pipe, "close").catch(() => undefined);
    lines?.end();
  }

  /** Ends what the process has left behind, and with it what holds its pipes open. */
  async #drain(pipes: readonly Promise<void>[]): Promise<void> {
    const drained = Promise.all(pipes);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([drained, new Promise((resolve) => (timer = setTimeout(resolve, pipesGraceMs)))]);
    clearTimeout(timer);
    signalGroup(this.#pid, "SIGKILL");
    // What has left the group may hold them still.
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    await drained;
  }

  async #tellExit(exit: WorkerExit): Promise<void> {
    try {
      await this.#host.workerExited(exit);
    } catch (error) {
      if (!refusals.some((code) => isDaybookError(error, code))) throw error;
    }
    this.#call("onExit", () => this.#options.onExit?.(exit.exitCode, exit.signal));
  }

  #judge({ exitCode, signal }: WorkerExit): void {
    if (this.#stopped === "done") return;
    if (this.#stopped !== undefined) throw this.#stopped.why;
    if (exitCode === 0) return;
    const how = signal === undefined ? `exited with ${exitCode}` : `was ended by ${signal}`;
    const said = this.#stderr.text();
    const problem = problemIn(said);
    throw new WorkerFailedError(`${this.#options.executable} (process ${this.#pid}) ${how}${problem === "" ? "" : `: ${problem.slice(0, 500)}`}`, exitCode, signal, said);
  }

  /** What it promises is not waited for. */
  #call(callback: string, call: () => unknown): void {
    const failed = (error: unknown): void => this.#host.callbackFailed(error, callback);
    try {
      void Promise.resolve(call()).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

/** The line that most probably says what was wrong: the last one that is not indented, as stack traces are, nor Node's last word. */
function problemIn(stderr: string): string {
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== "");
  return (lines.findLast((line) => /^\S.*\p{L}/u.test(line) && !/^Node\.js v\d/.test(line)) ?? lines.at(-1) ?? "").trim();
}
