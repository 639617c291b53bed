/** Views as of every moment of random logs, against folding in plain JavaScript. Seeds: see test/support/fast-check-seed.ts. */
import fc from "fast-check";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { Daybook, Json, KeyedProjection, Projection, RecordedEvent } from "../../src/index.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import type { Cursor, EventQuery, LogBackend } from "../../src/log/port.js";
import { isKeyed } from "../../src/projections/projection.js";
import { SnapshotFiles } from "../../src/projections/snapshot-files.js";
import { openPast } from "../../src/replay/as-of.js";
import { openMemoryDaybook } from "../../src/testing.js";

type Row = { readonly last: number; readonly texts: readonly string[] };

/** Rows by stream, taken away and made anew. */
const lists: KeyedProjection<Row> = {
  name: "lists",
  version: 1,
  types: ["note.taken", "note.dropped"],
  keys: (event) => [event.stream],
  keyedBy: "stream",
  evolve: (row, event) => (event.type === "note.dropped" ? undefined : { last: event.seq, texts: [...(row?.texts ?? []), event.data["text"] as string] }),
};
/** Several rows an event, by what is in it. */
const sums: KeyedProjection<number> = {
  name: "sums",
  version: 3,
  keys: ({ data }) => [`mod ${(data["n"] as number) % 3}`, "all"],
  evolve: (row, { data }) => ((row ?? 0) + (data["n"] as number) > 200 ? undefined : (row ?? 0) + (data["n"] as number)),
};
const journal: Projection = {
  name: "journal",
  version: 1,
  types: ["note.taken", "note.dropped"],
  initialState: { count: 0, recent: [] },
  evolve: (state: { count: number; recent: readonly string[] }, { stream, data }: RecordedEvent) => ({ count: state.count + 1, recent: [...state.recent, `${stream}:${data["n"] as number}`].slice(-4) }),
};
const projections = [lists, sums, journal];

/** What folding in one go gives, from any view on. Order counts: it is that in which the keys first appeared. */
function folded(projection: Projection, events: readonly RecordedEvent[], before?: Json): Json {
  const wanted = events.filter(({ type }) => projection.types?.includes(type) ?? true);
  if (!isKeyed(projection)) return wanted.reduce((state, event) => projection.evolve(state, event) as Json, before ?? (projection.initialState as Json));
  const rows = new Map<string, Json>(Object.entries((before ?? {}) as object) as [string, Json][]);
  for (const event of wanted) {
    for (const key of projection.keys(event)) {
      const row = projection.evolve(rows.get(key), event, key) as Json | undefined;
      if (row === undefined) rows.delete(key);
      else rows.set(key, row);
    }
  }
  return Object.fromEntries(rows);
}

const event = fc.record({
  stream: fc.constantFrom("note/a", "note/a/b", "note/b", "note", "other/a"),
  type: fc.constantFrom("note.taken", "note.taken", "note.taken", "note.dropped", "other.counted"),
  data: fc.record({ n: fc.nat({ max: 60 }), text: fc.constantFrom("x", "grün 🌱", "y".repeat(700)) }),
});
const commits = fc.array(fc.record({ events: fc.array(event, { minLength: 1, maxLength: 4 }), snapshot: fc.boolean() }), { maxLength: 20 });
type Commits = typeof commits extends fc.Arbitrary<infer T> ? T : never;

/** Appends commit by commit; gives the places where they end. */
async function write(book: Daybook, history: Commits): Promise<Cursor[]> {
  const reader = await book.core.backend.reader(0);
  const ends: Cursor[] = [];
  for (const projection of projections) book.registerProjection(projection);
  for (const { events } of history) {
    await book.log.append(events, { durability: "os" });
    while (reader.pull() !== undefined);
    ends.push(reader.position);
  }
  reader.close();
  return ends;
}

const read = async (book: Daybook, from = 1, to?: number): Promise<RecordedEvent[]> => {
  const found: RecordedEvent[] = [];
  for await (const one of book.log.read(to === undefined ? { from } : { from, to })) found.push(one);
  return found;
};

/** Every view of every moment, and the step from one to another. */
async function judge(book: Daybook, steps: readonly (readonly [number, number])[]): Promise<void> {
  const events = await read(book);
  for (let seq = 0; seq <= events.length; seq += 1) {
    await using past = await book.at(seq);
    expect(past.asOf).toEqual({ seq, time: events[seq - 1]?.time });
    for (const projection of projections) {
      expect(JSON.stringify(await past.view(projection.name)), `${projection.name} at ${seq}`).toBe(JSON.stringify(folded(projection, events.slice(0, seq))));
    }
    expect(await read(past)).toEqual(events.slice(0, seq));
  }
  for (const [one, other] of steps) {
    const [a = 0, b = 0] = [one % (events.length + 1), other % (events.length + 1)].sort((x, y) => x - y);
    await using earlier = await book.at(a);
    await using later = await book.at(b);
    for (const projection of projections) {
      expect(await later.view(projection.name), `${projection.name} from ${a} to ${b}`).toEqual(folded(projection, await read(book, a + 1, b), await earlier.view(projection.name)));
    }
  }
}

const steps = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 6 });
const numRuns = (usual: number): fc.Parameters<unknown> => ({ numRuns: fc.readConfigureGlobal().numRuns ?? usual });

describe("the view at every seq is what folding the first seq events gives, and the events behind it lead on to every later view", () => {
  it("in memory", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(commits, steps, async (history, some) => {
        await using book = await openMemoryDaybook();
        await write(book, history);
        await judge(book, some);
      }),
      numRuns(15),
    );
  });

  it("in segments, with snapshots anywhere and without", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(commits, steps, fc.boolean(), async (history, some, readOnly) => {
        const root = mkdtempSync(join(tmpdir(), "daybook-as-of-"));
        try {
          const writer = await openDaybook(root, { segmentBytes: 4096 });
          const ends = await write(writer, history);
          const events = await read(writer);
          await writer.close();
          const info = JSON.parse(readFileSync(join(root, "daybook.json"), "utf8")) as { root: string };
          // Every one is kept: the log is said to be nothing but seals.
          const snapshots = new SnapshotFiles(nodeFileSystem, join(root, "snapshots"), info.root, () => ({ firsts: ends.map(({ seq }) => seq), bytes: 1e9 }));
          for (const [index, at] of ends.entries()) {
            if (history[index]?.snapshot !== true) continue;
            for (const projection of projections) {
              const before = folded(projection, events.slice(0, at.seq));
              snapshots.save({ projection: projection.name, version: projection.version, at, unknown: 0 }, isKeyed(projection) ? (Object.entries(before as object) as [string, Json][]) : [["", before]]);
            }
          }
          await using book = await openDaybook(root, { readOnly });
          for (const projection of projections) book.registerProjection(projection);
          await judge(book, some);
        } finally {
          rmSync(root, { recursive: true, force: true });
        }
      }),
      numRuns(15),
    );
  });

  it("row by row, found by their streams", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(commits, async (history) => {
        await using book = await openMemoryDaybook();
        await write(book, history);
        const events = await read(book);
        const { backend, engine } = book.core;
        const found: EventQuery[] = [];
        const finding: Required<Pick<LogBackend, "find">> = {
          // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
          find: async function* (query) {
            found.push(query);
            yield* events.filter(({ stream, seq }) => (stream === query.stream || stream.startsWith(`${query.stream}/`)) && seq >= query.from && seq <= query.to);
          },
        };
        Object.assign(backend, finding);
        for (let seq = 0; seq <= events.length; seq += 1) {
          const past = await openPast({ backend, engine }, seq, Date.now);
          const rows = folded(lists, events.slice(0, seq)) as Record<string, Json>;
          const streams = ["note/a", "note/a/b", "note/b", "note", "other/a", "none/1"];
          expect(await past.engine.lookUp("lists", streams)).toEqual(streams.map((stream) => rows[stream]));
          // Nothing was folded for that, and what is not keyed by stream is folded all the same.
          expect(past.engine.folded("lists")).toBeUndefined();
          expect(await past.engine.lookUp("sums", ["all"])).toEqual([(folded(sums, events.slice(0, seq)) as Record<string, Json>)["all"]]);
          past.engine.close();
        }
        expect(found).toHaveLength(6 * events.length);
      }),
      numRuns(15),
    );
  });
});
