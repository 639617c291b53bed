/**
 * Appends events `tick.counted` to a stream of its own, numbered from 1, in appends of one to three events, and prints "open", then
 * "done". Arguments: root, stream, how many events, durability, segmentBytes. It waits for a line on its standard input between the two.
 */
import { once } from "node:events";
import { openDaybook } from "../../src/index.js";

const [root = "", stream = "tick/a", count = "1", durability = "os", segmentBytes = "65536"] = process.argv.slice(2);
const book = await openDaybook(root, { segmentBytes: Number(segmentBytes), durability: durability === "fsync" ? "fsync" : "os" });
console.log("open");
await once(process.stdin, "data");
for (let number = 0; number < Number(count); ) {
  const events = Array.from({ length: Math.min(1 + (number % 3), Number(count) - number) }, () => ({ stream, type: "tick.counted", data: { number: (number += 1) } }));
  await book.log.append(events);
}
console.log("done");
process.stdin.destroy();
await book.close();
