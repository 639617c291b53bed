import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process of its own that runs a program of this folder, and talks by messages. */
export interface Worker {
  readonly child: ChildProcess;
  send(message: string | object): void;
  /** The next message. @throws when the process ends before it */
  message(): Promise<unknown>;
  /** Its end. @throws when it was none to be wished for */
  ended(): Promise<void>;
}

export function startWorker(program: string, args: object): Worker {
  const child = fork(fileURLToPath(new URL(`./${program}.js`, import.meta.url)), [JSON.stringify(args)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const received: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  child.on("message", (message) => {
    const taker = waiting.shift();
    if (taker === undefined) received.push(message);
    else taker(message);
  });
  const exit = once(child, "exit").then(([code, signal]) => {
    if (code !== 0) throw new Error(`${program} ended with ${String(code ?? signal)}`);
  });
  exit.catch(() => undefined);
  const endedEarly = exit.then(() => {
    throw new Error(`${program} ended without a word`);
  });
  endedEarly.catch(() => undefined);
  return {
    child,
    send: (message) => void child.send(message),
    message: () => {
      if (received.length > 0) return Promise.resolve(received.shift());
      return Promise.race([new Promise((resolve) => waiting.push(resolve)), endedEarly]);
    },
    ended: () => exit,
  };
}

/** Runs work with workers, and leaves none behind. */
export async function withWorkers<T>(workers: readonly Worker[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    for (const { child } of workers) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
}
