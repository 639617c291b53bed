/** Every backend against the simplest log there is, an array, under random calls. Seeds: see test/support/fast-check-seed.ts. */
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MemoryLog } from "../../src/log/memory-log.js";
import { openSegmentLog } from "../../src/log/open-segment-log.js";
import type { AppendContext, Cursor, LogBackend, LogReader } from "../../src/log/port.js";

interface ModelEvent {
  readonly seq: number;
  readonly stream: string;
  readonly text: string;
}

const streams = ["a", "a/b", "a/b/c", "ab", "b/c"] as const;
const batch = fc.array(fc.record({ stream: fc.constantFrom(...streams), text: fc.string({ unit: "grapheme", maxLength: 40 }) }), { maxLength: 5 });
const durability = fc.constantFrom("os" as const, "os" as const, "fsync" as const);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("append" as const), batches: fc.array(batch, { minLength: 1, maxLength: 4 }), durability }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("expect" as const), batch, stream: fc.constantFrom(...streams), off: fc.constantFrom(0, 0, -1, 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("jobs" as const), jobs: fc.array(fc.record({ batch, fails: fc.boolean() }), { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("read" as const), from: fc.double({ min: 0, max: 1, noNaN: true }), maxBytes: fc.constantFrom(1, 200, 5000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("follow" as const), pulls: fc.integer({ min: 1, max: 5 }), maxBytes: fc.constantFrom(1, 500) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("resume" as const), which: fc.nat(), hint: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forked" as const), which: fc.nat(), other: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A log and what it should hold. */
class Pair {
  readonly model: ModelEvent[] = [];
  readonly cursors: Cursor[] = [];
  /** One reader that goes along for as long as the log is open. */
  follower!: LogReader;
  followed = 0;

  constructor(public log: LogBackend) {}

  context(overrides: Partial<AppendContext> = {}): AppendContext {
    return { by: "model", clock: Date.now, durability: "os", lockTimeoutMs: 10_000, clockGuard: () => undefined, ...overrides };
  }

  /** Adds a batch to the model, and says where the log has to put it. */
  add(events: readonly Omit<ModelEvent, "seq">[]): { firstSeq: number; lastSeq: number } {
    const before = this.model.length;
    for (const event of events) this.model.push({ seq: this.model.length + 1, ...event });
    return events.length === 0 ? { firstSeq: before, lastSeq: before } : { firstSeq: before + 1, lastSeq: this.model.length };
  }

  lastSeqOf(stream: string): number {
    return this.model.findLast((event) => event.stream === stream || event.stream.startsWith(`${stream}/`))?.seq ?? 0;
  }

  /** Takes batches from a reader and holds them against the model; gives the seq behind the last one. */
  check(reader: LogReader, after: number, pulls: number, maxBytes: number): number {
    let seen = after;
    for (let pull = 0; pull < pulls; pull += 1) {
      const got = reader.pull(maxBytes);
      if (got === undefined) {
        expect(seen).toBe(Math.max(after, this.model.length));
        expect(reader.suspect).toBe(false);
        break;
      }
      const plain = got.events.map(({ seq, stream, data }) => ({ seq, stream, text: data["text"] }));
      expect(plain).toEqual(this.model.slice(seen, Math.max(seen, got.end.seq)));
      seen = Math.max(seen, got.end.seq);
      this.cursors.push(got.end);
    }
    return seen;
  }
}

const asEvents = (events: readonly Omit<ModelEvent, "seq">[]): { stream: string; type: string; data: { text: string } }[] =>
  events.map(({ stream, text }) => ({ stream, type: "note.taken", data: { text } }));

async function run(pair: Pair, one: Step, reopen: () => Promise<LogBackend>): Promise<void> {
  const { log } = pair;
  switch (one.kind) {
    case "append": {
      const results = await Promise.all(one.batches.map((events) => log.append(asEvents(events), pair.context({ durability: one.durability }))));
      expect(results).toEqual(one.batches.map((events) => pair.add(events)));
      if (one.durability === "fsync") expect(log.durableSeq).toBeGreaterThanOrEqual(pair.model.length);
      return;
    }
    case "expect": {
      const actual = pair.lastSeqOf(one.stream);
      const seq = Math.max(0, actual + one.off);
      const result = log.append(asEvents(one.batch), pair.context(), [{ stream: one.stream, seq }]);
      if (seq === actual) expect(await result).toEqual(pair.add(one.batch));
      else await expect(result).rejects.toMatchObject({ code: "VERSION_CONFLICT", stream: one.stream, expected: seq, actual });
      return;
    }
    case "jobs": {
      const outcomes = one.jobs.map(({ batch: events, fails }) =>
        log.exclusive({
          context: pair.context(),
          participates: false,
          run: (section) => {
            const seen = streams.map((stream) => section.lastSeqOf(stream));
            const result = section.append(asEvents(events));
            if (fails) throw new Error("on purpose");
            return { ...result, seen };
          },
        }),
      );
      const settled = await Promise.allSettled(outcomes);
      for (const [index, outcome] of settled.entries()) {
        const job = one.jobs[index];
        expect(outcome.status).toBe(job?.fails === true ? "rejected" : "fulfilled");
        if (outcome.status === "rejected") continue;
        const seen = streams.map((stream) => pair.lastSeqOf(stream));
        expect(outcome.value).toEqual({ ...pair.add(job?.batch ?? []), seen });
      }
      return;
    }
    case "read": {
      const after = Math.round(one.from * pair.model.length);
      const reader = await log.reader(after);
      expect(pair.check(reader, after, Infinity, one.maxBytes)).toBe(pair.model.length);
      reader.close();
      return;
    }
    case "follow":
      pair.followed = pair.check(pair.follower, pair.followed, one.pulls, one.maxBytes);
      return;
    case "resume": {
      const cursor = pair.cursors[one.which % Math.max(1, pair.cursors.length)];
      if (cursor === undefined) return;
      const reader = await log.reader(one.hint ? cursor : { seq: cursor.seq, token: cursor.token });
      pair.check(reader, cursor.seq, Infinity, 1000);
      reader.close();
      return;
    }
    case "forked": {
      const cursor = pair.cursors[one.which % Math.max(1, pair.cursors.length)];
      const other = pair.cursors[one.other % Math.max(1, pair.cursors.length)];
      if (cursor === undefined || other === undefined || cursor.seq === other.seq) return;
      await expect(log.reader({ ...cursor, token: other.token })).rejects.toMatchObject({ code: "LOG_FORKED" });
      await expect(log.reader({ ...cursor, seq: other.seq })).rejects.toMatchObject({ code: "LOG_FORKED" });
      return;
    }
    case "reopen": {
      const at = pair.follower.position;
      const head = await log.head();
      pair.log = await reopen();
      expect(await pair.log.head()).toEqual(head);
      pair.follower.close();
      pair.follower = await pair.log.reader(at);
      return;
    }
  }
}

/** Runs one random history on a new log and its model. */
async function compare(steps: readonly Step[], open: (again: boolean) => Promise<LogBackend>, close: (log: LogBackend) => Promise<void>): Promise<void> {
  const pair = new Pair(await open(false));
  pair.follower = await pair.log.reader();
  try {
    for (const one of steps) {
      await run(pair, one, async () => {
        await close(pair.log);
        return open(true);
      });
      expect((await pair.log.head()).seq).toBe(pair.model.length);
    }
    expect(pair.check(pair.follower, pair.followed, Infinity, 700)).toBe(pair.model.length);
    expect(await pair.log.verify({ full: true })).toMatchObject({ ok: true, events: pair.model.length, faults: [] });
  } finally {
    pair.follower.close();
    await pair.log.close();
  }
}

const numRuns = fc.readConfigureGlobal().numRuns;
const runs = (usual: number): { numRuns: number } => ({ numRuns: numRuns ?? usual });
const timeoutMs = 60_000 + (numRuns ?? 0) * 500;
const history = fc.array(step, { minLength: 1, maxLength: 30 });

describe("under any history of calls a log does what an array would do", () => {
  it("in memory", async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const log = new MemoryLog();
        // Nothing outlives a log in memory: it is never closed on the way.
        await compare(steps, () => Promise.resolve(log), () => Promise.resolve());
      }),
      runs(100),
    );
  }, timeoutMs);

  it.each([2 ** 20, 2000, 300])("in segment files of %d bytes", async (segmentBytes) => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const root = mkdtempSync(join(tmpdir(), "daybook-model-"));
        const options = { segmentBytes, maxEventBytes: 2 ** 16, lockTimeoutMs: 10_000, unsafeFileSystem: false, verifyBytes: 5000, nowMs: Date.now() };
        try {
          await compare(steps, () => openSegmentLog(root, options), (log) => log.close());
        } finally {
          rmSync(root, { recursive: true, force: true });
        }
      }),
      runs(30),
    );
  }, timeoutMs);
});
