/** From before the append in one process to the subscriber in another. */
import * as fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { events$ } from "../../src/live.js";
import { quantile } from "../statistics.js";
import { openBook } from "./book.js";
import { startWorker, withWorkers } from "./processes.js";
import { argumentsOf, expectEqual, report, wayOf } from "./program.js";

const { way, scratch, count } = argumentsOf<{ readonly way: string; readonly scratch: string; readonly count: number }>();
/** The first ones are not counted: both sides are cold. */
const warmUp = 50;
const now = (): number => Number(process.hrtime.bigint()) / 1000;

interface Reader {
  /** What the writer writes to. */
  readonly target: string;
  close(): Promise<void> | void;
}

/** Listens; tells of each event the time that its writer wrote into it. */
type Listen = (seen: (at: number) => void) => Promise<Reader> | Reader;

const listenToBook: Listen = async (seen) => {
  const target = join(scratch, "book");
  const made = await openBook(target, {}, false);
  await made.close();
  const book = await openBook(target, { readOnly: true }, false);
  const subscription = await new Promise<{ unsubscribe(): void }>((resolve, reject) => {
    const subscription = events$(book, { from: "head", onCaughtUp: () => resolve(subscription) }).subscribe({ next: (event) => seen(event.data["at"] as number), error: reject });
  });
  return {
    target,
    close: () => {
      subscription.unsubscribe();
      return book.close();
    },
  };
};

const ways: Readonly<Record<string, Listen>> = {
  "daybook-fsync": listenToBook,
  "daybook-os": listenToBook,
  file: (seen) => {
    const target = join(scratch, "tail.ndjson");
    const fd = fs.openSync(target, "a+");
    const buffer = Buffer.alloc(1 << 16);
    let at = 0;
    let rest = "";
    const read = (): void => {
      for (let bytes = fs.readSync(fd, buffer, 0, buffer.length, at); bytes > 0; bytes = fs.readSync(fd, buffer, 0, buffer.length, at)) {
        at += bytes;
        const lines = (rest + buffer.toString("utf8", 0, bytes)).split("\n");
        rest = lines.pop() as string;
        for (const line of lines) seen((JSON.parse(line) as { readonly at: number }).at);
      }
    };
    const watcher = fs.watch(target, read);
    return {
      target,
      close: () => {
        watcher.close();
        fs.closeSync(fd);
      },
    };
  },
  socket: async (seen) => {
    const target = join(scratch, "s");
    const server = createServer((connection) => {
      let rest = "";
      connection.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() as string;
        for (const line of lines) seen(Number(line));
      });
    });
    await new Promise<void>((resolve) => server.listen(target, resolve));
    return { target, close: () => void server.close() };
  },
};

const latencies: number[] = [];
let allSeen: () => void = () => undefined;
const all = new Promise<void>((resolve) => (allSeen = resolve));
const reader = await wayOf(ways, way)((at) => {
  latencies.push(now() - at);
  if (latencies.length === warmUp + count) allSeen();
});
const before = process.cpuUsage();
const writer = startWorker("live-writer", { way, target: reader.target, count: warmUp + count });
await withWorkers([writer], async () => {
  await writer.message();
  writer.send("go");
  await Promise.all([all, writer.ended()]);
});
const cpu = process.cpuUsage(before);
await reader.close();
expectEqual("events", latencies.length, warmUp + count);
const sorted = Float64Array.from(latencies.slice(warmUp)).sort();
report({ p50us: quantile(sorted, 0.5), p99us: quantile(sorted, 0.99), maxMs: quantile(sorted, 1) / 1000, readerCpuMs: (cpu.user + cpu.system) / 1000 });
