/** Allocations by several processes at once, checked for uids given out twice or left out. */
import * as fs from "node:fs";
import { join } from "node:path";
import { cloneRoot } from "../fixtures/clone-root.js";
import { quantile } from "../statistics.js";
import { startWorker, withWorkers } from "./processes.js";
import { argumentsOf, expectEqual, report } from "./program.js";

interface Told {
  readonly uids: readonly number[];
  readonly latencies: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const { way, source, scratch, processes, count, runs } = argumentsOf<{
  readonly way: string;
  readonly source: string;
  readonly scratch: string;
  readonly processes: number;
  /** By each process. */
  readonly count: number;
  /** There already. */
  readonly runs: number;
}>();

const folder = join(scratch, "ledger");
if (way.startsWith("daybook")) cloneRoot(source, folder);
else fs.cpSync(source, folder, { recursive: true });

const warmUp = Math.ceil(count / 2);
const workers = Array.from({ length: processes }, () => startWorker("allocate-worker", { way, source: folder, warmUp, count }));
const told = await withWorkers(workers, async () => {
  for (const worker of workers) await worker.message();
  for (const worker of workers) worker.send("go");
  const all = (await Promise.all(workers.map((worker) => worker.message()))) as Told[];
  await Promise.all(workers.map((worker) => worker.ended()));
  return all;
});

const total = processes * count;
const uids = told.flatMap(({ uids }) => uids).sort((one, other) => one - other);
expectEqual("allocations", uids.length, total + processes * warmUp);
uids.forEach((uid, index) => expectEqual(`uid number ${index + 1}`, uid, runs + index + 1));
const latencies = Float64Array.from(told.flatMap(({ latencies }) => latencies)).sort();
const elapsedMs = Math.max(...told.map(({ end }) => end)) - Math.min(...told.map(({ begin }) => begin));
const times = told.map(({ begin, end }) => end - begin);
report({
  perSecond: (total / elapsedMs) * 1000,
  p50us: quantile(latencies, 0.5) * 1000,
  p99us: quantile(latencies, 0.99) * 1000,
  maxMs: quantile(latencies, 1),
  fairness: Math.min(...times) / Math.max(...times),
});
