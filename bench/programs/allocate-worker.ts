/** Allocates uids as one of several processes: says when it is ready, waits for the word, tells what it got. */
import { join } from "node:path";
import { openAllocator } from "./allocator.js";
import { argumentsOf } from "./program.js";

const { way, source, warmUp, count } = argumentsOf<{ readonly way: string; readonly source: string; readonly warmUp: number; readonly count: number }>();
const allocator = await openAllocator(way, join(source));
// What runs for hours is compared as it runs after its first seconds; that goes for all of them.
const uids: number[] = [];
for (let index = 0; index < warmUp; index += 1) uids.push(await allocator.allocate());
// Nobody is left to tell.
process.once("disconnect", () => process.exit());
process.send?.("ready");
process.once("message", () => void work());

async function work(): Promise<void> {
  const latencies: number[] = [];
  const begin = Number(process.hrtime.bigint()) / 1e6;
  for (let index = 0; index < count; index += 1) {
    const before = performance.now();
    uids.push(await allocator.allocate());
    latencies.push(performance.now() - before);
  }
  const end = Number(process.hrtime.bigint()) / 1e6;
  await allocator.close();
  process.send?.({ uids, latencies, begin, end });
  process.disconnect();
}
