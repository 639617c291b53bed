/** Durable appends of one event each, one after another. */
import * as fs from "node:fs";
import { join } from "node:path";
import { eventsBetween } from "../events.js";
import type { BenchEvent } from "../events.js";
import { loadLevel } from "../peers.js";
import { openSqliteLog } from "../sqlite-log.js";
import { openBook } from "./book.js";
import { argumentsOf, expectEqual, oneAfterAnother, report, wayOf } from "./program.js";

interface Way {
  append(event: BenchEvent, index: number): unknown;
  /** Closes, and gives the number of events that are there. */
  close(): Promise<number> | number;
}

const { way, count, scratch } = argumentsOf<{ readonly way: string; readonly count: number; readonly scratch: string }>();
// What runs for hours is compared as it runs after its first seconds; that goes for all of them.
const warmUp = Math.ceil((count * 2) / 3);
const total = warmUp + count;
const events = eventsBetween(0, total, { perRun: 100, noun: "trial" });
const lineOf = (event: BenchEvent, index: number): Buffer =>
  Buffer.from(`{"seq":${index + 1},"time":"2026-11-21T23:04:05.123Z","stream":"${event.stream}","type":"${event.type}","v":1,"data":${JSON.stringify(event.data)},"by":"bench","sync":${index},"hash":"0123456789abcdef"}\n`);

function raw(preallocated: boolean): Way {
  // Serialised before: the floor is the disk's, not the serialiser's.
  const lines = events.map(lineOf);
  const size = lines.reduce((sum, line) => sum + line.length, 0);
  const file = join(scratch, "raw.ndjson");
  const fd = fs.openSync(file, "w+");
  if (preallocated) {
    const zeros = Buffer.alloc(1 << 20);
    for (let at = 0; at < size; at += zeros.length) fs.writeSync(fd, zeros, 0, Math.min(zeros.length, size - at), at);
  }
  fs.fsyncSync(fd);
  let at = 0;
  return {
    append: (_event, index) => {
      const line = lines[index] as Buffer;
      at += fs.writeSync(fd, line, 0, line.length, at);
      fs.fdatasyncSync(fd);
    },
    close: () => {
      fs.closeSync(fd);
      return fs.readFileSync(file, "utf8").split("\n").length - 1;
    },
  };
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
  sqlite: () => {
    const log = openSqliteLog(join(scratch, "log.sqlite"), "FULL");
    return {
      append: (event) => log.insert(event, new Date().toISOString()),
      close: () => {
        const found = log.count();
        log.close();
        return found;
      },
    };
  },
  level: async () => {
    const database = new (loadLevel())(join(scratch, "level"));
    await database.open();
    let put = 0;
    return {
      append: async (event, index) => {
        await database.put(String(index).padStart(12, "0"), JSON.stringify({ seq: index + 1, time: new Date().toISOString(), ...event, v: 1, by: "bench" }), { sync: true });
        put += 1;
      },
      close: async () => {
        await database.close();
        return put;
      },
    };
  },
  raw: () => raw(false),
  "raw-preallocated": () => raw(true),
};

const log = await wayOf(ways, way)();
for (let index = 0; index < warmUp; index += 1) await log.append(events[index] as BenchEvent, index);
const metrics = await oneAfterAnother(count, (index) => log.append(events[warmUp + index] as BenchEvent, warmUp + index));
expectEqual("events", await log.close(), total);
report(metrics);
