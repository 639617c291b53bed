/**
 * Made test/golden/format-1-cared-for, with the engine of its day, as make-golden.ts made its sibling: what a log of format 1 has when it was
 * looked after for a while. A segment that repair has rewritten, lines of the manifest with and without a signature, a gzip and a brotli segment. Argument: the folder to make.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Daybook } from "../../src/daybook.js";
import type { DaybookOptions } from "../../src/daybook-options.js";
import { openDaybook } from "../../src/open-daybook.js";
import { describeKey, generateKeyPair } from "../../src/keys.js";
import { SegmentLog } from "../../src/log/segment-log.js";
import { repairLog, Status } from "../../src/index.js";
import { listedSums, writeExpected } from "./golden-files.js";

const folder = process.argv[2];
if (folder === undefined || existsSync(folder)) throw new Error("name a folder that does not exist yet");
const [broken, root] = [join(folder, "broken"), join(folder, "root")];

let now = Date.parse("2026-11-28T00:30:00.000Z");
const keys = await generateKeyPair();
const options = (participantId: string): DaybookOptions => ({ participantId, segmentBytes: 4096, clock: () => now });

mkdirSync(join(broken, "log"), { recursive: true });
writeFileSync(join(broken, "daybook.json"), '{"daybook":1,"root":"c4a8e1d2-6b3f-4e7a-9d05-1f2e3a4b5c6d","created":"2026-11-28T00:30:00.000Z"}\n');
await write(broken, options("worker-1"), 1, 24);
damageLine(2);
await repairLog(broken, root);
rmSync(broken, { recursive: true });
await write(root, { ...options("worker-2"), signingKey: keys.privateKey }, 25, 50);
await compress();
for (const cache of ["snapshots", "index"]) rmSync(join(root, cache), { recursive: true, force: true });
await writeExpectations(folder);

async function write(into: string, how: DaybookOptions, from: number, to: number): Promise<void> {
  await using book = await openDaybook(into, how);
  for (let number = from; number <= to; number += 1) {
    now += 1000;
    await book.runs.allocate("train", { relpath: number % 2 === 0 ? "mnist" : "", params: { number, name: "größe ✓" } });
    await book.log.append([1, 2].map((part) => ({ stream: `sample/${number % 5}/${part}`, type: "sample.measured", data: { number, part, text: "ä€😀 ".repeat(number % 7) } })), { id: `sample-${number}` });
  }
  await book.runs.log("train", "0001", { relpath: "", status: Status.DONE, note: "läuft ✓" });
  await seal(book);
}

async function seal(book: Daybook): Promise<void> {
  if (book.core.backend instanceof SegmentLog) await book.core.backend.seal();
}

/** A byte of a commit in the middle of a segment becomes another one. */
function damageLine(index: number): void {
  const name = readdirSync(join(broken, "log")).filter((one) => /^\d{20}\.ndjson$/.test(one)).sort()[index] as string;
  const bytes = readFileSync(join(broken, "log", name));
  const at = bytes.indexOf("measured", bytes.length / 2);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(join(broken, "log", name), bytes);
}

/** The oldest by gzip, the one behind it and the rewritten one by brotli. */
async function compress(): Promise<void> {
  await using book = await openDaybook(root, options("worker-2"));
  const { segments } = await book.verify();
  await book.compress({ codec: "gzip", keep: segments - 2 });
  await book.compress({ codec: "brotli", keep: segments - 4 });
}

async function writeExpectations(into: string): Promise<void> {
  await using book = await openDaybook(root, { readOnly: true });
  const expected = await writeExpected(book, into);
  writeFileSync(join(expected, "key.pem.pub"), (await describeKey(keys.privateKey)).publicKey);
  writeFileSync(join(expected, "head.json"), `${JSON.stringify(await book.proof({ signingKey: keys.privateKey }))}\n`);
  writeFileSync(join(into, "SHA256SUMS"), listedSums(into));
}
