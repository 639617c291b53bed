/** The writing side of a live stream: at the word, so many events, some milliseconds apart, each with the time of its append. */
import * as fs from "node:fs";
import { createConnection } from "node:net";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { openBook } from "./book.js";
import { argumentsOf, wayOf } from "./program.js";

const { way, target, count } = argumentsOf<{ readonly way: string; readonly target: string; readonly count: number }>();

/** Microseconds of a clock that all processes of a machine share. */
const now = (): number => Number(process.hrtime.bigint()) / 1000;

interface Writer {
  write(number: number, at: number): Promise<unknown> | void;
  close(): Promise<void> | void;
}

async function book(durability: "fsync" | "os"): Promise<Writer> {
  const opened = await openBook(target, { durability }, false);
  return {
    write: (number, at) => opened.log.append({ stream: "tick/1", type: "tick.told", data: { number, at } }),
    close: () => opened.close(),
  };
}

const ways: Readonly<Record<string, () => Promise<Writer> | Writer>> = {
  "daybook-fsync": () => book("fsync"),
  "daybook-os": () => book("os"),
  file: () => {
    const fd = fs.openSync(target, "a");
    return { write: (number, at) => void fs.writeSync(fd, `${JSON.stringify({ number, at })}\n`), close: () => fs.closeSync(fd) };
  },
  socket: async () => {
    const connection = createConnection(target);
    await once(connection, "connect");
    return { write: (_number, at) => void connection.write(`${at}\n`), close: () => void connection.end() };
  },
};

const writer = await wayOf(ways, way)();
// Nobody is left to tell.
process.once("disconnect", () => process.exit());
process.send?.("ready");
await once(process, "message");
for (let number = 0; number < count; number += 1) {
  await pause(2 + ((number * 7) % 5));
  await writer.write(number, now());
}
await writer.close();
process.disconnect();
