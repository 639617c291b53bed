/**
 * Appends batches of events until it is killed, and prints a line for each batch that was acknowledged: first seq, last
 * seq, number. Arguments: root, number of the first batch, durability, segmentBytes.
 */
import { writeSync } from "node:fs";
import { openDaybook } from "../../src/index.js";

const [root = "", start = "0", durability = "fsync", segmentBytes = "65536"] = process.argv.slice(2);
const book = await openDaybook(root, { segmentBytes: Number(segmentBytes), durability: durability === "os" ? "os" : "fsync" });
// Straight to the pipe: what is printed has left the process when it is killed.
writeSync(1, "open\n");
let batch = Number(start);
const appendOne = async (): Promise<void> => {
  batch += 1;
  const number = batch;
  const events = Array.from({ length: 1 + (number % 5) }, (_, index) => ({
    stream: `batch/${number}`,
    type: "batch.written",
    data: { number, index, of: 1 + (number % 5), text: "x".repeat((number * 37) % 400) },
  }));
  const { firstSeq, lastSeq } = await book.log.append(events);
  writeSync(1, `${firstSeq} ${lastSeq} ${number}\n`);
};
for (;;) await Promise.all([appendOne(), appendOne(), appendOne()]);
