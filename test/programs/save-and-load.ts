/**
 * Saves checkpoints and loads the newest in between, while others do the same: the same steps of the same hash, every few rounds under another configuration. Prints `saved
 * HASH STEP BYTE` for what was acknowledged; whatever goes wrong ends it. Arguments: root, name, rounds.
 */
import { CheckpointManager } from "../../src/checkpoints.js";
import { openDaybook } from "../../src/index.js";

const [root = "", name = "", rounds = "10"] = process.argv.slice(2);
const book = await openDaybook(root, { participantId: name });
const manager = await CheckpointManager.open(book);
console.log("ready");
await new Promise<void>((resolve) => process.stdin.once("data", () => resolve()));
for (let round = 0; round < Number(rounds); round += 1) {
  const [hash] = await manager.updateExperimentHash({ config: { lr: 1 + Math.floor(round / 4) } });
  const byte = (round * 2 + (name === "a" ? 0 : 1)) % 251;
  await manager.saveModelCheckpoint({ weights: new Uint8Array(50_000).fill(byte), step: round % 4, metadata: { by: name } });
  console.log(`saved ${hash} ${round % 4} ${byte}`);
  const loaded = await manager.loadLatestCheckpoint();
  if (loaded?.hash !== hash || manager.currentHash !== hash) throw new Error(`${manager.currentHash} has loaded ${loaded?.hash}, not its own ${hash}`);
  const other = (await manager.listExperimentHashes())[0];
  const first = await manager.loadCheckpoint({ hash: other ?? hash, step: 0, nearest: true, apply: false });
  if (first.weights?.bytes.every((one, _, all) => one === all[0]) !== true) throw new Error("what was loaded is of no single save");
}
await manager.close();
await book.close();
console.log("ended");
process.stdin.destroy();
