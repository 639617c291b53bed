/** One operation on a log of some size: how fast it is, or how many system calls and bytes it takes. */
import { join } from "node:path";
import { openDaybookOn } from "../../src/open-daybook.js";
import type { Daybook } from "../../src/index.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import { eventsBetween } from "../events.js";
import { cloneRoot } from "../fixtures/clone-root.js";
import { schemas } from "../schemas.js";
import { countingFiles } from "./counting-files.js";
import { byManyCallers, argumentsOf, oneAfterAnother, report, wayOf } from "./program.js";

const { way, source, scratch, count, counting, run } = argumentsOf<{
  readonly way: string;
  readonly source: string;
  readonly scratch: string;
  readonly count: number;
  /** Count the calls, and time nothing. */
  readonly counting: boolean;
  /** A run that is there. */
  readonly run: string;
}>();

const { files, counts } = countingFiles(nodeFileSystem);
const root = cloneRoot(source, join(scratch, "book"));
const warmUp = Math.ceil(count / 5);
const events = eventsBetween(0, 1000, { perRun: 100, noun: "trial" });
const eventFor = (index: number) => events[index % events.length] as (typeof events)[number];

async function open(durability: "fsync" | "os" = "fsync"): Promise<Daybook> {
  const book = await openDaybookOn({ files: counting ? files : nodeFileSystem }, root, { participantId: "bench", durability });
  for (const [type, schema] of Object.entries(schemas)) book.registerEvent(type, { schema });
  return book;
}

/** Operations on an open book, and how many callers there are for them. */
const operations: Readonly<Record<string, { readonly callers: number; readonly durability: "fsync" | "os"; readonly once: (book: Daybook, index: number) => Promise<unknown> }>> = {
  "append-fsync": { callers: 1, durability: "fsync", once: (book, index) => book.log.append(eventFor(index)) },
  "append-os": { callers: 1, durability: "os", once: (book, index) => book.log.append(eventFor(index)) },
  "append-grouped": { callers: 64, durability: "fsync", once: (book, index) => book.log.append(eventFor(index)) },
  allocate: { callers: 1, durability: "os", once: (book) => book.runs.allocate("train") },
  record: { callers: 1, durability: "os", once: (book) => book.runs.getRecord("train", run) },
};

const { callers, durability, once } = wayOf(operations, way);
const book = await open(durability);
const work = (times: number, from: number) => {
  const operation = (index: number): Promise<unknown> => once(book, from + index);
  return callers === 1 ? oneAfterAnother(times, operation) : byManyCallers(times, callers, operation);
};
await work(warmUp, 0);
const before = { ...counts };
const { perSecond = NaN, p50us = NaN } = await work(count, warmUp);
const per = (key: keyof typeof counts): number => (counts[key] - before[key]) / count;
if (counting) report({ calls: per("calls"), bytesWritten: per("bytesWritten"), bytesRead: per("bytesRead") });
else report({ perSecond, p50us });
await book.close();
