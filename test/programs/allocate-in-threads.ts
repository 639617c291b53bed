/** Worker threads that come and go, a few at a time, beside the main thread; each allocates uids. Arguments: root, rounds, threads in each. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { openDaybook } from "../../src/index.js";

const [root = "", rounds = "1", threads = "3"] = process.argv.slice(2);
const allocating = fileURLToPath(new URL("allocate.js", import.meta.url));
const book = await openDaybook(root, { lockTimeoutMs: 60_000 });
for (let round = 0; round < Number(rounds); round += 1) {
  const workers = Array.from({ length: Number(threads) }, () => new Worker(allocating, { argv: [root, "train", "2"], stdout: true }));
  const ends = await Promise.all([...workers.map(async (worker) => Number((await once(worker, "exit"))[0])), book.runs.allocate("train").then(() => 0)]);
  console.log(ends.join(" "));
}
await book.close();
