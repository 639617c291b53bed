import { checkedFlag, checkedPath, checkFunction, checkKnown, checkObject, checkSignal, checkTexts, checkWhole } from "../../../base/checks.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";

/** How a process of a worker is started, and what is told of it. */
export interface ProcessOptions {
  /** A program, found by `PATH`, or its path. No shell is involved. */
  readonly executable: string;
  /** Default: none. */
  readonly args?: readonly string[];
  /** Default: this process's. */
  readonly cwd?: string;
  /** Added to this process's environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** All of its standard input. Default: empty. */
  readonly input?: string | Uint8Array;
  /** After so many milliseconds the process and what it has started are killed, and the call fails with TIMED_OUT. Default: never. */
  readonly timeoutMs?: number;
  /** Between SIGTERM and SIGKILL, in milliseconds, when the process is to end. Default 5000. */
  readonly graceMs?: number;
  /** Cancels the call: the process is killed, and the call's error is the signal's reason. */
  readonly signal?: AbortSignal;
  /** Each whole line of its output, without its end; one of more than 16 Mi characters in parts. What it promises is not waited for, as of the other two. */
  readonly onStdout?: (line: string) => unknown;
  /** Each whole line that it writes to stderr, without its end. */
  readonly onStderr?: (line: string) => unknown;
  /** The process has ended: with an exit code, or by a signal. Not called for one that could not be started. */
  readonly onExit?: (exitCode: number | undefined, signal: string | undefined) => unknown;
}

/** A worker whose result is what it writes to stdout. */
export interface StdioWorkerOptions<T> extends ProcessOptions {
  /** Makes the result of the whole of stdout. Default: it is JSON. `(text) => text` takes it as it is. */
  readonly deserializer?: (text: string) => T | Promise<T>;
}

/** A worker whose result is a file that it writes. */
export interface FileResultWorkerOptions<T> extends ProcessOptions {
  /** A relative one is below the worker's working directory. */
  readonly resultFilePath: string;
  /** Makes the result of the whole text of the file. Default: it is JSON. `(text) => text` takes it as it is. */
  readonly deserializer?: (text: string) => T | Promise<T>;
  /** Whether the file goes once it has been read. Default true. */
  readonly deleteResultFile?: boolean;
  /**
   * `"exit"`: the file is read once the process has exited with 0, so it is complete. `"result"`, for a process that would go on: it is read as soon as it has stayed
   * unchanged over two looks and the deserializer takes it; the process is ended then, and how it ends does not matter. Default `"exit"`.
   */
  readonly until?: "exit" | "result";
  /** Between two looks at the file, with `until: "result"`, in milliseconds. Default 100. */
  readonly pollIntervalMs?: number;
}

/** What a call takes besides; checked where calls are spawned. */
const ofCalls = ["description", "failOnCrash", "callback"];
const ofProcesses = ["executable", "args", "cwd", "env", "input", "timeoutMs", "graceMs", "signal", "onStdout", "onStderr", "onExit", "deserializer"];

/** Milliseconds that a timer of Node's can count. */
const longestMs = 2 ** 31 - 1;

/** Options of a stdio worker, checked. @throws InvalidOptionError naming the field */
export function checkedStdioOptions<T>(options: StdioWorkerOptions<T>): StdioWorkerOptions<T> {
  checkObject(options);
  checkKnown(options, [...ofProcesses, ...ofCalls]);
  checkProcess(options);
  checkFunction("deserializer", options.deserializer);
  return { ...options };
}

/** Options of a worker with a result file, checked and complete. @throws InvalidOptionError naming the field */
export function checkedFileResultOptions<T>(options: FileResultWorkerOptions<T>): FileResultWorkerOptions<T> & { readonly deleteResultFile: boolean; readonly until: "exit" | "result"; readonly pollIntervalMs: number } {
  checkObject(options);
  checkKnown(options, [...ofProcesses, ...ofCalls, "resultFilePath", "deleteResultFile", "until", "pollIntervalMs"]);
  checkProcess(options);
  checkedPath("resultFilePath", options.resultFilePath);
  checkFunction("deserializer", options.deserializer);
  const { until = "exit" } = options;
  if (until !== "exit" && until !== "result") throw new InvalidOptionError("until", `must be "exit" or "result", not ${preview(until)}`);
  return { ...options, deleteResultFile: checkedFlag("deleteResultFile", options.deleteResultFile, true), until, pollIntervalMs: checkedInterval(options.pollIntervalMs) };
}

/** How long to wait for something, at the most. @throws InvalidOptionError */
export function checkTimeout(value: unknown): void {
  checkWhole("timeoutMs", value, 1, longestMs);
}

/** How often to look. @throws InvalidOptionError */
export function checkedInterval(value: number | undefined): number {
  checkWhole("pollIntervalMs", value, 1, longestMs);
  return value ?? 100;
}

function checkProcess(options: ProcessOptions): void {
  const { input, env } = options;
  checkText("executable", options.executable);
  if (options.executable === "") throw new InvalidOptionError("executable", "must name a program");
  checkTexts("args", options.args);
  options.args?.forEach((arg, index) => checkText(`args[${index}]`, arg));
  if (options.cwd !== undefined) checkedPath("cwd", options.cwd);
  if (env !== undefined) {
    checkObject(env, "env");
    for (const [name, value] of Object.entries(env)) if (value !== undefined) checkText(`env.${name}`, value);
  }
  if (input !== undefined && typeof input !== "string" && !(input instanceof Uint8Array)) throw new InvalidOptionError("input", `must be a text or bytes, not ${preview(input)}`);
  checkTimeout(options.timeoutMs);
  checkWhole("graceMs", options.graceMs, 0, longestMs);
  checkSignal(options.signal);
  for (const field of ["onStdout", "onStderr", "onExit"] as const) checkFunction(field, options[field]);
}

/** What goes to a system call ends at a zero. */
function checkText(field: string, value: unknown): void {
  if (typeof value !== "string" || value.includes("\0")) throw new InvalidOptionError(field, `must be a text without a zero in it, not ${preview(value)}`);
}
