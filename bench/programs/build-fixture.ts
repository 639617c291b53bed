/** Makes a log or a database for a row to work on. */
import * as fs from "node:fs";
import { join } from "node:path";
import { openDaybook } from "../../src/index.js";
import { openSegmentLog } from "../../src/log/open-segment-log.js";
import type { AppendContext } from "../../src/log/port.js";
import type { SegmentLog } from "../../src/log/segment-log.js";
import { eventsBetween, runsAmong } from "../events.js";
import type { BenchEvent } from "../events.js";
import { createRuns, openSqliteLog, runInsertion } from "../sqlite-log.js";
import { wholeFileRecord } from "./allocator.js";
import { argumentsOf, expectEqual, report } from "./program.js";

type Kind = "book" | "sqlite" | "allocated-book" | "allocated-sqlite" | "allocated-file";

const { kind, folder, events, perRun, commitEvents, runs } = argumentsOf<{
  readonly kind: Kind;
  readonly folder: string;
  readonly events: number;
  readonly perRun: number;
  /** Of a book: events in each commit. */
  readonly commitEvents: number;
  /** Of the allocated ones: how many. */
  readonly runs: number;
}>();
const workload = { perRun, noun: "run" } as const;
const bulk: AppendContext = { by: "bench", clock: Date.now, durability: "os", lockTimeoutMs: 10_000, clockGuard: () => undefined };
const pageEvents = 1000;

function openLog(): Promise<SegmentLog> {
  return openSegmentLog(folder, { segmentBytes: 1 << 24, maxEventBytes: 1 << 20, lockTimeoutMs: 10_000, unsafeFileSystem: false, verifyBytes: 1 << 26, nowMs: Date.now() });
}

/** The ledger's own types are written below it: its public append leaves them to the ledger. */
async function buildBook(pages: Iterable<readonly BenchEvent[]>): Promise<void> {
  const log = await openLog();
  for (const page of pages) {
    for (let from = 0; from < page.length; from += commitEvents) await log.append(page.slice(from, from + commitEvents).map((event) => ({ ...event, v: 1 })), bulk);
  }
  await log.append([], { ...bulk, durability: "fsync" });
  await log.close();
  // A writer that has looked at its runs leaves snapshots when it closes. Twice: durable is what a process knows to be so.
  const book = await openDaybook(folder, { participantId: "bench" });
  await book.log.append([]);
  await book.runs.getRecord("train", "0001");
  await book.close();
  if (fs.readdirSync(join(folder, "snapshots", "runs")).length === 0) throw new Error("no snapshot was left");
}

function* pagesOf(count: number): Generator<readonly BenchEvent[]> {
  for (let from = 0; from < count; from += pageEvents) yield eventsBetween(from, Math.min(count, from + pageEvents), workload);
}

function* allocations(): Generator<readonly BenchEvent[]> {
  for (let from = 1; from <= runs; from += pageEvents) {
    yield Array.from({ length: Math.min(pageEvents, runs - from + 1) }, (_, index) => {
      const uid = String(from + index).padStart(4, "0");
      return { stream: `run/train/${uid}`, type: "run.allocated", data: { uid } };
    });
  }
}

/** Events, and beside them the record of each run, as an application would keep it up to date. */
function buildSqlite(): void {
  fs.mkdirSync(folder);
  const log = openSqliteLog(join(folder, "log.sqlite"), "NORMAL");
  createRuns(log.database);
  const time = new Date().toISOString();
  for (const page of pagesOf(events)) {
    log.begin();
    for (const event of page) log.insert(event, time);
    log.commit();
  }
  expectEqual("events", log.count(), events);
  const insertion = runInsertion(log.database);
  log.begin();
  for (let run = 1; run <= runsAmong(events, workload); run += 1) insertion.run("train", run, "DONE", JSON.stringify(recordOf(run)));
  log.commit();
  log.close();
}

/** What a run's record looks like in JSON. */
function recordOf(run: number): object {
  const uid = String(run).padStart(4, "0");
  const time = "2026-11-21T23:04:05.123Z";
  const history = ["PENDING", "RUNNING", "DONE"].map((status) => ({ status, time, by: "bench" }));
  const metrics = { loss: 0.123456, accuracy: 0.938272, rate: 0.001, seconds: 42.123 };
  return { identifier: "train", relpath: "", uid, status: "DONE", paramHash: "0".repeat(64), params: { lr: 0.01, layers: [64, 32] }, files: {}, metrics, tags: [], attempts: [], history };
}

function buildAllocatedSqlite(): void {
  fs.mkdirSync(folder);
  const log = openSqliteLog(join(folder, "runs.sqlite"), "NORMAL");
  createRuns(log.database);
  const insertion = runInsertion(log.database);
  log.begin();
  for (let run = 1; run <= runs; run += 1) insertion.run("train", run, "PENDING", "{}");
  log.commit();
  log.close();
}

function buildAllocatedFile(): void {
  fs.mkdirSync(folder);
  const entries = Array.from({ length: runs }, (_, index) => [String(index + 1).padStart(4, "0"), wholeFileRecord()]);
  fs.writeFileSync(join(folder, "metadata.json"), JSON.stringify({ train: { "": Object.fromEntries(entries) as object } }, null, 2));
}

switch (kind) {
  case "book":
    await buildBook(pagesOf(events));
    break;
  case "allocated-book":
    await buildBook(allocations());
    break;
  case "sqlite":
    buildSqlite();
    break;
  case "allocated-sqlite":
    buildAllocatedSqlite();
    break;
  case "allocated-file":
    buildAllocatedFile();
    break;
}
report({ bytes: folderBytes(folder) });

function folderBytes(path: string): number {
  return fs.readdirSync(path, { recursive: true, withFileTypes: true }).reduce((sum, entry) => sum + (entry.isFile() ? fs.statSync(join(entry.parentPath, entry.name)).size : 0), 0);
}
