import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { openDaybook, parseRunAddress } from "../../src/index.js";
import type { RunRecord } from "../../src/index.js";

const tools = fileURLToPath(new URL("../../dist/tools/", import.meta.url));

/** The compiled command line. */
export const cli = path.join(tools, "daybook.js");

/** How a command line ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

const folders: string[] = [];
const children: ChildProcessWithoutNullStreams[] = [];

afterAll(() => {
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A folder of its own, taken away at the end. */
export function temporaryFolder(): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "daybook-cli-")));
  folders.push(folder);
  return folder;
}

/** The environment of this process without anything that changes what the command line does. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DAYBOOK_|NO_COLOR$|FORCE_COLOR$|NODE_OPTIONS$)/.test(name)));
  return { ...env, ...more };
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly detached?: boolean;
  readonly bin?: string;
}

/** Starts a command line; it is killed at the end, if need be. */
export function start(cwd: string, args: readonly string[], { env = {}, detached = false, bin = "daybook.js" }: StartOptions = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [path.join(tools, bin), ...args], { cwd, env: cleanEnvironment(env), detached });
  child.stdin.end();
  children.push(child);
  return child;
}

/** Waits for the end of a command line. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const bytes = Buffer.concat(stdout);
      resolve({ code, signal, bytes, stdout: bytes.toString("utf8"), stderr: Buffer.concat(stderr).toString("utf8") });
    });
  });
}

/** Runs a command line to its end. */
export function daybook(cwd: string, args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return ended(start(cwd, args, options));
}

/** Runs a script with bash. `$DAYBOOK` calls the command line. */
export async function shell(cwd: string, script: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn("bash", ["-c", script], { cwd, env: cleanEnvironment({ ...env, DAYBOOK: `${process.execPath} ${cli}` }) });
  child.stdin.end();
  children.push(child);
  return ended(child);
}

/** NDJSON as values. */
export function jsonLines<T = RunRecord>(text: string): T[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as T);
}

/** The record of a run of `results` below `cwd`, read with the library. */
export async function recordOf(cwd: string, run: string): Promise<RunRecord> {
  await using book = await openDaybook(path.join(cwd, "results"), { readOnly: true });
  const { identifier, relpath, uid } = parseRunAddress(run);
  const record = await book.runs.getRecord(identifier, uid, { relpath });
  if (record === undefined) throw new Error(`there is no run ${run}`);
  return record;
}

/** Waits until a stream has said something that matches. */
export function said(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (pattern.test(text)) resolve(text);
    });
    stream.on("end", () => reject(new Error(`never said ${pattern}: ${text}`)));
  });
}

/** Writes a script of Node and gives the command that runs it. */
export function script(cwd: string, name: string, lines: readonly string[]): string[] {
  const file = path.join(cwd, name);
  fs.writeFileSync(file, lines.join("\n"));
  return [process.execPath, file];
}
