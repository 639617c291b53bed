/** 1,000 beats a second: 100 leases in one process, or spread over some. */
import { join } from "node:path";
import { quantile } from "../statistics.js";
import { openBook } from "./book.js";
import { startWorker, withWorkers } from "./processes.js";
import { argumentsOf, expectEqual, report } from "./program.js";

interface Told {
  readonly beats: number;
  readonly seconds: number;
  readonly lost: number;
  readonly latencies: readonly number[];
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

const { scratch, processes, leases, beatsPerSecond, seconds } = argumentsOf<{
  readonly scratch: string;
  readonly processes: number;
  readonly leases: number;
  readonly beatsPerSecond: number;
  readonly seconds: number;
}>();

const root = join(scratch, "book");
const book = await openBook(root, { durability: "os" }, false);
for (let index = 0; index < leases; index += 1) await book.runs.allocate("train");
await book.close();

const each = leases / processes;
const workers = Array.from({ length: processes }, (_, index) => startWorker("beats-worker", { root, first: 1 + index * each, leases: each, beatsPerSecond, seconds }));
const told = await withWorkers(workers, async () => {
  for (const worker of workers) await worker.message();
  for (const worker of workers) worker.send("go");
  const all = (await Promise.all(workers.map((worker) => worker.message()))) as Told[];
  await Promise.all(workers.map((worker) => worker.ended()));
  return all;
});

const looked = await openBook(root, { readOnly: true }, false);
let recorded = 0;
for await (const event of looked.log.read({ types: ["run.heartbeat-recorded"] })) recorded += event.seq > 0 ? 1 : 0;
await looked.close();
const latencies = Float64Array.from(told.flatMap(({ latencies }) => latencies)).sort();
expectEqual("beats lost", told.reduce((sum, { lost }) => sum + lost, 0), 0);
expectEqual("beats in the log", recorded, latencies.length);
report({
  perSecond: told.reduce((sum, { beats }) => sum + beats / seconds, 0),
  loopDelayP99Ms: Math.max(...told.map(({ delayP99Ms }) => delayP99Ms)),
  loopDelayMaxMs: Math.max(...told.map(({ delayMaxMs }) => delayMaxMs)),
  beatP50us: quantile(latencies, 0.5) * 1000,
  beatP99us: quantile(latencies, 0.99) * 1000,
});
