import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineProjection, openDaybook } from "../../src/index.js";
import type { Daybook, Json, Projection, RecordedEvent, Rows } from "../../src/index.js";
import { diff } from "../../src/replay/diff.js";
import type { DiffSource } from "../../src/replay/diff.js";
import { openMemoryDaybook } from "../../src/testing.js";
import { applied, canonical } from "../support/apply-patch.js";
import { temporaryFolder } from "../support/temporary-folder.js";

type Row = { readonly count: number; readonly last: Json; readonly seqs: readonly number[] };

/** Rows by stream, which some events take away, and a row that all share. */
const notes = defineProjection<"notes", Row>({
  name: "notes",
  version: 1,
  types: ["note.taken", "note.torn"],
  keys: (event) => (event.data["shared"] === true ? [event.stream, "all"] : [event.stream]),
  evolve: (row, event) => (event.type === "note.torn" ? undefined : { count: (row?.count ?? 0) + 1, last: event.data["text"] ?? null, seqs: [...(row?.seqs ?? []), event.seq].slice(-3) }),
});

/** The same rows, shown otherwise. */
const counts = defineProjection<"counts", Row>({ ...notes, name: "counts", view: (rows: Rows<Row>) => Array.from(rows.entries(), ([key, { count }]) => ({ key, count })) });

/** One state: a list that grows and is emptied, then something that is no list. */
const texts = defineProjection<"texts", Json>({
  name: "texts",
  version: 1,
  types: ["note.taken"],
  initialState: [],
  evolve: (state, event) => (Array.isArray(state) && state.length < 4 ? [...(state as Json[]), event.data["text"] ?? null] : Array.isArray(state) ? { full: true, at: event.seq } : []),
});

const projections: readonly Projection[] = [notes, counts, texts];

/** What a projection shows of some events, by plain loops. */
function folded(projection: Projection, events: readonly RecordedEvent[]): Json {
  const wanted = events.filter(({ type }) => projection.types?.includes(type) ?? true);
  if (!("keys" in projection)) return wanted.reduce<Json>((state, event) => projection.evolve(state, event) as Json, projection.initialState as Json);
  const rows = new Map<string, Json>();
  for (const event of wanted) {
    for (const key of projection.keys(event)) {
      const row = projection.evolve(rows.get(key), event, key) as Json | undefined;
      if (row === undefined) rows.delete(key);
      else rows.set(key, row);
    }
  }
  return projection.view?.(rows) ?? Object.fromEntries(rows);
}

const text = fc.oneof(fc.constantFrom<Json>("a", "b", null, 1), fc.array(fc.constantFrom("x", "y"), { maxLength: 3 }), fc.record({ "a/b": fc.nat(2), length: fc.nat(2) }));
const note = fc.record({
  stream: fc.constantFrom("note/1", "note/2", "note/2/b", "constructor", "note/3"),
  type: fc.constantFrom("note.taken", "note.taken", "note.taken", "note.torn", "other.said"),
  data: fc.record({ text, shared: fc.boolean() }),
});
const commits = fc.array(fc.array(note, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 });

const sourceOf = (book: Daybook): DiffSource => ({
  ...book.core,
  clock: Date.now,
  at: async (seq) => {
    const past = await book.at(seq);
    return { engine: past.core.engine, close: () => past.close() };
  },
});

/** Opens, fills and registers. */
async function filled(book: Daybook, content: readonly (readonly { stream: string; type: string; data: Record<string, Json> }[])[]): Promise<RecordedEvent[]> {
  for (const projection of projections) book.registerProjection(projection);
  for (const events of content) await book.log.append(events);
  const all: RecordedEvent[] = [];
  for await (const event of book.log.read()) all.push(event);
  return all;
}

describe("a diff", () => {
  it.each([["memory", 60], ["file", 12]] as const)("makes the view at one moment of the view at another, for random logs in a %s", async (kind, numRuns) => {
    await fc.assert(
      fc.asyncProperty(commits, fc.nat(), fc.nat(), async (content, first, second) => {
        await using book = kind === "memory" ? await openMemoryDaybook() : await openDaybook(temporaryFolder(), { durability: "os", segmentBytes: 4096 });
        const events = await filled(book, content);
        const [a, b] = [first % (events.length + 1), second % (events.length + 1)];
        for (const projection of projections) {
          const [before, after] = [folded(projection, events.slice(0, a)), folded(projection, events.slice(0, b))];
          // As the events between tell it, and from the whole views.
          for (const nearby of [Infinity, 0]) {
            for (const tests of [false, true]) {
              const patch = await diff(sourceOf(book), a, b, { view: projection.name, tests }, nearby);
              const { byOne, byOther } = applied(before, patch);
              expect(canonical(byOne)).toBe(canonical(after));
              expect(canonical(byOther)).toBe(canonical(after));
              expect(patch.length === 0).toBe(canonical(before) === canonical(after));
            }
          }
        }
      }),
      { numRuns },
    );
  });

  it("of runs follows what was told of them, in any order of moments, by seq and by time", async () => {
    let now = Date.parse("2026-11-21T10:00:00.000Z");
    await using book = await openMemoryDaybook({ clock: () => (now += 1000) });
    const uid = await book.runs.allocate("train", { params: { lr: 0.1 } });
    await book.runs.log("train", uid, { status: "RUNNING", metrics: { loss: 1 } });
    const between = await book.log.head();
    await book.runs.log("train", uid, { metrics: { loss: 0.5, accuracy: 0.9 }, tags: ["best"] });
    await book.runs.allocate("train");
    const head = await book.log.head();
    const views = await Promise.all([0, 1, between.seq, head.seq].map(async (seq) => (await book.at(seq)).view("runs")));
    for (const [i, a] of [0, 1, between.seq, head.seq].entries()) {
      for (const [j, b] of [0, 1, between.seq, head.seq].entries()) expect(applied(views[i] as Json, await book.diff(a, b)).byOne).toEqual(views[j]);
    }
    const patch = await book.diff(between.seq, head.seq);
    expect(patch).toEqual(expect.arrayContaining<unknown>([
      { op: "replace", path: "/run~1train~10001/metrics/loss", value: 0.5 },
      { op: "add", path: "/run~1train~10001/metrics/accuracy", value: 0.9 },
      { op: "add", path: "/run~1train~10001/tags/0", value: "best" },
      { op: "add", path: "/run~1train~10002", value: expect.objectContaining({ status: "PENDING" }) as unknown },
    ]));
    expect(await book.diff(between.time as string, new Date(now), { view: "runs" })).toEqual(patch);
    expect(await book.diff(head.seq, head.seq)).toEqual([]);
    const withTests = await book.diff(between.seq, head.seq, { tests: true });
    expect(withTests).toContainEqual({ op: "test", path: "/run~1train~10001/metrics/loss", value: 1 });
    expect(withTests.filter(({ op }) => op !== "test")).toEqual(patch);
  });

  it("of neighbouring moments looks at the rows that were touched between them, and at no others", async () => {
    await using book = await openMemoryDaybook();
    await Promise.all(Array.from({ length: 50 }, () => book.runs.allocate("many")));
    const { seq } = await book.log.head();
    for (const uid of ["0007", "0009", "0007"]) await book.runs.log("many", uid, { note: uid });
    const asked: string[] = [];
    const watched: DiffSource = {
      ...sourceOf(book),
      at: async (moment) => {
        const past = await sourceOf(book).at(moment);
        expect(moment).toBe(seq);
        const lookUp = (name: string, keys: readonly string[]) => {
          asked.push(...keys);
          return past.engine.lookUp(name, keys);
        };
        return { ...past, engine: { lookUp, query: () => Promise.reject(new Error("the whole view was folded")) } };
      },
    };
    expect((await diff(watched, seq, seq + 3)).map(({ path }) => path)).toContain("/run~1many~10007/note");
    expect(asked).toEqual(["run/many/0007", "run/many/0009"]);
  });

  it("reads more rows than it looks up one by one", async () => {
    await using book = await openMemoryDaybook();
    const uids = await Promise.all(Array.from({ length: 100 }, () => book.runs.allocate("many")));
    const { seq } = await book.log.head();
    const before = await book.view("runs");
    await Promise.all(uids.map((uid) => book.runs.log("many", uid, { note: uid })));
    const { seq: end } = await book.log.head();
    const patch = await book.diff(seq, end);
    expect(patch.filter(({ path }) => path.endsWith("/note"))).toHaveLength(100);
    expect(applied(before, patch).byOne).toEqual(await book.view("runs"));
  });

  it("holds copies, and leaves what is served alone", async () => {
    await using book = await openMemoryDaybook();
    await filled(book, [[{ stream: "note/1", type: "note.taken", data: { text: ["a"], shared: false } }]]);
    const served = await book.view("notes");
    await book.log.append({ stream: "note/1", type: "note.taken", data: { text: ["b"] } });
    const [operation] = await book.diff(0, 2, { view: "notes" });
    (operation as unknown as { value: { last: string[] } }).value.last.push("changed");
    expect(await (await book.at(1)).view("notes")).toEqual(served);
    expect(await book.view("notes")).toEqual({ "note/1": { count: 2, last: ["b"], seqs: [1, 2] } });
    expect((await book.diff(0, 2, { view: "notes" }))[0]).toEqual({ op: "add", path: "/note~11", value: { count: 2, last: ["b"], seqs: [1, 2] } });
  });

  it("of a past is bounded by it", async () => {
    await using book = await openMemoryDaybook();
    await filled(book, [[1, 2, 3].map((index) => ({ stream: `note/${index}`, type: "note.taken", data: { text: index } }))]);
    await using past = await book.at(2);
    expect(await past.diff(1, 2, { view: "notes" })).toEqual([{ op: "add", path: "/note~12", value: { count: 1, last: 2, seqs: [2] } }]);
    await expect(past.diff(0, 3)).rejects.toMatchObject({ code: "MOMENT_AHEAD" });
  });

  it("refuses what is none", async () => {
    await using book = await openMemoryDaybook();
    await book.log.append({ stream: "note/1", type: "note.taken", data: {} });
    await expect(book.diff(0, 5)).rejects.toMatchObject({ code: "MOMENT_AHEAD" });
    await expect(book.diff(0, "2999-01-01")).rejects.toMatchObject({ code: "MOMENT_AHEAD" });
    await expect(book.diff(-1, 0)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "a" });
    await expect(book.diff(0, "soon")).rejects.toMatchObject({ code: "INVALID_OPTION", field: "b" });
    await expect(book.diff(0, 1, { view: "nope" })).rejects.toMatchObject({ code: "PROJECTION_UNKNOWN" });
    await expect(book.diff(0, 1, { view: 3 as unknown as string })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "view" });
    await expect(book.diff(0, 1, { tests: 1 as unknown as boolean })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "tests" });
    await expect(book.diff(0, 1, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    const failing = defineProjection<"failing", number>({ name: "failing", version: 1, keys: ({ stream }) => [stream], evolve: () => { throw new Error("no"); } });
    book.registerProjection(failing);
    await expect(book.diff(0, 1, { view: "failing" })).rejects.toMatchObject({ code: "PROJECTION_FAILED", projection: "failing" });
  });
});
