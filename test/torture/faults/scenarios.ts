import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDaybookOn } from "../../../src/open-daybook.js";
import type { Daybook } from "../../../src/daybook.js";
import type { DaybookOptions } from "../../../src/daybook-options.js";
import type { DaybookSystem } from "../../../src/engine-core.js";
import type { SegmentLog } from "../../../src/log/segment-log.js";
import { defineProjection } from "../../../src/projections/projection.js";
import { unsyncedFiles } from "../data/unsynced.js";
import type { Session } from "./session.js";

/** One kind of work: what there is before, and what is done under faults. */
export interface Scenario {
  readonly name: string;
  readonly options?: DaybookOptions;
  /** Makes what is there before, on a disk without faults. */
  prepare(root: string): Promise<void>;
  /** After each step, `between` runs: another process may append there. */
  work(session: Session, book: Daybook, between: () => Promise<void>): Promise<void>;
}

export const real: DaybookSystem = { files: unsyncedFiles };

const counter = defineProjection({ name: "counter", version: 1, types: ["note.taken"], initialState: 0, evolve: (count) => count + 1 });

const note = (mark: number, more: object = {}): { stream: string; type: string; data: object } => ({ stream: `note/${mark}`, type: "note.taken", data: { mark, ...more } });

async function appends(session: Session, { log }: Daybook, between: () => Promise<void>): Promise<void> {
  await session.append("append", 1, (mark) => log.append(note(mark)));
  await between();
  await Promise.all([1, 2, 3].map((events) => session.append("group", events, (mark) => log.append(Array.from({ length: events }, () => note(mark))))));
  await between();
  await session.append("append without a sync", 1, (mark) => log.append(note(mark), { durability: "os" }));
  await session.append("append with an id", 2, (mark) => log.append([note(mark), note(mark)], { id: `id-${mark}` }));
  const { lastMark } = session;
  await between();
  await session.again("the same again", lastMark, 2, (mark) => log.append([note(mark), note(mark)], { id: `id-${mark}` }));
  await session.append("append that expects", 1, (mark) => log.append(note(mark), { expect: { stream: `note/${mark}`, seq: 0 } }));
}

async function decisions(session: Session, book: Daybook, between: () => Promise<void>): Promise<void> {
  await session.append("transact", 1, (mark) => book.transact([counter], ({ counter: count }) => ({ events: [note(mark, { count })], result: count })));
  await between();
  await Promise.all([1, 2].map(() => session.append("transact", 1, (mark) => book.transact(["counter"], () => [note(mark)]))));
  await session.ask("view", () => book.view("counter"));
}

async function runCalls(session: Session, { runs }: Daybook, between: () => Promise<void>): Promise<void> {
  const uid = await session.append("allocate", 1, (mark) => runs.allocate("train", { params: { mark } }));
  await between();
  await session.append("findOrAllocate", 1, (mark) => runs.findOrAllocate("train", { params: { mark } }));
  const lease = uid === undefined ? undefined : await session.ask("start", () => runs.start("train", uid));
  if (lease !== undefined) {
    await between();
    await session.append("log", 1, (mark) => lease.log({ note: `mark ${mark}`, metrics: { loss: 1 } }));
    await session.ask("beat", () => lease.beat());
    await session.append("end", 1, (mark) => lease.end({ status: "DONE", note: `mark ${mark}` }));
  }
  await session.ask("list", () => runs.list());
}

async function looks(session: Session, book: Daybook): Promise<void> {
  await session.ask("head", () => book.log.head());
  await session.ask("read", async () => {
    for await (const event of book.log.read()) void event;
  });
  await session.ask("read from the middle", async () => {
    for await (const event of book.log.read({ from: 4, to: 6 })) void event;
  });
  await session.ask("view", () => book.view("runs"));
  await session.ask("verify", () => book.verify());
  await session.ask("verify in full", () => book.verify({ full: true }));
  await session.ask("rebuild --check", () => book.rebuild({ check: true }));
  if (!book.readOnly) await session.ask("rebuild", () => book.rebuild());
}

/** A log of several segments, with runs, and notes whose marks nobody else has. */
async function someLog(root: string): Promise<void> {
  const book = await openDaybookOn(real, root, { participantId: "before", segmentBytes: 4096 });
  for (let mark = 900_001; mark < 900_013; mark += 1) await book.log.append(note(mark, { text: "x".repeat(600) }));
  await book.runs.allocate("train", { params: { before: true } });
  await (book.core.backend as SegmentLog).seal();
  await book.close();
}

const nothing = (): Promise<void> => Promise.resolve();

function tearTail(root: string): void {
  const segments = readdirSync(join(root, "log")).filter((name) => name.endsWith(".ndjson") && name.startsWith("0"));
  const last = join(root, "log", segments.sort().at(-1) as string);
  const bytes = readFileSync(last);
  truncateSync(last, bytes.length - 5);
  appendFileSync(last, Buffer.alloc(300, "torn "));
}

async function rotations(session: Session, book: Daybook, between: () => Promise<void>): Promise<void> {
  for (let count = 0; count < 5; count += 1) {
    await session.append("append with rotation", 1, (mark) => book.log.append(note(mark, { text: "x".repeat(2500) })));
    await between();
  }
  // In the background, where a failure shows in the next check alone.
  await (book.core.backend as SegmentLog).seal().catch(() => undefined);
}

/** Every operation of a log. */
export const scenarios: readonly Scenario[] = [
  { name: "a new root", prepare: nothing, work: appends },
  { name: "an existing log", prepare: someLog, work: (session, book, between) => appends(session, book, between).then(() => looks(session, book)) },
  { name: "decisions", prepare: someLog, work: decisions },
  { name: "runs", prepare: someLog, work: runCalls },
  { name: "rotation and sealing", options: { segmentBytes: 4096 }, prepare: nothing, work: rotations },
  {
    name: "a torn tail",
    prepare: async (root) => {
      await someLog(root);
      tearTail(root);
    },
    work: async (session, book, between) => {
      await session.append("append over a torn tail", 1, (mark) => book.log.append(note(mark)));
      await between();
      await session.append("append", 1, (mark) => book.log.append(note(mark)));
    },
  },
  {
    name: "a mark of a failed sync",
    prepare: async (root) => {
      await someLog(root);
      writeFileSync(join(root, "log", "failed"), "");
    },
    work: (session, book) => session.append("append", 1, (mark) => book.log.append(note(mark))).then(nothing),
  },
  {
    name: "read-only",
    options: { readOnly: true },
    prepare: async (root) => {
      await someLog(root);
      tearTail(root);
    },
    work: looks,
  },
  {
    name: "snapshots",
    prepare: async (root) => {
      await someLog(root);
      const book = await openDaybookOn(real, root);
      await book.log.append(Array.from({ length: 600 }, (_, index) => ({ stream: `point/${index}`, type: "point.set", data: {} })));
      await book.view("runs");
      await book.close();
      mkdirSync(join(root, "snapshots", "runs"), { recursive: true });
    },
    work: async (session, book) => {
      await session.ask("view from a snapshot", () => book.view("runs"));
      await session.append("append", 1, (mark) => book.log.append(note(mark)));
      // Enough for snapshots to be saved when it closes.
      await session.append("many", 550, (mark) => book.log.append(Array.from({ length: 550 }, () => note(mark))));
      await session.ask("view", () => book.view("runs"));
    },
  },
];
