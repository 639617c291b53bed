import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { CrashChecker } from "./checker.js";
import type { Entry, Shape } from "./entries.js";
import type { WriterTask } from "./writer.js";

/** How a writer ended. */
export interface WriterEnd {
  readonly task: WriterTask;
  /** `killed`: by its plan or from outside. `done`: its script was over first. `failed`: neither. */
  readonly kind: "killed" | "done" | "failed";
  /** The plan's point was reached. */
  readonly reached: boolean;
  readonly points: Readonly<Record<string, number>>;
  /** Its appends in the order of acknowledgement. */
  readonly entries: readonly Entry[];
  readonly errors: string;
}

/** A writer that hangs is a failure too; far above what any takes. */
const patienceMs = 90_000;

/** Runs a writer to its end and tells the checker what it acknowledged. `killAfterMs`: from outside, counted from its opening. */
export function runWriter(task: WriterTask, checker: CrashChecker, killAfterMs?: number): Promise<WriterEnd> {
  const program = fileURLToPath(new URL("./writer.js", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(task)], { stdio: ["ignore", "pipe", "pipe"] });
  const entries: Entry[] = [];
  let errors = "";
  let said: "done" | "kill" | undefined;
  let points: Record<string, number> = {};
  let timer = setTimeout(() => {
    errors += "it hung";
    child.kill("SIGKILL");
  }, patienceMs);
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const [word, ...rest] = line.split(" ") as [string, ...string[]];
    switch (word) {
      case "open":
        if (killAfterMs === undefined) return;
        clearTimeout(timer);
        timer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
        return;
      case "ack": {
        const [writer = "", number, shape, firstSeq, lastSeq] = rest;
        const entry = { writer, number: Number(number), shape: shape as Shape };
        entries.push(entry);
        checker.acknowledged({ ...entry, firstSeq: Number(firstSeq), lastSeq: Number(lastSeq) });
        return;
      }
      case "uid":
        return checker.allocated(rest[0] ?? "");
      case "points":
        points = JSON.parse(rest.join(" ")) as Record<string, number>;
        return;
      case "kill":
      case "done":
        said = word;
        return;
      default:
        errors += `unknown line: ${line}`;
    }
  });
  const exited = new Promise<NodeJS.Signals | number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal ?? code));
  });
  const read = new Promise<void>((resolve) => lines.once("close", resolve));
  return Promise.all([exited, read]).then(([end]) => {
    clearTimeout(timer);
    const kind = errors !== "" ? "failed" : end === "SIGKILL" ? "killed" : end === 0 && said === "done" ? "done" : "failed";
    return { task, kind, reached: said === "kill" && end === "SIGKILL", points, entries, errors: errors === "" ? `it ended with ${end}` : errors };
  });
}
