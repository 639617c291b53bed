/** How a demo is called and ended: `--root DIR --fresh`, signals, and readers that go away. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { InterruptedError, stopAll } from "./penguins/processes.js";

/**
 * Runs the demo of that name, by default in `results/NAME`, and sets the exit code: 1 when the demo says false or throws, 130 when it was interrupted. `again` says what
 * happens when it is called once more then.
 */
export async function runDemo(name: string, again: string, demo: (root: string, fresh: boolean) => Promise<boolean>): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopAll(signal));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      stopAll("SIGPIPE");
    });
  }
  try {
    const { values } = parseArgs({ options: { root: { type: "string" }, fresh: { type: "boolean", default: false } } });
    if (!(await demo(resolve(values.root ?? `results/${name}`), values.fresh))) process.exitCode = 1;
  } catch (error) {
    const interrupted = error instanceof InterruptedError;
    console.error(interrupted ? `\n${error.signal}: stopped. Call the demo again and it ${again}.` : `demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = interrupted ? 130 : 1;
  }
}
