/** One log in every form that care gives it: plain, compressed, backed up, repaired, without its caches. All of them tell the same past. */
import fc from "fast-check";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defineProjection, openDaybook, repairLog, replay } from "../../src/index.js";
import type { Daybook, Json, RecordedEvent } from "../../src/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";

type Row = { readonly seqs: readonly number[] };

/** Order shows, and so does an event that is folded twice or not at all. */
const trails = defineProjection<"trails", Row>({
  name: "trails",
  version: 1,
  keys: ({ stream }) => [stream],
  keyedBy: "stream",
  evolve: (row, { seq, data }) => (data["n"] === 0 ? undefined : { seqs: [...(row?.seqs ?? []), seq].slice(-5) }),
});
const chain = defineProjection<"chain", number>({
  name: "chain",
  version: 1,
  initialState: 7,
  evolve: (state, { seq, data }) => (state * 31 + seq + (data["n"] as number)) % 1_000_003,
});

const evolveTrails = (rows: Readonly<Record<string, Json>>, event: RecordedEvent): Record<string, Json> => {
  const next = { ...rows };
  const row = trails.evolve(next[event.stream] as Row | undefined, event, event.stream);
  if (row === undefined) delete next[event.stream];
  else next[event.stream] = row;
  return next;
};

const commit = fc.array(fc.record({ stream: fc.constantFrom("note/a", "note/a/b", "note/b", "task/c"), n: fc.nat({ max: 6 }), pad: fc.constantFrom("", "grün 🌱", "x".repeat(500)) }), { minLength: 1, maxLength: 5 });
const commits = fc.array(commit, { minLength: 1, maxLength: 25 });

async function write(root: string, history: typeof commits extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  await using book = await openDaybook(root, { segmentBytes: 4096, durability: "os" });
  register(book);
  for (const [index, events] of history.entries()) {
    await book.log.append(events.map(({ stream, n, pad }) => ({ stream, type: "note.taken", data: { n, pad } })));
    // Folded on the way, so that snapshots are due here and there.
    if (index % 7 === 0) await book.view("trails");
  }
}

function register(book: Daybook): void {
  book.registerProjection(trails);
  book.registerProjection(chain);
}

async function all(events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

/** Makes the forms; each root by its name. */
async function formsOf(root: string): Promise<Readonly<Record<string, string>>> {
  const beside = (name: string): string => `${root}-${name}`;
  const [gzip, brotli, bare, backup, packed, repaired] = ["gzip", "brotli", "bare", "backup", "packed", "repaired"].map(beside) as [string, string, string, string, string, string];
  for (const codec of ["gzip", "brotli"] as const) {
    cpSync(root, beside(codec), { recursive: true });
    await using book = await openDaybook(beside(codec));
    // What was closed last may not be sealed yet.
    await book.rebuild({ projections: [] });
    const { segments } = await book.compress({ codec, keep: 0 });
    const closed = readdirSync(join(root, "log")).filter((name) => /^\d{20}\.ndjson$/.test(name)).length - 1;
    expect(segments.length).toBeLessThanOrEqual(closed);
  }
  cpSync(root, bare, { recursive: true });
  for (const cache of ["snapshots", "index"]) rmSync(join(bare, cache), { recursive: true, force: true });
  {
    await using book = await openDaybook(root, { readOnly: true });
    await book.backup(backup);
  }
  {
    await using book = await openDaybook(gzip, { readOnly: true });
    await book.backup(packed);
  }
  expect((await repairLog(gzip, repaired)).lost).toEqual([]);
  return { plain: root, gzip, brotli, bare, backup, packed, repaired };
}

describe("a log that is compressed, backed up, repaired without damage, or has lost its caches", () => {
  it("has the same events, views of every moment, histories, replays and patches as before", { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(commits, fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 2, maxLength: 4 }), async (history, places) => {
        const folder = temporaryFolder();
        const root = join(folder, "log");
        await write(root, history);
        const forms = await formsOf(root);
        await using plain = await openDaybook(root, { readOnly: true });
        register(plain);
        let events: RecordedEvent[] | undefined;
        for (const [form, path] of Object.entries(forms)) {
          await using book = await openDaybook(path, { readOnly: true });
          register(book);
          const found = await all(book.log.read());
          events ??= found;
          expect(found, form).toEqual(events);
          expect((await book.verify({ full: true })).faults, form).toEqual([]);
          // In one go, as of every seq.
          let rows: Record<string, Json> = {};
          let state = chain.initialState;
          for (let seq = 0; seq <= events.length; seq += 1) {
            const event = events[seq - 1];
            if (event !== undefined) [rows, state] = [evolveTrails(rows, event), chain.evolve(state, event)];
            await using past = await book.at(seq);
            expect(await past.view("trails"), `${form}: trails at ${seq}`).toEqual(rows);
            expect(await past.view("chain"), `${form}: chain at ${seq}`).toBe(state);
          }
          for (const [one, other] of places) {
            const [a = 0, b = 0] = [one % (events.length + 1), other % (events.length + 1)].sort((x, y) => x - y);
            // Folding up to a, and on from there to b, is folding up to b.
            const upToA = await replay(book.log, chain, { to: a });
            const onToB = events.slice(a, b).reduce((before, event) => chain.evolve(before, event), upToA.state);
            expect(onToB, `${form}: chain by ${a} and ${b}`).toBe((await replay(book.log, chain, { to: b })).state);
            const own = events.filter(({ stream, seq }) => (stream === "note/a" || stream.startsWith("note/a/")) && seq >= a && seq <= b);
            expect(await all(book.history({ stream: "note/a", from: a, to: b })), `${form}: history ${a} to ${b}`).toEqual(own);
            expect(await book.diff(a, b, { view: "trails" }), `${form}: diff ${a} to ${b}`).toEqual(await plain.diff(a, b, { view: "trails" }));
          }
        }
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 6 },
    );
  });
});
