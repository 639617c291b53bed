import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineProjection, isDaybookError, openDaybook } from "../../../src/index.js";
import type { Daybook, Json, RebuildOptions, RebuildReport } from "../../../src/index.js";
import { rebuild } from "../../../src/replay/rebuild.js";
import { projectionFile } from "../../support/projection-file.js";
import { startProgram } from "../../support/programs.js";
import { segmentFiles } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const entry = new URL("../../../dist/src/replay/threads/fold-worker.js", import.meta.url);
const inThreads = ({ core }: Daybook, options: RebuildOptions): Promise<RebuildReport> => rebuild(core.backend, core.engine, core.reading, { ...options, entry }, core.apart);

const moduleText = `
const types = ["note.taken", "note.dropped"];
export const notes = {
  name: "notes", version: 3, types, keyedBy: "stream", keys: (event) => [event.stream],
  evolve: (row, event) => (event.type === "note.dropped" ? undefined : { seqs: [...(row?.seqs ?? []), event.seq], text: event.data.text }),
};
export const total = { name: "total", version: 1, initialState: 0, evolve: (count) => count + 1, combine: (one, other) => one + other };
export const several = [
  { name: "words", version: 1, types, keys: ({ data }) => data.words ?? [], evolve: (count = 0) => count + 1, combine: (one, other) => one + other },
  { name: "last", version: 1, initialState: null, evolve: (_, { seq, type }) => ({ seq, type }) },
];
export default function helper() {}
`;
/** Known to this process alone. */
const here = defineProjection<"here", string>({ name: "here", version: 1, types: ["note.taken"], keys: ({ data }) => [...new Set(data["words"] as string[])], evolve: (row, { stream }) => `${row ?? ""}${stream}` });

type Step = { readonly kind: "note" | "drop" | "run" | "status"; readonly of: number; readonly words: readonly string[] };
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("note", "note", "note", "drop", "run", "status"),
  of: fc.nat(6),
  words: fc.array(fc.constantFrom("a", "b", "ü", "1", "0", "__proto__"), { maxLength: 3 }),
});

async function write(root: string, commits: readonly (readonly Step[])[]): Promise<void> {
  await using book = await openDaybook(root, { segmentBytes: 4096, durability: "os" });
  for (const steps of commits) {
    const events = steps.flatMap(({ kind, of, words }) => {
      if (kind === "note") return [{ stream: `note/${of}`, type: "note.taken", data: { words, text: "x".repeat(300) } }];
      return kind === "drop" ? [{ stream: `note/${of}`, type: "note.dropped", data: {} }] : [];
    });
    if (events.length > 0) await book.log.append(events, steps[0]?.of === 1 ? { id: `${root}-${(await book.log.head()).seq}` } : {});
    for (const { kind, of } of steps) {
      if (kind === "run") await book.runs.allocate("train", { params: { of } });
      if (kind === "status") await book.runs.log("train", "0001", { metrics: { of } }).catch(() => undefined);
    }
  }
}

async function views(book: Daybook): Promise<string[]> {
  return Promise.all(book.views.map(async (name) => `${name}: ${JSON.stringify(await book.view(name))}`));
}

describe("a rebuild in threads", () => {
  it("comes to what one thread comes to, row for row and in the same order, for any log", { timeout: 120_000 }, async () => {
    const file = projectionFile(moduleText);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 20, maxLength: 60 }), fc.integer({ min: 2, max: 4 }), async (commits, parallel) => {
        const root = temporaryFolder();
        await write(root, commits);
        await using book = await openDaybook(root, { segmentBytes: 4096 });
        await book.loadProjections(file);
        book.registerProjection(here);
        const alone = await book.rebuild({ parallel: 1 });
        const expected = await views(book);
        const report = await inThreads(book, { parallel });
        // The calling thread is busy with those that only it can fold: the others have the ranges.
        expect(report.threads).toBe(1 + Math.min(parallel - 1, segmentFiles(root).length));
        expect({ ...report, threads: 1 }).toEqual(alone);
        expect(await views(book)).toEqual(expected);
        const split = await inThreads(book, { parallel, check: true, projections: ["notes", "runs", "run-index", "append-ids", "total"] });
        expect(split).toMatchObject({ ok: true, seq: alone.seq, threads: Math.min(parallel, segmentFiles(root).length) });
        // And it goes on from there.
        await book.log.append({ stream: "note/1", type: "note.taken", data: { words: ["a"], text: "" } });
        const after = await views(book);
        expect((await book.rebuild({ parallel: 1 })).ok).toBe(true);
        expect(await views(book)).toEqual(after);
      }),
      { numRuns: 8 },
    );
  });

  const many = (count: number): Step[][] => Array.from({ length: count }, (_, index) => [{ kind: "note", of: index % 7, words: ["a"] }]);
  async function bookOf(text: string, count = 60): Promise<Daybook> {
    const root = temporaryFolder();
    await write(root, many(count));
    const book = await openDaybook(root, { segmentBytes: 4096 });
    await book.loadProjections(projectionFile(text));
    return book;
  }

  it("that fails on an event says what one thread says", async () => {
    await using book = await bookOf(`
      export const fragile = { name: "fragile", version: 1, keyedBy: "stream", keys: (event) => [event.stream],
        evolve: (row, event) => { if (event.seq === 40) throw new Error("no forty"); return event.seq; } };`);
    const alone = await book.rebuild({ parallel: 1, check: true });
    expect(alone.projections.at(-1)).toMatchObject({ name: "fragile", rows: 7, failure: expect.stringContaining("no forty") as string });
    expect(await inThreads(book, { parallel: 3, check: true })).toEqual(alone);
  });

  it("of rows that are not of their stream alone, whatever it says, is done by one thread", async () => {
    await using book = await bookOf(`
      export const shared = { name: "shared", version: 1, keyedBy: "stream", keys: () => ["all"], evolve: (row = 0) => row + 1 };`);
    const report = await inThreads(book, { parallel: 3 });
    expect(report).toMatchObject({ ok: true, threads: 1 });
    expect(await book.view("shared")).toEqual({ all: 60 });
  });

  it("uses the upcasters of the module; those that only this process has keep their projections here", async () => {
    const text = `export const texts = { name: "texts", version: 1, types: ["note.taken"], keyedBy: "stream", keys: (event) => [event.stream], evolve: (row, { data }) => data.length };`;
    const upcasters = { 1: (data: { readonly text?: Json }) => ({ length: typeof data.text === "string" ? data.text.length : -1 }) };
    for (const inModule of [true, false]) {
      await using book = await bookOf(inModule ? `${text} export const eventTypes = { "note.taken": { version: 2, upcasters: { 1: (data) => ({ length: data.text.length }) } } };` : text);
      if (!inModule) book.registerEvent("note.taken", { version: 2, upcasters });
      expect((await inThreads(book, { parallel: 3, projections: ["texts"] })).threads).toBe(inModule ? 3 : 1);
      expect(Object.values((await book.view("texts")) as object)).toEqual([300, 300, 300, 300, 300, 300, 300]);
    }
  });

  it("that is given up, or whose listener throws, leaves what was served, and no thread behind", async () => {
    await using book = await bookOf(moduleText);
    await book.view("notes");
    const giveUp = new AbortController();
    await expect(inThreads(book, { parallel: 3, projections: ["notes"], signal: giveUp.signal, onProgress: () => giveUp.abort(new Error("enough")) })).rejects.toThrow("enough");
    const thrower = (): never => {
      throw new Error("not mine");
    };
    await expect(inThreads(book, { parallel: 3, projections: ["notes"], onProgress: thrower })).rejects.toThrow("not mine");
    expect(process.getActiveResourcesInfo()).not.toContain("MessagePort");
    expect(await inThreads(book, { parallel: 3, check: true })).toMatchObject({ ok: true });
  });

  it("counts every event once on the way", async () => {
    await using book = await bookOf(moduleText);
    const seen: number[] = [];
    await inThreads(book, { parallel: 3, projections: ["notes"], onProgress: ({ events, total }) => seen.push(total === 60 ? events : NaN) });
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(60);
  });

  it("meets damage in whichever range it lies", async () => {
    await using book = await bookOf(moduleText);
    await book.rebuild({ parallel: 1 });
    for (const name of segmentFiles(book.root).slice(0, -2)) {
      const file = join(book.root, "log", name);
      const whole = readFileSync(file);
      const bytes = Buffer.from(whole);
      bytes[bytes.length - 200] = (bytes[bytes.length - 200] ?? 0) ^ 1;
      writeFileSync(file, bytes);
      const error: unknown = await inThreads(book, { parallel: 3, projections: ["notes", "runs"] }).catch((one: unknown) => one);
      expect(isDaybookError(error, "LOG_CORRUPT"), name).toBe(true);
      expect(error).toMatchObject({ segment: name });
      writeFileSync(file, whole);
    }
  });

  it("is right while another process appends", { timeout: 60_000 }, async () => {
    const root = temporaryFolder();
    await write(root, many(60));
    const writer = startProgram("append-for-ever", [root, 4096]);
    await writer.line(() => true);
    await using book = await openDaybook(root, { segmentBytes: 4096 });
    await book.loadProjections(projectionFile(moduleText));
    await book.view("notes");
    for (let round = 0; round < 4; round += 1) {
      const lines = writer.lines.length;
      expect(await inThreads(book, { parallel: 3, check: round % 2 === 0 })).toMatchObject({ ok: true, threads: 3 });
      await writer.line((line) => writer.lines.indexOf(line) > lines);
    }
    writer.child.kill("SIGKILL");
    await writer.ended;
    expect(await book.rebuild({ parallel: 1, check: true })).toMatchObject({ ok: true });
    expect(await book.view("total")).toBe((await book.log.head()).seq);
  });
});
