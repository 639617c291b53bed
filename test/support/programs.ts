import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A running program of test/programs: a real process. */
export interface Program {
  readonly child: ChildProcess;
  /** The whole lines it has printed so far. */
  readonly lines: string[];
  /** Resolves once it has ended, with its exit code and signal. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly errors: string }>;
  /** Resolves with the first line for which the check says yes. */
  line(check: (line: string) => boolean): Promise<string>;
}

/** How a program is started. */
export interface ProgramOptions {
  /** A shell command that is put before it, such as `ulimit -f 8;`. */
  readonly shellPrefix?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a compiled program of test/programs (the build puts them into dist). */
export function startProgram(name: string, args: readonly (string | number)[], options: ProgramOptions = {}): Program {
  const file = fileURLToPath(new URL(`../../dist/test/programs/${name}.js`, import.meta.url));
  const argv = [file, ...args.map(String)];
  const env = { ...process.env, ...options.env };
  const child =
    options.shellPrefix === undefined
      ? spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "pipe"], env })
      : spawn("bash", ["-c", `${options.shellPrefix} exec "$0" "$@"`, process.execPath, ...argv], { stdio: ["pipe", "pipe", "pipe"], env });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string }>((resolve) => {
    let exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
    let closed = false;
    const finish = (): void => {
      if (exit !== undefined && closed) resolve({ ...exit, errors });
    };
    child.on("exit", (code, signal) => {
      exit = { code, signal };
      finish();
    });
    reader.on("close", () => {
      closed = true;
      finish();
    });
  });
  const line = (check: (line: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find(check);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(({ code, signal }) => reject(new Error(`${name} ended (${code ?? signal}) before the line came: ${errors}`)));
    });
  return { child, lines, ended, line };
}

/** Runs a program to its end; throws when it fails. */
export async function runProgram(name: string, args: readonly (string | number)[], options: ProgramOptions = {}): Promise<string[]> {
  const program = startProgram(name, args, options);
  const { code, signal, errors } = await program.ended;
  if (code !== 0) throw new Error(`${name} failed (${code ?? signal}): ${errors}`);
  return program.lines;
}
