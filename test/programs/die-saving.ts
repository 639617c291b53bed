/**
 * Changes configuration and data, and saves a checkpoint with an optimizer's state, and is killed at the n-th call that changes something on the disk; prints `saved PATH` where the save was acknowledged. With n = 0
 * it is not killed, and prints `called NAME` for each of them. Arguments: root, n.
 */
import { writeSync } from "node:fs";
import { CheckpointManager } from "../../src/checkpoints.js";
import type { OptimizerAdapter } from "../../src/checkpoints.js";
import { openDaybook } from "../../src/index.js";
import { onChangingCalls } from "../support/changing-calls.js";

const [root = "", at = "0"] = process.argv.slice(2);
let calls = 0;
let armed = false;
onChangingCalls((name) => {
  if (!armed) return;
  calls += 1;
  if (calls === Number(at)) process.kill(process.pid, "SIGKILL");
  if (at === "0") writeSync(1, `called ${name}\n`);
});
const book = await openDaybook(root, { participantId: "trainer" });
const momentum: OptimizerAdapter = {
  name: "momentum",
  accepts: () => true,
  tensors: () => Promise.resolve(new Map([["momentum", { dtype: "F32", shape: [2], data: new Float32Array([1, 2]) }]])),
  prepareRestore: () => Promise.resolve(() => undefined),
};
const manager = await CheckpointManager.open(book, { optimizerAdapters: [momentum] });
armed = true;
await manager.updateExperimentHash({ config: { lr: 2, notes: "x".repeat(40_000) }, dataState: { uids: ["s1", "s2"], discarded: ["s2"] } });
const saved = await manager.saveModelCheckpoint({ weights: new Uint8Array(100_000).fill(20), optimizer: {}, step: 20, metadata: { loss: 0.25 } });
writeSync(1, `saved ${saved}\n`);
armed = false;
await manager.close();
await book.close();
