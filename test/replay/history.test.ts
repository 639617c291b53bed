import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { Daybook, HistoryOptions, RecordedEvent } from "../../src/index.js";
import { openMemoryDaybook } from "../../src/testing.js";
import { temporaryFolder } from "../support/temporary-folder.js";

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const event of events) found.push(event);
  return found;
}

const seqs = async (book: Daybook, options: HistoryOptions): Promise<number[]> => (await all(book.history(options))).map(({ seq }) => seq);
const failure = async (book: Daybook, options: unknown): Promise<unknown> => all(book.history(options as HistoryOptions)).then(() => "none", (error: unknown) => error);

describe("the history", () => {
  it("of a run is its own events, and what lies below it, but not those of runs whose relpath leads through it", async () => {
    await using book = await openMemoryDaybook();
    await book.runs.allocate("train"); // 1
    await book.runs.allocate("train", { relpath: "0001" }); // 2: run/train/0001/0001
    await book.runs.log("train", "0001", { relpath: "", note: "outer" }); // 3
    await book.runs.log("train", "0001", { relpath: "0001", note: "inner" }); // 4
    await book.log.append([
      { stream: "run/train/0001", type: "sample.taken", data: {} }, // 5
      { stream: "run/train/0001/samples", type: "sample.taken", data: {} }, // 6
      { stream: "run/train/0001/0001/samples", type: "sample.taken", data: {} }, // 7
      { stream: "run/train/00011", type: "sample.taken", data: {} }, // 8
    ]);
    expect(await seqs(book, { run: "train/0001" })).toEqual([1, 3, 5, 6]);
    expect(await seqs(book, { run: "train/0001/0001" })).toEqual([2, 4, 7]);
    expect(await seqs(book, { stream: "run/train/0001" })).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await seqs(book, { stream: "run/train" })).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await seqs(book, { stream: "nothing/here" })).toEqual([]);
  });

  it("finds a run as the ledger does: the root's, else the only one of that uid", async () => {
    await using book = await openMemoryDaybook();
    for (const relpath of ["mnist", "mnist", "cifar"]) await book.runs.allocate("train", { relpath });
    expect(await seqs(book, { run: "train/0002" })).toEqual([2]);
    expect(await failure(book, { run: "train/0001" })).toMatchObject({ code: "AMBIGUOUS_RUN" });
    expect(await seqs(book, { run: "train/cifar/0001" })).toEqual([3]);
    expect(await failure(book, { run: "train/./0001" })).toMatchObject({ code: "RUN_NOT_FOUND", run: "train/0001" });
    expect(await failure(book, { run: "train/0009" })).toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(book.blame("train/0009")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(book.blame(9 as unknown as string)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "run" });
  });

  it("and blame, of a run whose place is known, fold no view", async () => {
    await using book = await openMemoryDaybook();
    await book.runs.allocate("train", { relpath: "mnist" });
    await seqs(book, { run: "train/mnist/0001" });
    await book.blame("train/mnist/0001");
    expect(book.core.engine.folded("runs")).toBeUndefined();
  });

  it("of an operation is that of its stream; of one that nobody has heard of there is none", async () => {
    await using book = await openMemoryDaybook();
    await book.log.append([
      { stream: "operation/op-1", type: "step.taken", data: { step: 1 } },
      { stream: "operation/op-1/call/2", type: "step.taken", data: { step: 2 } },
      { stream: "operation/op-10", type: "step.taken", data: { step: 3 } },
    ]);
    expect(await seqs(book, { operation: "op-1" })).toEqual([1, 2]);
    expect(await seqs(book, { operation: "op-1", from: 3 })).toEqual([]);
    expect(await failure(book, { operation: "op-2" })).toMatchObject({ code: "OPERATION_NOT_FOUND", operation: "op-2" });
  });

  it("goes from one moment to another, both included: by seq, and by time as the log has it", async () => {
    let now = Date.parse("2026-11-21T10:00:00.000Z");
    await using book = await openMemoryDaybook({ clock: () => now });
    const told = async (): Promise<unknown> => book.log.append([1, 2].map((index) => ({ stream: `order/${index}`, type: "order.told", data: {} })));
    for (let minute = 0; minute < 4; minute += 1, now += 60_000) await told(); // Two events at each of 10:00, 10:01, 10:02, 10:03.
    const at = (options: Omit<HistoryOptions, "stream">): Promise<number[]> => seqs(book, { stream: "order", ...options });
    expect(await at({ from: 3, to: 4 })).toEqual([3, 4]);
    expect(await at({ from: 0, to: 0 })).toEqual([]);
    expect(await at({ from: 5, to: 4 })).toEqual([]);
    expect(await at({ from: "2026-11-21T10:01Z" })).toEqual([3, 4, 5, 6, 7, 8]);
    expect(await at({ from: new Date("2026-11-21T10:01:00.001Z"), to: "2026-11-21T10:02:59.999Z" })).toEqual([5, 6]);
    expect(await at({ to: "2026-11-21T10:00Z" })).toEqual([1, 2]);
    expect(await at({ from: "2026-11-21T10:03Z" })).toEqual([7, 8]);
    expect(await at({ from: "2026-11-21T10:03:30Z" })).toEqual([]);
    expect(await at({ from: "2026-11-21T10:03:00.0009Z" })).toEqual([]);
    expect(await at({ from: "2026-11-21T10:03:00.000000Z" })).toEqual([7, 8]);
    expect(await at({ from: "2020-01-01", to: "2020-01-02" })).toEqual([]);
    expect(await at({ from: "2020-01-01", to: new Date(now) })).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const [field, moment] of [["from", 9], ["to", 9], ["from", "2999-01-01"], ["to", new Date("2999-01-01")]] as const) expect(await failure(book, { stream: "order", [field]: moment })).toMatchObject({ code: "MOMENT_AHEAD" });
  });

  it("ends at the head of the call, and brings old schema versions up to date", async () => {
    await using book = await openMemoryDaybook();
    book.registerEvent("order.placed", { version: 2, upcasters: { 1: (data) => ({ ...data, currency: "EUR" }) } });
    await book.log.append({ stream: "order/1", type: "order.placed", data: { amount: 1 }, v: 1 });
    const history = book.history({ stream: "order/1" });
    const changes = book.changes({ stream: "order/1" });
    await book.log.append({ stream: "order/1", type: "order.placed", data: { amount: 2, currency: "USD" } });
    expect((await all(history)).map(({ v, data }) => ({ v, data }))).toEqual([{ v: 2, data: { amount: 1, currency: "EUR" } }]);
    expect((await all(changes)).map(({ text }) => text)).toEqual(["order.placed: amount=1, currency=EUR"]);
  });

  it("refuses what names no entity, or more than one", async () => {
    await using book = await openMemoryDaybook();
    expect(await failure(book, {})).toMatchObject({ code: "INVALID_OPTION", field: "run" });
    expect(await failure(book, undefined)).toMatchObject({ code: "INVALID_OPTION", field: "options" });
    expect(await failure(book, { run: "a/0001", operation: "b" })).toMatchObject({ code: "INVALID_OPTION", field: "operation" });
    expect(await failure(book, { stream: 3 })).toMatchObject({ code: "INVALID_OPTION", field: "stream" });
    expect(await failure(book, { strem: "a" })).toMatchObject({ code: "INVALID_OPTION", field: "strem" });
    expect(await failure(book, { stream: "a", from: "yesterday" })).toMatchObject({ code: "INVALID_OPTION", field: "from" });
    expect(await failure(book, { stream: "a", to: 1.5 })).toMatchObject({ code: "INVALID_OPTION", field: "to" });
    expect(await failure(book, { stream: "a//b" })).toMatchObject({ code: "INVALID_ID" });
    expect(await failure(book, { operation: "../x" })).toMatchObject({ code: "INVALID_ID" });
    expect(await failure(book, { run: "train" })).toMatchObject({ code: "INVALID_ID" });
    await book.log.append({ stream: "a", type: "note.taken", data: {} });
    expect(await failure(book, { stream: "a", signal: AbortSignal.abort(new Error("enough")) })).toMatchObject({ message: "enough" });
    await book.close();
    expect(() => book.history({ stream: "a" })).toThrow(expect.objectContaining({ code: "LOG_CLOSED" }) as Error);
  });

  it("of a past is bounded by it, and a past run that was not there yet is not found", async () => {
    await using book = await openMemoryDaybook();
    const [first, second] = [await book.runs.allocate("train"), await book.runs.allocate("train")];
    await book.runs.log("train", first, { note: "later" });
    await using past = await book.at(1);
    expect(await seqs(past, { run: `train/${first}` })).toEqual([1]);
    expect((await past.blame(`train/${first}`)).map(({ field }) => field)).not.toContain("note");
    expect(await failure(past, { run: `train/${second}` })).toMatchObject({ code: "RUN_NOT_FOUND" });
    expect(await failure(past, { stream: "run", to: 2 })).toMatchObject({ code: "MOMENT_AHEAD" });
  });

  it("of a damaged log shows what is before the damage, and then says so", async () => {
    const root = temporaryFolder();
    {
      await using book = await openDaybook(root);
      for (let index = 0; index < 5; index += 1) await book.log.append({ stream: "order/1", type: "order.told", data: { index } });
    }
    const segment = join(root, "log/00000000000000000001.ndjson");
    writeFileSync(segment, readFileSync(segment, "utf8").replace('"index":2', '"index":9'));
    await using book = await openDaybook(root, { readOnly: true });
    const seen: RecordedEvent[] = [];
    const reading = (async () => {
      for await (const event of book.history({ stream: "order" })) seen.push(event);
    })();
    await expect(reading).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(await seqs(book, { stream: "order", to: 2 })).toEqual([1, 2]);
  });
});
