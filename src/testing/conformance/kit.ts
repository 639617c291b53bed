import assert from "node:assert/strict";
import { isDaybookError } from "../../base/errors.js";
import type { DaybookError, DaybookErrorCode } from "../../base/errors.js";
import type { RecordedEvent } from "../../events/recorded-event.js";
import type { AppendContext, AppendEvent, Cursor, LogBackend, LogReader } from "../../log/port.js";

/** What each test gets: a log of its own. */
export interface LogTest {
  /** Opens the log: once, and where the backend can, again beside it or after it was closed. Closed by the suite in the end. */
  readonly open: () => Promise<LogBackend>;
}

/** Registers one test. */
export type DefineTest = (name: string, body: (log: LogTest) => Promise<void>) => void;

/** The longest event, in bytes, that the suite's logs take. */
export const suiteMaxEventBytes = 64 * 1024;

/** 2026-01-01T00:00:00.000Z, at which the suite's clocks begin. */
export const startMs = Date.UTC(2026, 0, 1);

/** A context of the suite: its clock stands still, and nothing waits for the disk unless a test says so. */
export function contextOf(overrides: Partial<AppendContext> = {}): AppendContext {
  return { by: "suite", clock: () => startMs, durability: "os", lockTimeoutMs: 10_000, clockGuard: () => undefined, ...overrides };
}

/** An event of a stream. */
export const note = (stream: string, data: object = {}): AppendEvent => ({ stream, type: "note.taken", data });

/** `count` events of a stream, numbered from 1 in their data. */
export const notes = (count: number, stream = "note/a"): AppendEvent[] => Array.from({ length: count }, (_, index) => note(stream, { number: index + 1 }));

/** Appends commits of the given sizes, one after another. */
export async function appendCommits(log: LogBackend, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) await log.append(notes(size), contextOf());
}

/** Everything a reader gives until the good end, with each batch's end. */
export function drain(reader: LogReader, maxBytes?: number): { events: RecordedEvent[]; ends: Cursor[] } {
  const events: RecordedEvent[] = [];
  const ends: Cursor[] = [];
  for (let batch = reader.pull(maxBytes); batch !== undefined; batch = reader.pull(maxBytes)) {
    events.push(...batch.events);
    ends.push(batch.end);
  }
  return { events, ends };
}

/** All events behind a place. */
export async function readAll(log: LogBackend, after: Cursor | number = 0, maxBytes?: number): Promise<RecordedEvent[]> {
  const reader = await log.reader(after);
  try {
    return drain(reader, maxBytes).events;
  } finally {
    reader.close();
  }
}

/** The whole numbers from `first` to `last`. */
export const range = (first: number, last: number): number[] => Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);

/** The seqs of events. */
export const seqsOf = (events: readonly RecordedEvent[]): number[] => events.map(({ seq }) => seq);

/** The error with which `work` rejects, which must have this code. */
export async function rejection(work: Promise<unknown>, code: DaybookErrorCode): Promise<DaybookError> {
  const failure: unknown = await work.then(
    (value) => assert.fail(`expected ${code}, got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (!isDaybookError(failure, code)) throw failure;
  return failure;
}

/** Waits until `check` holds; fails after `timeoutMs`. */
export async function until(check: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!check()) {
    if (performance.now() > deadline) assert.fail(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
