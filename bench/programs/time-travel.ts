/** Questions about the past of a log, each in a fresh process, beside a replay of all of it: from before the first import to the answer. */
import * as fs from "node:fs";
import type { openDaybook as OpenDaybook, Daybook } from "../../src/index.js";
import { argumentsOf, expectEqual, peakResidentMb, report, wayOf } from "./program.js";

const { way, source, count, runs, perRun, questions } = argumentsOf<{
  readonly way: string;
  readonly source: string;
  readonly count: number;
  readonly runs: number;
  readonly perRun: number;
  /** How many are asked in one process; each about another moment, or another run. */
  readonly questions: number;
}>();

/** What users import: the published bundle, beside which the types of its sources stand. */
const published: string = "../../bundle/src/index.js";
/** Bytes that this process has read by system calls, from the page cache or not. */
const bytesRead = (): number => Number(/rchar: (\d+)/.exec(fs.readFileSync("/proc/self/io", "latin1"))?.[1]);
/** From 0 up to, not including, `below`. */
const random = (below: number): number => Math.floor(Math.random() * below);
const uidOf = (run: number): string => String(run).padStart(4, "0");

const ways: Readonly<Record<string, (book: Daybook) => Promise<void>>> = {
  async replay(book) {
    const { seq } = await book.rebuild({ check: true, projections: ["runs"], parallel: 1 });
    expectEqual("seq", seq, count);
  },
  async "show-at"(book) {
    const past = await book.at(1 + random(count));
    // Of a run that was there by then: they come in the order of their numbers.
    const known = Math.max(1, Math.floor(((await past.log.head()).seq / count) * runs) - 8);
    const uid = uidOf(1 + random(known));
    expectEqual("uid", (await past.runs.getRecord("train", uid))?.uid, uid);
    await past.close();
  },
  async history(book) {
    let events = 0;
    for await (const event of book.history({ run: `train/${uidOf(1 + random(runs - 8))}` })) events += Number(event.seq > 0);
    // Allocation, two statuses, metrics: what else the workload has belongs to other streams.
    expectEqual("events are as many as a run has", events > 3 && events < perRun, true);
  },
  async diff(book) {
    const seq = 1 + random(count - 1);
    const patch = await book.diff(seq, seq + 1);
    expectEqual("a patch", Array.isArray(patch), true);
  },
  async "runs-at"(book) {
    const past = await book.at(1 + random(count));
    const [first] = await past.runs.list({ limit: 1 });
    expectEqual("uid", first?.uid, "0001");
    await past.close();
  },
};

const begin = performance.now();
const { openDaybook } = (await import(published)) as { readonly openDaybook: typeof OpenDaybook };
const book = await openDaybook(source, { participantId: "bench", readOnly: true });
const opened = performance.now() - begin;
const readBefore = bytesRead();
const ask = wayOf(ways, way);
const asked = performance.now();
const times: number[] = [];
for (let question = 0; question < questions; question += 1) {
  const before = performance.now();
  await ask(book);
  times.push(performance.now() - before);
}
const each = (performance.now() - asked) / questions;
const kilobytes = (bytesRead() - readBefore) / questions / 1000;
const peakMb = peakResidentMb();
await book.close();
report({ answerMs: opened + each, eachMs: each, worstMs: opened + Math.max(...times), firstMs: opened + (times[0] ?? NaN), kilobytes, peakMb });
