import * as fs from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { loadSqlite } from "../peers.js";
import { runInsertion, setSynchronous } from "../sqlite-log.js";
import type { Synchronous } from "../sqlite-log.js";
import { openBook } from "./book.js";
import { wayOf } from "./program.js";

/** Gives out the next uid of `train`, among all processes. */
export interface Allocator {
  allocate(): Promise<number> | number;
  close(): Promise<void> | void;
}

/** Nobody gives up: who waits longest is measured. */
const patienceMs = 120_000;

async function book(root: string, durability: "fsync" | "os"): Promise<Allocator> {
  const opened = await openBook(root, { durability, lockTimeoutMs: patienceMs, participantId: `p${process.pid}` }, false);
  // The views are there before the clock runs, as the database's page cache is.
  await opened.runs.getRecord("train", "0001");
  return { allocate: async () => Number(await opened.runs.allocate("train")), close: () => opened.close() };
}

function sqlite(folder: string, synchronous: Synchronous): Allocator {
  const database = new (loadSqlite())(join(folder, "runs.sqlite"), { timeout: patienceMs });
  setSynchronous(database, synchronous);
  const newest = database.prepare("select max(uid) as uid from runs where identifier = 'train' and relpath = ''");
  const insertion = runInsertion(database);
  const [begin, commit] = [database.prepare("begin immediate"), database.prepare("commit")];
  newest.get();
  return {
    allocate: () => {
      begin.run();
      const uid = (newest.get() as { readonly uid: number }).uid + 1;
      insertion.run("train", uid, "PENDING", "{}");
      commit.run();
      return uid;
    },
    close: () => database.close(),
  };
}

/** A run in the whole file, right after its allocation. */
export const wholeFileRecord = (): object => ({ status: "PENDING", files: {}, paramHash: null, history: [["2026-11-21T23:04:05.123Z", "PENDING"]] });

type WholeFile = Record<string, Record<string, Record<string, object>>>;

/** The JSON run ledger: all runs in one file, which is read, changed and put in place of the old one under a lock. */
function wholeFile(folder: string): Allocator {
  // daybook's own lock library; CommonJS.
  const { flockSync } = createRequire(import.meta.url)("fs-ext") as { readonly flockSync: (fd: number, how: "ex" | "un") => void };
  const file = join(folder, "metadata.json");
  const fd = fs.openSync(join(folder, "metadata.lock"), "w");
  return {
    allocate: () => {
      flockSync(fd, "ex");
      try {
        const ledger = JSON.parse(fs.readFileSync(file, "utf8")) as WholeFile;
        const runs = ((ledger["train"] ??= {})[""] ??= {});
        const uid = Object.keys(runs).reduce((newest, key) => Math.max(newest, Number(key)), 0) + 1;
        runs[String(uid).padStart(4, "0")] = wholeFileRecord();
        const temporary = `${file}.${process.pid}`;
        fs.writeFileSync(temporary, JSON.stringify(ledger, null, 2));
        fs.renameSync(temporary, file);
        return uid;
      } finally {
        flockSync(fd, "un");
      }
    },
    close: () => fs.closeSync(fd),
  };
}

const ways: Readonly<Record<string, (folder: string) => Promise<Allocator> | Allocator>> = {
  "daybook-fsync": (folder) => book(folder, "fsync"),
  "daybook-os": (folder) => book(folder, "os"),
  "sqlite-full": (folder) => sqlite(folder, "FULL"),
  "sqlite-normal": (folder) => sqlite(folder, "NORMAL"),
  "whole-file": wholeFile,
};

export async function openAllocator(way: string, folder: string): Promise<Allocator> {
  return wayOf(ways, way)(folder);
}
