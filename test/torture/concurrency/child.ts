import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  /** The end of what it wrote to its standard error. */
  readonly errors: string;
}

/** A process of a round. */
export interface Child {
  /** Resolves once it has printed `ready`, or has ended. */
  readonly ready: Promise<unknown>;
  readonly ended: Promise<Ending>;
  tell(line: string): void;
  kill(): void;
}

/** Starts a compiled program of this folder's `programs/` with one argument, as JSON. */
export function startChild(program: string, task: unknown): Child {
  const file = fileURLToPath(new URL(`programs/${program}.js`, import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify(task)], { stdio: ["pipe", "pipe", "pipe"] });
  const lines: string[] = [];
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4000)));
  // One that was killed does not listen any more.
  child.stdin.on("error", () => undefined);
  const reader = createInterface({ input: child.stdout });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, lines, errors }));
  });
  const printed = new Promise<void>((resolve) => {
    reader.on("line", (line) => {
      lines.push(line);
      if (line === "ready") resolve();
    });
  });
  return {
    ready: Promise.race([printed, ended]),
    ended,
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: () => void child.kill("SIGKILL"),
  };
}
