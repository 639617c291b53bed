/**
 * Takes a run up, prints `held ATTEMPT`, and obeys lines from its input: `beat`, `log STATUS`, `end STATUS`, `close`. Answers each with
 * `ok`, what came back, or the code of the error. Arguments: root, identifier, uid, beatWithinMs.
 */
import { createInterface } from "node:readline";
import { isDaybookError, openDaybook } from "../../src/index.js";
import type { RunLease, Status } from "../../src/index.js";

const [root = "", identifier = "train", uid = "0001", beatWithinMs = "60000"] = process.argv.slice(2);
const book = await openDaybook(root, { participantId: "holder" });

try {
  const lease = await book.runs.start(identifier, uid, { beatWithinMs: Number(beatWithinMs) });
  lease.signal.addEventListener("abort", () => console.log("over"));
  console.log(`held ${lease.attempt}`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "close") break;
    console.log(await obey(lease, line).catch(codeOf));
  }
} catch (error) {
  console.log(codeOf(error));
}
await book.close();
process.stdin.destroy();

async function obey(lease: RunLease, line: string): Promise<unknown> {
  const [verb, status] = line.split(" ") as [string, Status | undefined];
  if (verb === "beat") return lease.beat();
  if (verb === "log") await book.runs.log(identifier, uid, status === undefined ? { note: "still here" } : { status });
  else await lease.end(status === undefined ? {} : { status });
  return "ok";
}

function codeOf(error: unknown): string {
  return isDaybookError(error) ? error.code : String(error);
}
