import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readLog } from "../../format/independent-reader.js";
import { layDown } from "./tree.js";
import type { Tree } from "./tree.js";
import { mergeRecordings } from "./recording.js";
import type { Recorded } from "./recording.js";
import type { Part, Plot, ProgramTask } from "./recordings.js";

/** What was recorded of a plot: what lay there before, what happened, and all events that the log then had. */
export interface Recording {
  readonly plot: Plot;
  readonly before: Tree;
  readonly deeds: readonly Recorded[];
  /** Texts of the events, in order. Whatever a power cut leaves is a beginning of this. */
  readonly events: readonly string[];
}

/** Where the root lies under the base: in folders that have to be made too. */
export const rootPath = "results/today/book";

const patienceMs = 60_000;

/** Runs real processes by the plot, and takes their recordings together. */
export async function record(plot: Plot, before: Tree): Promise<Recording> {
  const work = mkdtempSync(join(tmpdir(), "daybook-power-"));
  try {
    const base = join(work, "base");
    layDown(before, base);
    const root = join(base, rootPath);
    const epoch = String(process.hrtime.bigint());
    const files: string[] = [];
    for (const [stage, parts] of plot.stages.entries()) {
      // All have ended before the folder goes, also when one of them has failed.
      const ends = await Promise.allSettled(
        parts.map((part, index) => {
          const file = join(work, `${stage}-${index}.ndjson`);
          files.push(file);
          return runPart(part, { base, root, file, epoch, by: `p${stage}-${index}`, steps: part.steps, ...(part.kill === undefined ? {} : { kill: part.kill }) });
        }),
      );
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    }
    const { events, damage } = readLog(root);
    if (damage !== undefined) throw new Error(`the recording itself ended in damage: ${damage.problem}`);
    return { plot, before, deeds: mergeRecordings(files), events: events.map((event) => JSON.stringify(event)) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function runPart(part: Part, task: ProgramTask): Promise<void> {
  const program = fileURLToPath(new URL("./program.js", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(task)], { stdio: ["ignore", "ignore", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const end = await new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  clearTimeout(timer);
  if (end !== (part.kill === undefined ? 0 : "SIGKILL")) throw new Error(`${task.by} ended with ${end}: ${errors}`);
}
