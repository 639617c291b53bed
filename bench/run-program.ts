import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Metrics } from "./row.js";

/** Nothing takes as long as this; a program that does hangs. */
const longestMs = 15 * 60 * 1000;

/**
 * Runs a program of `bench/programs` in a process of its own, with a scratch folder of its own that is gone afterwards.
 * Adds `processMs`: from starting it to its end.
 * @throws when it fails, or says nothing
 */
export async function runProgram(name: string, args: Readonly<Record<string, unknown>>, folder: string, signal: AbortSignal): Promise<Metrics> {
  const scratch = mkdtempSync(join(folder, "scratch-"));
  try {
    return await measured(name, { ...args, scratch }, signal);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function measured(name: string, args: object, signal: AbortSignal): Promise<Metrics> {
  const file = fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(process.execPath, [file, JSON.stringify(args)], { stdio: ["ignore", "pipe", "inherit"], signal, timeout: longestMs, killSignal: "SIGKILL" });
    let output = "";
    let processMs = NaN;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("exit", () => (processMs = performance.now() - begin));
    child.on("close", (code, by) => {
      const last = output.trimEnd().split("\n").at(-1) ?? "";
      if (code !== 0) reject(new Error(`${name} ended with ${String(code ?? by)}: ${JSON.stringify(args)}`));
      else if (last === "") reject(new Error(`${name} said nothing: ${JSON.stringify(args)}`));
      else resolve({ ...(JSON.parse(last) as Metrics), processMs });
    });
  });
}
