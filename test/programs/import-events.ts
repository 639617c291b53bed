/**
 * Imports a file of events and prints, each in a line, "open", how many events it has looked at after each part, and "done REPORT". Of a number
 * instead of a file it makes so many events itself, each of so many bytes, and prints the largest size of its memory in KiB at the end.
 * Arguments: root, file or number, bytes of an event.
 */
import { writeSync } from "node:fs";
import { openDaybook } from "../../src/index.js";

const [root = "", source = "", bytes = "0"] = process.argv.slice(2);
const book = await openDaybook(root, { participantId: "importer", segmentBytes: 1024 * 1024 });
writeSync(1, "open\n");
const report = await book.import(/^\d+$/.test(source) ? made(Number(source), Number(bytes)) : source, { onProgress: ({ events }) => void writeSync(1, `${events}\n`) });
await book.close();
writeSync(1, `done ${JSON.stringify({ ...report, maxRss: process.resourceUsage().maxRSS })}\n`);

function* made(count: number, size: number): Generator<string> {
  const text = "x".repeat(size);
  for (let seq = 1; seq <= count; seq += 1) {
    yield `${JSON.stringify({ seq, time: "2026-11-21T23:04:05.123Z", stream: `sample/${seq % 50}`, type: "sample.measured", v: 1, data: { seq, text }, by: "w", root: "3f0c" })}\n`;
  }
}
