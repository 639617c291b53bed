/** Holds some runs, and beats for each of them ten times a second, on time, for as long as it is told. */
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { openBook } from "./book.js";
import { argumentsOf } from "./program.js";

const { root, first, leases: wanted, beatsPerSecond, seconds } = argumentsOf<{
  readonly root: string;
  readonly first: number;
  readonly leases: number;
  readonly beatsPerSecond: number;
  readonly seconds: number;
}>();

const book = await openBook(root, {}, false);
// The leases' own timers stay quiet: a beat is promised once a minute, and comes from here.
const leases = await Promise.all(Array.from({ length: wanted }, (_, index) => book.runs.start("train", String(first + index).padStart(4, "0"), { beatWithinMs: 60_000 })));
// Nobody is left to tell.
process.once("disconnect", () => process.exit());
process.send?.("ready");
await once(process, "message");

const intervalMs = 1000 / beatsPerSecond;
const delay = monitorEventLoopDelay({ resolution: 1 });
const latencies: number[] = [];
const underWay = new Set<Promise<void>>();
let lost = 0;
const begin = performance.now();
// Not all at once: over the interval, as processes that began at different times.
const due = leases.map((_, index) => begin + (intervalMs * index) / leases.length);
delay.enable();
for (let now = begin; now < begin + seconds * 1000; now = performance.now()) {
  leases.forEach((lease, index) => {
    const at = due[index] as number;
    if (at > now) return;
    due[index] = at + intervalMs;
    const beating = lease.beat().then((held) => {
      latencies.push(performance.now() - at);
      if (!held) lost += 1;
      underWay.delete(beating);
    });
    underWay.add(beating);
  });
  await pause(1);
}
delay.disable();
const inTime = latencies.length;
await Promise.all(underWay);
process.send?.({ beats: inTime, seconds: (performance.now() - begin) / 1000, lost, latencies, delayP99Ms: delay.percentile(99) / 1e6, delayMaxMs: delay.max / 1e6 });
await Promise.all(leases.map((lease) => lease.end()));
await book.close();
process.disconnect();
