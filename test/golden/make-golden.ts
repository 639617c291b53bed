/**
 * Made test/golden/format-1, with the engine of its day: so that one can see how. It writes to a new folder and never over an old
 * one: a golden log is not written again, later formats get golden logs of their own. Argument: the folder to make.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDaybook } from "../../src/open-daybook.js";
import type { Daybook } from "../../src/daybook.js";
import { decideBeat, decideEnd, decideStart } from "../../src/ledgers/runs/decide-runs.js";
import type { ProcessIdentity } from "../../src/ledgers/runs/process-identity.js";
import type { AppendEvent } from "../../src/log/port.js";
import { SegmentLog } from "../../src/log/segment-log.js";
import type { RunRow } from "../../src/projections/views/run-row.js";
import { runsProjection } from "../../src/projections/views/runs.js";
import { Status } from "../../src/index.js";
import { listedSums, writeExpected } from "./golden-files.js";

const folder = process.argv[2];
if (folder === undefined || existsSync(folder)) throw new Error("name a folder that does not exist yet");
const root = join(folder, "root");
const segmentBytes = 4096;

/** Every step has its own moment. */
let now = Date.parse("2026-11-21T23:04:05.000Z");
const clock = (): number => now;
const later = (ms: number): void => void (now += ms);

/** What a real attempt records of this machine has no place in a log that all machines read. */
const holder = (pid: number): ProcessIdentity => ({ host: "node7", boot: "5d0a1f0e-0f5c-4f0c-9d50-6f2f4f1f9b11", pidNamespace: "pid:[4026531836]", pid, processStart: "8123456" });

mkdirSync(join(root, "log"), { recursive: true });
// A creation that was interrupted here: the first opening goes on with this root id.
writeFileSync(join(root, "daybook.json"), '{"daybook":1,"root":"7d1e5c30-9a42-4f6b-8c1d-2e3f4a5b6c7d","created":"2026-11-21T23:04:05.000Z"}\n');
await firstDay();
tearTail();
await secondDay();
rmSync(join(root, "snapshots"), { recursive: true, force: true });
await writeExpectations(folder);

async function firstDay(): Promise<void> {
  const book = await openDaybook(root, { participantId: "worker-1", segmentBytes, clock });
  await book.runs.allocate("train", { params: { lr: 0.1, layers: [64, 32], "größe": "klein", nested: { "ключ": [null, true, -0.5] } } });
  later(1250);
  await book.runs.allocate("train", { relpath: "mnist/cnn", paramHash: 42, status: Status.PENDING });
  await book.runs.findOrAllocate("train", { params: { layers: [64, 32], lr: 0.1, nested: { "ключ": [null, true, -0.5] }, "größe": "klein" } });
  const { uid } = (await book.runs.findOrAllocate("eval", { relpath: "mnist/cnn", params: { beam: 4 } }));
  later(10_000);
  await start(book, "run/train/0001", 4711);
  for (const step of [1, 2, 3]) {
    later(2000);
    await book.runs.log("train", "0001", { relpath: "", metrics: { loss: 1 / step, "genauigkeit ✓": 1 - 0.5 ** step, big: 1e21, tiny: 5e-324, best: step === 3, note: null }, step });
  }
  await decided(book, (row) => [decideBeat(row, 1, 90_000)], "run/train/0001");
  await book.runs.log("train", "0001", { relpath: "", files: { model: "model.json", "plot – größer": "plots/ü.png" }, note: "läuft ✓ 🌱\u2028zweite Zeile", tags: ["baseline", "ночь", "baseline"] });
  later(3000);
  await decided(book, (row) => [decideEnd(row, 1, { exitCode: 0 })], "run/train/0001");
  await book.runs.log("train", "0001", { relpath: "", status: Status.DONE, metrics: { accuracy: 0.97 } });
  await start(book, `run/eval/mnist/cnn/${uid}`, 4712);
  const failed = Object.assign(new RangeError("loss is NaN\nin epoch 3"), { stack: "RangeError: loss is NaN\n    at train (train.js:12:7)", code: "E_NAN" });
  await book.runs.log("eval", uid, { error: failed, status: Status.ERROR });
  later(500);
  await measured(book);
  await book.close();
}

/** Events of an application: schema versions, ids, causes, moments of their own, and a second handle whose clock is behind. */
async function measured(book: Daybook): Promise<void> {
  await book.log.append({ stream: "sample/7", type: "sample.measured", data: { celsius: 21.5, at: "Zürich", series: [0, 0.1, 1e-7, 123456789012] } });
  const three = [1, 2, 3].map((part) => ({ stream: `sample/7/${part}`, type: "sample.measured", data: { part, text: "\u0001\t\"\\ \u007f \u{1f600}" } }));
  await book.log.append(three, { id: "import-7" });
  await book.log.append(three, { id: "import-7" });
  later(60_000);
  await append(book, [
    { stream: "sample/7", type: "sample.judged", v: 3, data: {}, cause: 12 },
    { stream: "sample/7", type: "sample.judged", v: 3, data: { good: true }, cause: "command-9", at: "2019-03-04T05:06:07.008Z", id: "judge-7" },
    { stream: "order-8", type: "placed", v: 1, data: { "": "empty key", constructor: 1 } },
  ]);
  const late = await openDaybook(root, { participantId: "worker-2", clock: () => now - 5000 });
  await late.log.append({ stream: "sample/8", type: "sample.measured", data: { celsius: -3 } });
  await late.log.append({ stream: "sample/8", type: "sample.measured", data: { celsius: -4 } }, { durability: "os", expect: { stream: "sample/8", seq: (await late.log.head()).seq } });
  await late.close();
}

/** A writer is killed in the middle of a commit. */
function tearTail(): void {
  const log = join(root, "log");
  const active = readdirSync(log).filter((name) => name.endsWith(".ndjson") && name !== "manifest.ndjson").sort().at(-1) as string;
  const seq = Number(/\{"seq":([0-9]+),[^\n]*\n$/.exec(readFileSync(join(log, active), "utf8"))?.[1]) + 1;
  const line = `{"seq":${seq},"time":"2026-11-21T23:05:30.000Z","stream":"sample/9","type":"sample.measured","v":1,"data":{"celsius":0},"by":"worker-3"}\n`;
  appendFileSync(join(log, active), `${line}${line.replace(String(seq), String(seq + 1)).slice(0, 57)}`);
}

async function secondDay(): Promise<void> {
  later(3_600_000);
  const book = await openDaybook(root, { participantId: "worker-2", segmentBytes, clock });
  await book.log.append({ stream: "sample/9", type: "sample.measured", data: { celsius: 1 } });
  await start(book, "run/train/0001", 4811, ["node", "train.js", "--größe"]);
  await decided(book, (row) => [decideEnd(row, 2, { signal: "SIGTERM" })], "run/train/0001");
  for (let number = 1; number <= 24; number += 1) {
    later(100);
    const events = Array.from({ length: 1 + (number % 3) }, (_, part) => ({ stream: `batch/${number}`, type: "batch.written", data: { number, part, text: "ä€😀 ".repeat(number % 7) } }));
    await book.log.append(events, number % 4 === 0 ? { id: `batch-${number}` } : {});
  }
  // In the last segment, which has to have a commit and is not sealed.
  await book.runs.allocate("train");
  const { backend } = book.core;
  if (backend instanceof SegmentLog) await backend.seal();
  await book.close();
}

async function start(book: Daybook, stream: string, pid: number, command?: readonly string[]): Promise<void> {
  const attempt = { beatWithinMs: 60_000, ...(command === undefined ? {} : { command, cwd: "/home/märta" }) };
  await decided(book, (row) => decideStart(row, holder(pid), attempt, { nowMs: now, sees: () => "gone" }).events, stream);
}

/** What the ledger would append, decided by its own rules. */
async function decided(book: Daybook, decide: (row: RunRow) => readonly (AppendEvent | undefined)[], stream: string): Promise<void> {
  await book.core.engine.transact([runsProjection], book.log.context, ({ runs }) => {
    const events = decide(runs.get(stream) as RunRow).filter((event) => event !== undefined);
    return { events, result: undefined };
  });
}

async function append(book: Daybook, events: readonly AppendEvent[]): Promise<void> {
  await book.core.backend.append(events, book.log.context);
}

async function writeExpectations(into: string): Promise<void> {
  await using book = await openDaybook(root, { readOnly: true });
  await writeExpected(book, into);
  writeFileSync(join(into, "SHA256SUMS"), listedSums(into));
}
