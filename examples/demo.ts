/**
 * All demos, one after the other: runs, checkpoints, warm starts, and operations.
 * Usage: node dist/examples/demo.js [--root DIR] [--fresh]      (npm run demo -- [--fresh])
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InterruptedError, runProgram, stopAll } from "./penguins/processes.js";

const { values } = parseArgs({ options: { root: { type: "string", default: "results" }, fresh: { type: "boolean", default: false } } });

// A Ctrl-C reaches the demo at work by itself, and it says how it ended.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopAll(signal));

try {
  for (const name of ["penguins", "checkpoints", "warm-starts", "build"]) {
    if (!(await runProgram(`../${name}/demo.js`, ["--root", join(values.root, name), ...(values.fresh ? ["--fresh"] : [])]))) process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof InterruptedError)) throw error;
  process.exitCode = 130;
}
