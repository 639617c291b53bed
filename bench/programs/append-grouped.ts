/** Durable appends of one event each by many callers in one process, each of whom waits for its own. */
import { join } from "node:path";
import { eventsBetween } from "../events.js";
import type { BenchEvent } from "../events.js";
import { loadLevel } from "../peers.js";
import { openSqliteLog } from "../sqlite-log.js";
import { openBook } from "./book.js";
import { argumentsOf, byManyCallers, expectEqual, report, wayOf } from "./program.js";

interface Way {
  append(event: BenchEvent): Promise<unknown>;
  close(): Promise<number> | number;
}

interface Waiting {
  readonly event: BenchEvent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const { way, callers, count, scratch } = argumentsOf<{ readonly way: string; readonly callers: number; readonly count: number; readonly scratch: string }>();

/** What a careful user of a database writes: collect, commit all of them at once, tell all of them. */
function grouping(commit: (events: readonly BenchEvent[]) => void | Promise<void>): (event: BenchEvent) => Promise<void> {
  let waiting: Waiting[] = [];
  let committing = false;
  const commitAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await commit(batch.map(({ event }) => event));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      // The callers come again before the next commit begins.
      await new Promise(setImmediate);
    }
    committing = false;
  };
  return (event) =>
    new Promise((resolve, reject) => {
      waiting.push({ event, resolve, reject });
      if (committing) return;
      committing = true;
      setImmediate(() => void commitAll());
    });
}

const ways: Readonly<Record<string, () => Promise<Way> | Way>> = {
  daybook: async () => {
    const book = await openBook(join(scratch, "book"));
    return {
      append: (event) => book.log.append(event),
      close: async () => {
        const { seq } = await book.log.head();
        await book.close();
        return seq;
      },
    };
  },
  "sqlite-each": () => {
    const log = openSqliteLog(join(scratch, "log.sqlite"), "FULL");
    return {
      // eslint-disable-next-line @typescript-eslint/require-await -- a caller waits for a promise, as for any other way
      append: async (event) => log.insert(event, new Date().toISOString()),
      close: () => {
        const found = log.count();
        log.close();
        return found;
      },
    };
  },
  "sqlite-grouped": () => {
    const log = openSqliteLog(join(scratch, "log.sqlite"), "FULL");
    const append = grouping((events) => {
      const time = new Date().toISOString();
      log.begin();
      for (const event of events) log.insert(event, time);
      log.commit();
    });
    return {
      append,
      close: () => {
        const found = log.count();
        log.close();
        return found;
      },
    };
  },
  "level-grouped": async () => {
    const database = new (loadLevel())(join(scratch, "level"));
    await database.open();
    let next = 0;
    const append = grouping((events) => {
      const time = new Date().toISOString();
      const operations = events.map((event) => {
        const seq = ++next;
        return { type: "put", key: String(seq).padStart(12, "0"), value: JSON.stringify({ seq, time, ...event, v: 1, by: "bench" }) } as const;
      });
      return database.batch(operations, { sync: true });
    });
    return {
      append,
      close: async () => {
        await database.close();
        return next;
      },
    };
  },
};

const warmUp = Math.ceil(count / 10);
const events = eventsBetween(0, Math.min(warmUp + count, 100_000), { perRun: 100, noun: "trial" });
const log = await wayOf(ways, way)();
const append = (index: number): Promise<unknown> => log.append(events[index % events.length] as BenchEvent);
await byManyCallers(warmUp, callers, append);
const metrics = await byManyCallers(count, callers, append);
expectEqual("events", await log.close(), warmUp + count);
report(metrics);
