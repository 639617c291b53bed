/** What is found by the indices of sealed segments, against a filter over everything. Seeds: see test/support/fast-check-seed.ts. */
import fc from "fast-check";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lastSeqAt } from "../../../src/log/find-events.js";
import { nodeFileSystem } from "../../../src/log/file-system.js";
import { openReadOnlySegmentLog } from "../../../src/log/open-read-only-segment-log.js";
import type { LogBackend } from "../../../src/log/port.js";
import { requireRoot } from "../../../src/log/root.js";
import type { RecordedEvent } from "../../../src/index.js";
import { durably, openRawLog } from "../../support/raw-log.js";

const streams = ["a", "a/b", "a/b/c", "a/bc", "ab", "ab/a", "b/ä", "b", "Z"] as const;
const asked = [...streams, "c", "a/b/c/d"];

const commit = fc.record({
  events: fc.array(fc.record({ stream: fc.constantFrom(...streams), text: fc.string({ unit: "grapheme", maxLength: 30 }) }), { minLength: 1, maxLength: 6 }),
  later: fc.nat(3),
});
const someLog = fc.record({
  commits: fc.array(commit, { minLength: 1, maxLength: 25 }),
  segmentBytes: fc.constantFrom(400, 1000, 4096, 1 << 20),
  /** Which of the indices are made useless, and how. */
  spoilt: fc.array(fc.record({ which: fc.nat(), how: fc.constantFrom("removed", "cut", "emptied", "exchanged", "a byte") , at: fc.nat() }), { maxLength: 4 }),
});

async function all(log: LogBackend): Promise<RecordedEvent[]> {
  const reader = await log.reader();
  const events: RecordedEvent[] = [];
  for (let batch = reader.pull(); batch !== undefined; batch = reader.pull()) events.push(...batch.events);
  reader.close();
  return events;
}

async function found(log: LogBackend, stream: string, from = 1, to = Infinity): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of log.find?.({ stream, from, to }) ?? []) events.push(event);
  return events;
}

function spoil(root: string, { which, how, at }: { readonly which: number; readonly how: string; readonly at: number }): void {
  if (!existsSync(join(root, "index"))) return;
  const files = readdirSync(join(root, "index")).filter((name) => name.endsWith(".index.ndjson"));
  if (files.length === 0) return;
  const file = join(root, "index", files[which % files.length] as string);
  const bytes = readFileSync(file);
  if (how === "removed") return rmSync(file);
  if (how === "emptied") return writeFileSync(file, "");
  if (how === "cut") return writeFileSync(file, bytes.subarray(0, at % Math.max(1, bytes.length)));
  if (how === "exchanged") return writeFileSync(file, readFileSync(join(root, "index", files[(which + 1) % files.length] as string)));
  if (bytes.length > 0) bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ 1;
  writeFileSync(file, bytes);
}

it("finds the events of a stream and of what lies below it, and the seq of a time, whatever has become of the indices", async () => {
  await fc.assert(
    fc.asyncProperty(someLog, fc.nat(), fc.nat(), async ({ commits, segmentBytes, spoilt }, one, other) => {
      const root = mkdtempSync(join(tmpdir(), "daybook-find-"));
      try {
        let now = Date.UTC(2026, 0, 1);
        const writer = await openRawLog(root, { segmentBytes, nowMs: now });
        for (const { events, later } of commits) {
          now += later;
          await writer.append(
            events.map(({ stream, text }) => ({ stream, type: "note.taken", v: 1, data: { text } })),
            { ...durably, clock: () => now, durability: "os" },
          );
        }
        await writer.seal();
        for (const one of spoilt) spoil(root, one);
        const readOnly = await openReadOnlySegmentLog(root, requireRoot(nodeFileSystem, root), { lockTimeoutMs: 5000 });
        const events = await all(writer);
        const [from, to] = [one % (events.length + 2), other % (events.length + 2)];
        const times = events.flatMap(({ time }) => [-1, 0, 1].map((ms) => new Date(Date.parse(time) + ms).toISOString()));
        for (const log of [readOnly, writer]) {
          for (const stream of asked) {
            const wanted = events.filter((event) => event.stream === stream || event.stream.startsWith(`${stream}/`));
            expect(await found(log, stream)).toEqual(wanted);
            expect(await found(log, stream, from, to)).toEqual(wanted.filter(({ seq }) => seq >= from && seq <= to));
          }
          for (const time of times) expect(await lastSeqAt(log, time)).toBe(events.filter((event) => event.time <= time).length);
          for (let after = 0; after <= events.length; after += 1 + (one % 9)) {
            const reader = await log.reader(after);
            let batch = reader.pull();
            // Commits before the place are stepped over.
            while (batch?.events.length === 0) batch = reader.pull();
            expect(batch?.events[0]?.seq).toBe(after < events.length ? after + 1 : undefined);
            reader.close();
          }
        }
        await readOnly.close();
        await writer.close();
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);
