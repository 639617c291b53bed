import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Daybook, HistoryChange, Json, RunReport } from "../../src/index.js";
import { openMemoryDaybook } from "../../src/testing.js";

async function changesOf(book: Daybook, run: string, from?: number): Promise<HistoryChange[]> {
  const found: HistoryChange[] = [];
  for await (const change of book.changes({ run, ...(from === undefined ? {} : { from }) })) found.push(change);
  return found;
}

const name = fc.constantFrom("loss", "acc", "a/b", "~", "__proto__", "a b");
const report: fc.Arbitrary<RunReport> = fc.record(
  {
    status: fc.constantFrom("RUNNING", "DONE", "ERROR"),
    metrics: fc.dictionary(name, fc.constantFrom(1, 2, null, "x"), { minKeys: 1, maxKeys: 3 }),
    files: fc.dictionary(name, fc.constantFrom("a", "b"), { minKeys: 1, maxKeys: 2 }),
    tags: fc.uniqueArray(fc.constantFrom("t1", "t2", "t3"), { minLength: 1 }),
    note: fc.constantFrom("n1", "n2"),
    error: fc.constantFrom("e1", "e2"),
  },
  { requiredKeys: [] },
);

describe("what events changed", () => {
  it("is told with the value before and behind it, also of a history that begins later", async () => {
    await using book = await openMemoryDaybook({ participantId: "worker-1" });
    const uid = await book.runs.allocate("train", { params: { lr: 0.1 } });
    await book.runs.log("train", uid, { metrics: { loss: 0.5 } });
    await book.runs.log("train", uid, { metrics: { loss: 0.4 }, step: 2 });
    const changes = await changesOf(book, "train/0001");
    expect(changes[0]).toMatchObject({ event: { seq: 1, by: "worker-1" }, text: "allocated train/0001 with lr=0.1" });
    // A new run has no fields but those that say something.
    expect(changes[0]?.changes.map(({ path }) => path)).toEqual(["/identifier", "/relpath", "/uid", "/status", "/paramHash", "/params", "/storage"]);
    expect(changes.slice(1).map(({ changes: of, text }) => [of, text])).toEqual([
      [[{ path: "/metrics/loss", before: undefined, after: 0.5 }], "metrics: loss 0.5"],
      [[{ path: "/metrics/loss", before: 0.5, after: 0.4 }], "metrics: loss 0.5 -> 0.4, step 2"],
    ]);
    expect(await changesOf(book, "train/0001", 3)).toEqual(changes.slice(2));
  });

  it("is nothing where an event belongs to no run, and several runs are told apart", async () => {
    await using book = await openMemoryDaybook();
    await Promise.all([book.runs.allocate("train"), book.runs.allocate("train")]);
    await book.runs.log("train", "0002", { note: "x" });
    await book.log.append({ stream: "run/train/0001", type: "sample.taken", data: { n: 1 } });
    const found: unknown[] = [];
    for await (const { event, changes, text } of book.changes({ stream: "run", from: 3 })) found.push([event.stream, changes.length, text]);
    expect(found).toEqual([["run/train/0002", 1, "note x"], ["run/train/0001", 0, "sample.taken: n=1"]]);
  });
});

describe("blame", () => {
  it("names the event that set a field last, also to the value it had, and what came with the run as its allocation", async () => {
    await using book = await openMemoryDaybook({ participantId: "worker-1" });
    const uid = await book.runs.allocate("train", { params: { lr: 0.1, model: { width: 8 }, layers: [1, 2] } }); // 1
    const lease = await book.runs.start("train", uid); // 2: attempt, 3: status
    await lease.log({ metrics: { loss: 0.5, acc: 0.1 }, tags: ["a", "b"] }); // metrics, tags in one append
    await book.runs.log("train", uid, { metrics: { loss: 0.5 }, tags: ["b", "c"] });
    await lease.end({ status: "DONE", exitCode: 0 });
    const blamed = new Map((await book.blame("train/0001")).map((one) => [one.field, one]));
    const all = await changesOf(book, "train/0001");
    const seqOf = (type: string, at: number): number | undefined => all.filter(({ event }) => event.type === type).at(at)?.event.seq;
    for (const field of ["identifier", "uid", "params.lr", "params.model.width", "params.layers", "storage"]) expect(blamed.get(field), field).toMatchObject({ seq: 1, type: "run.allocated", by: "worker-1" });
    expect(blamed.get("params.layers")).toMatchObject({ path: "/params/layers", value: [1, 2] });
    expect(blamed.get("metrics.loss")).toMatchObject({ value: 0.5, seq: seqOf("run.metrics-recorded", 1) });
    expect(blamed.get("metrics.acc")).toMatchObject({ value: 0.1, seq: seqOf("run.metrics-recorded", 0) });
    expect(["tags.0", "tags.1", "tags.2"].map((tag) => blamed.get(tag)?.seq)).toEqual([seqOf("run.tagged", 0), seqOf("run.tagged", 0), seqOf("run.tagged", 1)]);
    expect(blamed.get("status")).toMatchObject({ value: "DONE", seq: seqOf("run.status-changed", 1) });
    expect(blamed.get("attempts.0.host")).toMatchObject({ seq: seqOf("run.attempt-started", 0) });
    expect(blamed.get("attempts.0.exitCode")).toMatchObject({ value: 0, seq: seqOf("run.attempt-ended", 0) });
    expect([...blamed.keys()].filter((field) => /liveness|history|changed|^error|^note/.test(field))).toEqual([]);
  });

  it("follows beats, later attempts and what those take back", async () => {
    let now = Date.parse("2026-11-21T10:00:00.000Z");
    await using book = await openMemoryDaybook({ clock: () => (now += 10) });
    const uid = await book.runs.allocate("train");
    const first = await book.runs.start("train", uid);
    await first.end({ status: "ERROR", error: new Error("gone") });
    const failed = await book.blame("train/0001");
    expect(failed.find(({ field }) => field === "error.message")).toMatchObject({ value: "gone", type: "run.error-recorded" });
    const second = await book.runs.start("train", uid);
    await second.beat();
    const blamed = new Map((await book.blame("train/0001")).map((one) => [one.field, one]));
    expect([...blamed.keys()].some((field) => field.startsWith("error"))).toBe(false);
    expect(blamed.get("attempts.0.ended")).toMatchObject({ type: "run.attempt-ended" });
    expect(blamed.get("attempts.1.attempt")).toMatchObject({ type: "run.attempt-started" });
    expect(blamed.get("attempts.1.lastBeat")).toMatchObject({ type: "run.heartbeat-recorded" });
    expect(blamed.get("attempts.1.beatWithinMs")).toMatchObject({ type: "run.heartbeat-recorded" });
    expect(blamed.get("status")).toMatchObject({ value: "RUNNING", type: "run.status-changed" });
    await second.end();
  });

  it("and changes follow from each other and from the record, whatever was told of a run", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(report, { maxLength: 12 }), async (reports) => {
        await using book = await openMemoryDaybook();
        const uid = await book.runs.allocate("train", { params: { lr: 1, deep: { x: [] } } });
        await book.runs.allocate("train");
        for (const one of reports) await book.runs.log("train", uid, one);
        const record = (await book.runs.getRecord("train", uid)) as unknown as Record<string, Json>;
        const blamed = await book.blame("train/0001");
        // Every blamed value is the record's, and set by an event of its own kind.
        const setters = new Map<string, number>();
        for (const { event, changes } of await changesOf(book, "train/0001")) {
          for (const { path, after } of changes) if (after !== undefined) setters.set(path, event.seq);
          for (const field of ["metrics", "files"]) for (const key of Object.keys(event.data[field] ?? {})) setters.set(`/${field}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, event.seq);
          if (event.type === "run.status-changed") setters.set("/status", event.seq);
          if (event.type === "run.noted") setters.set("/note", event.seq);
          if (event.type === "run.error-recorded") setters.set("/error", event.seq);
        }
        for (const { path, value, seq } of blamed) {
          const keys = path.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
          expect(keys.reduce<Json>((at, key) => Object.getOwnPropertyDescriptor(at, key)?.value as Json, record), path).toEqual(value);
          const candidates = keys.map((_, index) => setters.get(`/${path.split("/").slice(1, index + 2).join("/")}`) ?? 0);
          expect(seq, path).toBe(Math.max(...candidates));
        }
        const fields = new Set(blamed.map(({ path }) => path.split("/").slice(0, 3).join("/")));
        for (const field of ["metrics", "files"]) expect([...fields].filter((path) => path.startsWith(`/${field}/`))).toHaveLength(Object.keys(record[field] as object).length);
        expect([...fields].filter((path) => path.startsWith("/tags/"))).toHaveLength((record["tags"] as string[]).length);
      }),
      { numRuns: 60 },
    );
  });
});
