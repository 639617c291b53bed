/**
 * Opens a root whose files may be far too long, does everything with it, and prints what came of each step and the most memory that this process
 * has used. Arguments: root, "read-only" or "writing".
 */
import { isDaybookError, openDaybook } from "../../../src/index.js";
import type { Daybook } from "../../../src/index.js";

const [root = "", mode = "read-only"] = process.argv.slice(2);
const outcomes: Record<string, string> = {};

async function step(name: string, work: () => Promise<string>): Promise<void> {
  try {
    outcomes[name] = await work();
  } catch (error) {
    outcomes[name] = isDaybookError(error) ? error.code : `untyped: ${String(error)}`;
  }
}

let book: Daybook | undefined;
await step("open", async () => {
  book = await openDaybook(root, { readOnly: mode === "read-only", participantId: "long" });
  return book.damage === undefined ? "ok" : "damaged";
});
const open = book;
if (open !== undefined) {
  await step("read", async () => {
    let events = 0;
    for await (const event of open.log.read()) events += event.seq > 0 ? 1 : 0;
    return `${events} events`;
  });
  await step("view", async () => `${Object.keys((await open.view("runs")) as object).length} runs`);
  await step("verify", async () => ((await open.verify({ full: true })).ok ? "ok" : "faults"));
  if (mode !== "read-only") await step("append", async () => `seq ${(await open.log.append({ stream: "note/1", type: "note.taken", data: {} })).lastSeq}`);
  await step("close", () => open.close().then(() => "ok"));
}
console.log(JSON.stringify({ outcomes, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
