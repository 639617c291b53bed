import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defineProjection, openDaybook } from "../../src/index.js";
import type { Daybook, Head, Moment, NewEvent, RecordedEvent } from "../../src/index.js";
import { product, Project } from "../../src/projects.js";
import { fakeClock, openMemoryDaybook } from "../../src/testing.js";
import type { FakeClock } from "../../src/testing.js";
import { commitEnds } from "../support/commit-ends.js";
import { activeSegment, segmentFiles } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const note = (n: number): NewEvent => ({ stream: `note/${n % 3}`, type: "note.taken", data: { n } });
const total = defineProjection<"total", number>({ name: "total", version: 1, types: ["note.taken"], initialState: 0, evolve: (count) => count + 1 });

const ms = (seconds: number): string => new Date(Date.parse("2026-11-21T12:00:00.000Z") + seconds * 1000).toISOString();

/** Each test in memory and on the disk. */
const backends: readonly (readonly [name: string, open: (clock: FakeClock) => Promise<Daybook>])[] = [
  ["in memory", ({ clock }) => openMemoryDaybook({ clock, participantId: "w" })],
  ["in segments", ({ clock }) => openDaybook(temporaryFolder(), { clock, participantId: "w", segmentBytes: 4096 })],
];

const seqs = async (book: Daybook, options: object = {}): Promise<number[]> => {
  const found: number[] = [];
  for await (const { seq } of book.log.read(options)) found.push(seq);
  return found;
};
const counted = async (book: Daybook, moment: Moment): Promise<unknown> => {
  await using past = await book.at(moment);
  return await past.view("total");
};

describe.each(backends)("a daybook as of a moment, %s", (_, open) => {
  /** Events at 0, 10, 10 (one commit of two), 20 s; now it is 60 s. */
  async function withNotes(): Promise<{ readonly book: Daybook; readonly time: FakeClock }> {
    const time = fakeClock(ms(0));
    const book = await open(time);
    book.registerProjection(total);
    await book.log.append(note(1));
    time.advance(10_000);
    await book.log.append([note(2), note(3)]);
    time.advance(10_000);
    await book.log.append(note(4));
    time.advance(40_000);
    return { book, time };
  }

  it("is found by seq, Date or ISO text: the last event not after it", async () => {
    const { book } = await withNotes();
    const moments: [moment: Moment, events: number][] = [
      [0, 0], [1, 1], [2, 2], [3, 3], [4, 4],
      [ms(-1), 0], [ms(-0.001), 0], [ms(0), 1], [ms(9.999), 1], [ms(10), 3], [ms(19.999), 3], [ms(20), 4], [ms(59), 4], [ms(60), 4],
      ["2026-11-21", 0], ["2026-11-21T12:00:10Z", 3], ["2026-11-21T12:00:10.0009Z", 3], ["2026-11-21T13:00:10+01:00", 3], [new Date(ms(12)), 3],
    ];
    for (const [moment, events] of moments) expect(await counted(book, moment), String(moment)).toBe(events);
    await book.close();
  });

  it("in a text without a zone is local, a date alone too", async () => {
    const zone = process.env["TZ"];
    process.env["TZ"] = "America/New_York";
    const { book } = await withNotes();
    try {
      for (const [moment, time] of [["2026-11-21T07:00:10", ms(10)], ["2026-11-21", "2026-11-21T05:00:00.000Z"], ["2026-11-21T00:00Z", "2026-11-21T00:00:00.000Z"]] as const) {
        await using past = await book.at(moment);
        expect(past.asOf?.time, moment).toBe(time);
      }
    } finally {
      if (zone === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zone;
      await book.close();
    }
  });

  it("is refused where the log has not come to it, and says where the head is", async () => {
    const { book } = await withNotes();
    const head = { seq: 4, time: ms(20) };
    await expect(book.at(5)).rejects.toMatchObject({ code: "MOMENT_AHEAD", moment: 5, head });
    await expect(book.at(ms(60.001))).rejects.toMatchObject({ code: "MOMENT_AHEAD", moment: ms(60.001), head });
    await expect(book.at(5)).rejects.toThrow(/seq 4, at 2026-11-21T12:00:20.000Z/);
    for (const moment of [-1, 1.5, NaN, 2 ** 60, "yesterday", "2026-13-01", "2026-02-30", "2025-02-29T10:00Z", "1", "", new Date(NaN), null, undefined, {}] as Moment[]) {
      await expect(book.at(moment), String(moment)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "moment" });
    }
    await book.close();
  });

  it("of an empty log is empty at any time but the future", async () => {
    const time = fakeClock(ms(0));
    const book = await open(time);
    for (const moment of [0, ms(-1e6), ms(0)]) {
      await using past = await book.at(moment);
      expect([past.asOf?.seq, await past.runs.list(), await past.view("run-index"), await seqs(past)]).toEqual([0, [], {}, []]);
    }
    await expect(book.at(ms(1))).rejects.toMatchObject({ code: "MOMENT_AHEAD", head: { seq: 0, time: undefined } });
    await expect(book.at(1)).rejects.toThrow(/the log is empty/);
    await book.close();
  });

  it("has the head that the log had, and one of its own inside of a commit", async () => {
    const time = fakeClock(ms(0));
    const book = await open(time);
    const heads: Head[] = [await book.log.head()];
    for (let number = 0; number < 60; number += 1) {
      time.advance(1000);
      await book.log.append([note(number), note(number), { ...note(number), data: { text: "x".repeat(200) } }]);
      heads.push(await book.log.head());
    }
    const tokens = new Set<string>();
    for (let seq = 0; seq <= 180; seq += 1) {
      await using past = await book.at(seq);
      const head = await past.log.head();
      expect(head).toMatchObject({ seq, time: seq === 0 ? undefined : ms(Math.ceil(seq / 3)) });
      if (seq % 3 === 0) expect(head).toEqual(heads[seq / 3]);
      tokens.add(head.token);
      // Each time the same.
      await using again = await book.at(seq);
      expect(await again.log.head()).toEqual(head);
    }
    expect(tokens.size).toBe(181);
    await book.close();
  });

  it("never shows what is appended later", async () => {
    const { book } = await withNotes();
    const atHead = await book.at(4);
    const byTime = await book.at(ms(60));
    await book.log.append(note(5));
    await book.runs.allocate("train");
    const lazily = await book.at(4);
    for (const past of [atHead, byTime, lazily]) {
      expect([await past.view("total"), await seqs(past), await seqs(past, { stream: "note/1" }), await seqs(past, { from: 3, to: 99 }), await past.runs.list(), (await past.log.head()).seq])
        .toEqual([4, [1, 2, 3, 4], [1, 4], [3, 4], [], 4]);
    }
    expect([await book.view("total"), await seqs(book)]).toEqual([5, [1, 2, 3, 4, 5, 6]]);
    await book.close();
  });

  it("refuses every write, on every ledger, and makes no folder", async () => {
    const time = fakeClock(ms(0));
    const book = await open(time);
    await book.runs.allocate("train", { params: { lr: 1 } });
    await book.log.append(note(1));
    await using past = await book.at(2);
    const project = await Project.open(past);
    const [session] = await project.findSessions("train");
    const writes: (() => Promise<unknown>)[] = [
      () => past.log.append(note(2)),
      () => past.log.append(note(2), { id: "x" }),
      () => past.log.append(note(2), { expect: { stream: "note/2", seq: 0 } }),
      () => past.transact(["runs"], () => []),
      () => past.rebuild(),
      () => past.runs.allocate("train"),
      () => past.runs.findOrAllocate("train", { params: { lr: 1 } }),
      () => past.runs.start("train", "0001"),
      () => past.runs.tryStart("train", "0001"),
      () => past.runs.log("train", "0001", { note: "x" }),
      () => past.runs.materialize(),
      () => past.runs.import({ train: { "": { "0001": { status: "done", files: {}, timestamp_status_lst: [["2024-01-01T00:00:00+00:00", "done"]] } } } }),
      () => project.session("train", { lr: 2 }),
      () => project.ensureFolder(),
      () => (session as NonNullable<typeof session>).start(),
      () => (session as NonNullable<typeof session>).run(() => Promise.resolve()),
      () => (session as NonNullable<typeof session>).ensureFolder(),
      () => project.sweep("train", product({ lr: [1, 2] })).run(() => Promise.resolve()),
    ];
    expect(past.readOnly).toBe(true);
    for (const write of writes) await expect(write(), String(write)).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    expect(existsSync(join(book.root, "runs"))).toBe(false);
    expect(await seqs(book)).toEqual([1, 2]);
    expect(session?.uid).toBe("0001");
    await book.close();
  });

  it("is closed with the one it came from, and not the other way round", async () => {
    const { book } = await withNotes();
    const pasts = await Promise.all([0, 1, 2, 3, 4, ms(5), ms(15)].map((moment) => book.at(moment)));
    expect(await Promise.all(pasts.map((past) => past.view("total")))).toEqual([0, 1, 2, 3, 4, 1, 3]);
    await pasts[1]?.close();
    await pasts[1]?.close();
    await expect(pasts[1]?.view("total")).rejects.toMatchObject({ code: "LOG_CLOSED" });
    expect([await pasts[2]?.view("total"), await book.view("total")]).toEqual([2, 4]);
    const [late, early] = [book.at(3), pasts[4]?.at(2)];
    const closing = book.close();
    await Promise.allSettled([late, early]);
    await closing;
    for (const past of [...pasts, await late.catch(() => undefined), await early?.catch(() => undefined)]) {
      if (past === undefined) continue;
      await expect(past.view("total")).rejects.toMatchObject({ code: "LOG_CLOSED" });
      await expect(past.log.head()).rejects.toMatchObject({ code: "LOG_CLOSED" });
      await expect(past.at(0)).rejects.toMatchObject({ code: "LOG_CLOSED" });
    }
    await expect(book.at(0)).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });

  it("has a past of its own, and nothing beyond itself", async () => {
    const { book } = await withNotes();
    await using past = await book.at(3);
    await using byTime = await book.at(ms(15));
    expect([await counted(past, 2), await counted(past, ms(5)), await counted(past, 3), await counted(past, ms(10)), await counted(byTime, ms(12)), await counted(byTime, ms(15))]).toEqual([2, 1, 3, 3, 3, 3]);
    for (const moment of [4, ms(20)]) await expect(past.at(moment)).rejects.toMatchObject({ code: "MOMENT_AHEAD", head: { seq: 3 } });
    await using inside = await past.at(2);
    expect([await inside.log.head(), inside.asOf]).toEqual([await (await book.at(2)).log.head(), { seq: 2, time: ms(10) }]);
    await book.close();
  });

  it("judges liveness by the heartbeats and the clock of then, not by processes", async () => {
    const time = fakeClock(ms(0));
    const book = await open(time);
    const uid = await book.runs.allocate("train");
    const lease = await book.runs.start("train", uid, { beatWithinMs: 600_000 });
    const promised = (await book.runs.getRecord("train", uid))?.attempts[0]?.beatWithinMs ?? 0;
    const during = (await book.log.head()).seq;
    time.advance(promised + 5000);
    await book.log.append(note(1));
    const silent = (await book.log.head()).seq;
    await lease.end({ status: "DONE" });
    const liveness = async (moment: Moment): Promise<unknown> => {
      await using past = await book.at(moment);
      const [listed] = await past.runs.list();
      expect((await past.runs.getRecord("train", uid))?.liveness).toBe(listed?.liveness);
      return listed?.liveness;
    };
    // The process is alive, but nothing was heard of it.
    expect([await liveness(1), await liveness(during), await liveness(silent), await liveness(ms(promised / 1000 - 1)), await liveness(ms(promised / 1000 + 1)), await liveness(new Date(time.now()))])
      .toEqual(["unknown", "live", "lost", "live", "lost", "ended"]);
    await book.close();
  });

  it("knows the projections and event types that were registered, and takes more", async () => {
    const { book } = await withNotes();
    book.registerEvent("note.taken", { version: 2, upcasters: { 1: (data) => ({ ...data, n: (data["n"] as number) * 10 }) } });
    await using past = await book.at(3);
    const list = defineProjection({ name: "list", version: 1, types: ["note.taken"], initialState: [] as number[], evolve: (state, event) => [...state, event.data["n"] as number] });
    past.registerProjection(list);
    expect([await past.view("total"), await past.view("list"), past.views.includes("list"), book.views.includes("list")]).toEqual([3, [10, 20, 30], true, false]);
    await expect(past.view("nothing")).rejects.toMatchObject({ code: "PROJECTION_UNKNOWN" });
    await book.close();
  });

  it("can be verified, and its views compared with the log", async () => {
    const { book } = await withNotes();
    await using past = await book.at(2);
    await past.view("total");
    expect(await past.verify()).toMatchObject({ ok: true });
    expect(await past.rebuild({ check: true, projections: ["total"] })).toMatchObject({ ok: true, seq: 2, projections: [{ name: "total", rows: 1 }] });
    await book.close();
  });

  it("finds runs without their relpath as of then", async () => {
    const time = fakeClock(ms(0));
    const book = await open(time);
    await book.runs.allocate("train", { relpath: "a" });
    await book.runs.allocate("train", { relpath: "b" });
    await using one = await book.at(1);
    await using two = await book.at(2);
    expect((await one.runs.getRecord("train", "0001"))?.relpath).toBe("a");
    await expect(two.runs.getRecord("train", "0001")).rejects.toMatchObject({ code: "AMBIGUOUS_RUN" });
    expect([(await two.runs.getRecord("train", "0001", { relpath: "b" }))?.relpath, await one.runs.getRecord("train", "0001", { relpath: "b" })]).toEqual(["b", undefined]);
    await book.close();
  });
});

describe("a damaged log that was opened read-only, as of a moment", () => {
  /** Forty durable events in several segments; one byte of the commit of the 30th is changed. */
  async function damaged(): Promise<{ readonly root: string; readonly seq: number }> {
    const root = temporaryFolder();
    await using book = await openDaybook(root, { participantId: "w" });
    for (let n = 1; n <= 40; n += 1) await book.log.append(note(n));
    await book.close();
    const file = activeSegment(root);
    const end = commitEnds(readFileSync(file)).find(({ seq }) => seq === 29);
    const fd = openSync(file, "r+");
    writeSync(fd, "#", (end?.offset ?? 0) + 30);
    closeSync(fd);
    expect([segmentFiles(root).length, statSync(file).size > 0]).toEqual([1, true]);
    return { root, seq: 30 };
  }

  it("is served before the damage as if there were none", async () => {
    const { root } = await damaged();
    await using book = await openDaybook(root, { readOnly: true });
    book.registerProjection(total);
    expect(book.damage).toMatchObject({ code: "LOG_CORRUPT", seq: 30 });
    for (const seq of [0, 10, 29]) {
      await using past = await book.at(seq);
      expect([await past.view("total"), await seqs(past), past.damage]).toEqual([seq, Array.from({ length: seq }, (_, index) => index + 1), undefined]);
    }
  });

  it("tells of the damage where it may have been reached", async () => {
    const { root } = await damaged();
    await using book = await openDaybook(root, { readOnly: true });
    book.registerProjection(total);
    await expect(book.at(30)).rejects.toMatchObject({ code: "LOG_CORRUPT", seq: 30 });
    await using now = await book.at(new Date());
    expect([await now.view("total"), now.damage?.seq]).toEqual([29, 30]);
    const read: RecordedEvent[] = [];
    await expect((async () => { for await (const event of now.log.read()) read.push(event); })()).rejects.toMatchObject({ code: "LOG_CORRUPT", seq: 30 });
    expect(read).toHaveLength(29);
  });
});
