import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as os from "node:os";
import type { Readable } from "node:stream";
import { messageOf } from "../errors.js";
import type { Tee } from "./tee.js";

/** How a command ended: by itself, by a signal, or not even started. */
export type Ending = { readonly exitCode: number } | { readonly signal: NodeJS.Signals } | { readonly exitCode: number; readonly notStarted: string };

/** Who passes signals on to a command. */
export interface CommandKeeper {
  /** The command has been started. */
  attach(child: ChildProcess): void;
}

/** How a command stands to this process. */
export interface CommandOptions {
  /** A session of its own, without a terminal: signals reach it by its keeper only. Its input is empty then. Default false. */
  readonly apart?: boolean;
}

/** How long the output's descriptors may stay open after the command has ended. */
const graceMs = 1000;

/** Runs a command to its end, its output shown and kept. Rejects for nothing that the command does. */
export async function runCommand(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  keeper: CommandKeeper,
  [stdout, stderr]: readonly [Tee, Tee],
  { apart = false }: CommandOptions = {},
): Promise<Ending> {
  const [file = "", ...args] = command;
  let child: ChildProcess;
  try {
    child = spawn(file, args, { stdio: [apart ? "ignore" : "inherit", "pipe", "pipe"], env, detached: apart });
  } catch (error) {
    return { exitCode: 126, notStarted: `${file} cannot be started: ${messageOf(error)}` };
  }
  // At once: a command that nobody keeps would outlive this process.
  if (child.pid !== undefined) keeper.attach(child);
  const spawned = await Promise.race([once(child, "spawn").then(() => undefined), once(child, "error").then(([error]: unknown[]) => error)]).catch((error: unknown) => error);
  if (spawned !== undefined) return notStarted(file, spawned as NodeJS.ErrnoException);
  const exit = new Promise<[code: number | null, signal: NodeJS.Signals | null]>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve([child.exitCode, child.signalCode]);
    else child.once("exit", (code, signal) => resolve([code, signal]));
  });
  // Such as a signal that cannot be delivered: the command's end comes by itself.
  child.on("error", () => undefined);
  const pairs = [[stdout, child.stdout as Readable], [stderr, child.stderr as Readable]] as const;
  const copies = pairs.map(([tee, source]) => tee.copy(source));
  const [code, signal] = await exit;
  await Promise.all(pairs.map(([tee, source], index) => tee.finish(source, copies[index] as Promise<void>, graceMs)));
  return signal === null ? { exitCode: code ?? 1 } : { signal };
}

/** What a shell would exit with. */
export function shellCode(ending: Ending): number {
  return "signal" in ending ? 128 + os.constants.signals[ending.signal] : ending.exitCode;
}

/** What went wrong, in words; undefined for exit code 0. */
export function failureOf(ending: Ending): string | undefined {
  if ("signal" in ending) return `killed by ${ending.signal}`;
  if ("notStarted" in ending) return ending.notStarted;
  return ending.exitCode === 0 ? undefined : `exit code ${ending.exitCode}`;
}

function notStarted(file: string, error: NodeJS.ErrnoException): Ending {
  if (error.code === "ENOENT") return { exitCode: 127, notStarted: `command not found: ${file}` };
  if (error.code === "EACCES") return { exitCode: 126, notStarted: `not executable: ${file}` };
  return { exitCode: 126, notStarted: `${file} cannot be started: ${messageOf(error)}` };
}
