/**
 * Says which safeguards hold in this process, or with the argument "thread" in a worker thread of it: for the test of the
 * sabotage itself. Prints their names as a JSON array. Argument: a folder to work in.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openDaybook, openDaybookOn } from "../../../src/open-daybook.js";
import { isDaybookError } from "../../../src/index.js";
import { FileLock } from "../../../src/log/file-lock.js";
import { nodeFileSystem } from "../../../src/log/file-system.js";
import type { LogFileSystem } from "../../../src/log/file-system.js";
import type { Sabotage } from "../suite.js";

const segmentName = "00000000000000000001.ndjson";

const checks: { readonly [Name in Sabotage]: (folder: string) => boolean | Promise<boolean> } = {
  lock: (folder) => {
    const [one, other] = [new FileLock(join(folder, "lock"), true), new FileLock(join(folder, "lock"), true)];
    try {
      return one.tryAcquire("exclusive") && !other.tryAcquire("exclusive");
    } finally {
      one.close();
      other.close();
    }
  },
  sync: async (folder) => (await syncsOf(join(folder, "synced"))).files >= 4,
  "folder-sync": async (folder) => (await syncsOf(join(folder, "named"))).folders >= 2,
  "hash-check": async (folder) => {
    const root = await threeCommits(join(folder, "flipped"), (bytes) => bytes.write("9", bytes.indexOf('"number":2') + 9));
    await problemOf(root);
    return !(await numbersOf(root)).includes(9);
  },
  "sync-rule": async (folder) => {
    // In the second of three commits, so that the third one vouches for it; and bad also for who takes every hash for right.
    const root = await threeCommits(join(folder, "damaged"), (bytes) => bytes.write('{"sex":', bytes.indexOf('{"seq":2,')));
    return isDaybookError(await problemOf(root), "LOG_CORRUPT");
  },
  "input-check": async (folder) => {
    const book = await openDaybook(join(folder, "hostile"));
    try {
      await book.log.append({ stream: "note", type: "note.taken", data: { number: Number.NaN } });
      return false;
    } catch (error) {
      return isDaybookError(error, "INVALID_EVENT");
    } finally {
      await book.close();
    }
  },
  quarantine: async (folder) => {
    const root = await threeCommits(join(folder, "torn"), () => undefined, "{\"seq\":4,");
    await problemOf(root);
    return readFolder(join(root, "quarantine")).length === 1;
  },
};

/** Makes a log with a rotation and counts its syncs, as a recorder below the port sees them. */
async function syncsOf(root: string): Promise<{ readonly files: number; readonly folders: number }> {
  const counts = { files: 0, folders: 0 };
  const count = (fd: number): void => void (counts[nodeFileSystem.fstatSync(fd).isDirectory() ? "folders" : "files"] += 1);
  const files: LogFileSystem = {
    ...nodeFileSystem,
    fsyncSync: (fd) => (count(fd), nodeFileSystem.fsyncSync(fd)),
    fdatasyncSync: (fd) => (count(fd), nodeFileSystem.fdatasyncSync(fd)),
    fdatasync: ((fd: number, done: (error: Error | null) => void) => (count(fd), nodeFileSystem.fdatasync(fd, done))) as LogFileSystem["fdatasync"],
  };
  const book = await openDaybookOn({ files }, root, { segmentBytes: 4096 });
  for (let number = 0; number < 12; number += 1) await book.log.append({ stream: "note", type: "note.taken", data: { text: "x".repeat(1000) } });
  // Those that wait together are synced by the thread pool.
  await Promise.all([1, 2, 3].map((number) => book.log.append({ stream: "note", type: "note.taken", data: { number } })));
  await book.close();
  return counts;
}

async function threeCommits(root: string, change: (bytes: Buffer) => unknown, more = ""): Promise<string> {
  const book = await openDaybook(root);
  for (const number of [1, 2, 3]) await book.log.append({ stream: "note", type: "note.taken", data: { number } });
  await book.close();
  const segment = join(root, "log", segmentName);
  const bytes = readFileSync(segment);
  change(bytes);
  writeFileSync(segment, Buffer.concat([bytes, Buffer.from(more)]));
  return root;
}

/** What opening for writing and appending says. */
async function problemOf(root: string): Promise<unknown> {
  try {
    const book = await openDaybook(root);
    await book.log.append({ stream: "note", type: "note.taken", data: { number: 4 } });
    await book.close();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What a reader is served, up to the damage if there is any. */
async function numbersOf(root: string): Promise<unknown[]> {
  const numbers: unknown[] = [];
  const book = await openDaybook(root, { readOnly: true });
  try {
    for await (const { data } of book.log.read()) numbers.push((data as { number?: unknown }).number);
  } catch (error) {
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
  } finally {
    await book.close();
  }
  return numbers;
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function safeguards(folder: string): Promise<string[]> {
  const holding: string[] = [];
  for (const [name, holds] of Object.entries(checks)) if (await holds(folder)) holding.push(name);
  return holding;
}

if (!isMainThread) {
  parentPort?.postMessage(await safeguards(workerData as string));
} else {
  const [folder = "", where = "process"] = process.argv.slice(2);
  const print = (holding: unknown): void => console.log(JSON.stringify(holding));
  if (where === "thread") new Worker(new URL(import.meta.url), { workerData: folder }).once("message", print);
  else print(await safeguards(folder));
}
