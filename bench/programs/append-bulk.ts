/** Many events in batches of 1,000, durable at the end. */
import { join } from "node:path";
import { eventsBetween } from "../events.js";
import type { BenchEvent } from "../events.js";
import { loadLevel } from "../peers.js";
import { openSqliteLog, setSynchronous } from "../sqlite-log.js";
import { openBook } from "./book.js";
import { argumentsOf, expectEqual, peakResidentMb, report, wayOf } from "./program.js";

interface Way {
  append(events: readonly BenchEvent[], last: boolean): Promise<unknown> | void;
  close(): Promise<number> | number;
}

const { way, count, scatteredOver, scratch } = argumentsOf<{
  readonly way: string;
  readonly count: number;
  readonly scatteredOver?: number;
  readonly scratch: string;
}>();
const workload = { perRun: 100, noun: "trial", ...(scatteredOver === undefined ? {} : { scatteredOver }) } as const;
const batchEvents = 1000;

async function daybook(withSchemas: boolean): Promise<Way> {
  const book = await openBook(join(scratch, "book"), { durability: "os" }, withSchemas);
  return {
    append: (events, last) => book.log.append(events, last ? { durability: "fsync" } : {}),
    close: async () => {
      const { seq } = await book.log.head();
      await book.close();
      return seq;
    },
  };
}

function sqlite(index: boolean): Way {
  const log = openSqliteLog(join(scratch, "log.sqlite"), "NORMAL", { index });
  return {
    append: (events, last) => {
      // In FULL, the last commit syncs the write-ahead log, and with it all before.
      if (last) setSynchronous(log.database, "FULL");
      const time = new Date().toISOString();
      log.begin();
      for (const event of events) log.insert(event, time);
      log.commit();
    },
    close: () => {
      const found = log.count();
      log.close();
      return found;
    },
  };
}

const ways: Readonly<Record<string, () => Promise<Way> | Way>> = {
  "daybook-schemas": () => daybook(true),
  "daybook-plain": () => daybook(false),
  sqlite: () => sqlite(false),
  "sqlite-index": () => sqlite(true),
  level: async () => {
    const database = new (loadLevel())(join(scratch, "level"));
    await database.open();
    let next = 0;
    return {
      append: (events, last) => {
        const time = new Date().toISOString();
        const operations = events.map((event) => {
          const seq = ++next;
          return { type: "put", key: String(seq).padStart(12, "0"), value: JSON.stringify({ seq, time, ...event, v: 1, by: "bench" }) } as const;
        });
        return database.batch(operations, { sync: last });
      },
      close: async () => {
        await database.close();
        return next;
      },
    };
  },
};

const log = await wayOf(ways, way)();
// Making the events is not what is measured; a million of them at once would not fit in a small memory.
let elapsedMs = 0;
for (let from = 0; from < count; from += batchEvents) {
  const events = eventsBetween(from, from + batchEvents, workload);
  const begin = performance.now();
  await log.append(events, from + batchEvents === count);
  elapsedMs += performance.now() - begin;
}
const peakMb = peakResidentMb();
expectEqual("events", await log.close(), count);
report({ perSecond: (count / elapsedMs) * 1000, seconds: elapsedMs / 1000, peakMb });
