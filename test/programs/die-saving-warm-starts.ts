/**
 * Saves a fit's iterates in its slot, which needs the oldest entry's room, and its result, then evicts to a smaller budget, and is killed at the n-th call that changes
 * something on the disk; prints `done WHAT` for each call that was acknowledged. With n = 0 it is not killed, and prints `called NAME` for each of them. Arguments: root, n.
 */
import { writeSync } from "node:fs";
import { openDaybook } from "../../src/index.js";
import { Fingerprint, WarmStartSession, WarmStartStore } from "../../src/warm-starts.js";
import { onChangingCalls } from "../support/changing-calls.js";
import { dyingBudget, dyingKey, dyingLastBudget, dyingPayload } from "../support/warm-start-payloads.js";

const [root = "", at = "0"] = process.argv.slice(2);
let calls = 0;
let armed = false;
onChangingCalls((name) => {
  if (!armed) return;
  calls += 1;
  if (calls === Number(at)) process.kill(process.pid, "SIGKILL");
  if (at === "0") writeSync(1, `called ${name}\n`);
});
const book = await openDaybook(root, { participantId: "fitter" });
const onError = (error: Error): void => {
  console.error(error.message);
};
const store = await WarmStartStore.open(book, { sizeBudgetBytes: dyingBudget, onError });
const smaller = await WarmStartStore.open(book, { sizeBudgetBytes: dyingLastBudget, onError });
const session = WarmStartSession.open(store, Fingerprint.fromHex(dyingKey));
armed = true;
for (const objective of [5, 3]) if (await session.checkpoint(dyingPayload(objective), objective, 10 - objective)) writeSync(1, `done ${objective}\n`);
if (await session.finalize(dyingPayload(2), 2, 8)) writeSync(1, "done 2\n");
if ((await smaller.evict()).evicted.length > 0) writeSync(1, "done evicting\n");
armed = false;
await smaller.close();
await store.close();
await book.close();
