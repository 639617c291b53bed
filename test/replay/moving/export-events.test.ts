import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../../src/index.js";
import { openMemoryDaybook } from "../../../src/testing.js";
import { activeSegment } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { all, cloudEvents, fileBook, measured, memoryBook, ndjson, put } from "./books.js";
import { brokenRules } from "./cloud-event-rules.js";

describe("exporting events", () => {
  it("gives them as the log holds them, with the root's id, and none that are appended later", async () => {
    const book = await fileBook();
    await put(book, measured("a", 1, { at: "2020-01-01T00:00:00.000Z", cause: "c", id: "i", by: "x" }), measured("b", 2));
    const recorded = await all(book.log.read());
    const events = book.export()[Symbol.asyncIterator]();
    const first = await events.next();
    await put(book, measured("c", 3));
    const rest: unknown[] = [];
    for (let next = await events.next(); next.done !== true; next = await events.next()) rest.push(next.value);
    expect([first.value, ...rest]).toEqual(recorded.map((event) => ({ ...event, root: book.core.rootId })));
  });

  it("does not bring older schema versions up to date", async () => {
    const book = await memoryBook();
    await put(book, { stream: "a", type: "order.placed", v: 1, data: { old: true } });
    book.registerEvent("order.placed", { version: 2, upcasters: { 1: () => ({ new: true }) } });
    expect(await ndjson(book)).toMatchObject([{ v: 1, data: { old: true } }]);
    expect(await all(book.log.read())).toMatchObject([{ v: 2, data: { new: true } }]);
  });

  it("gives a range by seq or time, types, and a stream with what is below it", async () => {
    let now = Date.parse("2026-01-01T00:00:00.000Z");
    const book = await openMemoryDaybook({ clock: () => now });
    for (let seq = 1; seq <= 8; seq += 1) {
      await put(book, { ...measured(seq % 2 === 0 ? "a" : "a/b", seq), ...(seq > 6 ? { type: "sample.lost" } : {}) });
      if (seq % 2 === 0) now += 1000;
    }
    const seqs = async (options: Parameters<typeof ndjson>[1]): Promise<number[]> => (await ndjson(book, options)).map(({ seq }) => seq);
    expect(await seqs({ from: 3, to: 5 })).toEqual([3, 4, 5]);
    expect(await seqs({ from: 0, to: 0 })).toEqual([]);
    // Two events have each time: both are in.
    expect(await seqs({ from: "2026-01-01T00:00:01Z", to: new Date("2026-01-01T00:00:02.500Z") })).toEqual([3, 4, 5, 6]);
    expect(await seqs({ from: "2026-01-01T00:00:01.001Z" })).toEqual([5, 6, 7, 8]);
    expect(await seqs({ from: "2025-12-31" })).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await seqs({ stream: "a/b" })).toEqual([1, 3, 5, 7]);
    expect(await seqs({ stream: "a", from: 6 })).toEqual([6, 7, 8]);
    expect(await seqs({ types: ["sample.lost"], stream: "a/b" })).toEqual([7]);
    const progress: unknown[] = [];
    await ndjson(book, { from: 2, types: ["none.such"], onProgress: (one) => progress.push(one) });
    expect(progress).toEqual([{ events: 7, total: 7 }]);
    await expect(seqs({ to: 9 })).rejects.toMatchObject({ code: "MOMENT_AHEAD" });
    await expect(seqs({ from: "2026-01-02" })).rejects.toMatchObject({ code: "MOMENT_AHEAD" });
    await expect(seqs({ from: "2026" })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "from" });
    await expect(seqs({ stream: "a//b" })).rejects.toMatchObject({ code: "INVALID_ID" });
    await expect(seqs({ types: "a" as never })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "types" });
    await expect(seqs({ form: 1 } as never)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "form" });
    const past = await book.at(4);
    expect((await ndjson(past)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    await book.close();
    await expect(seqs({})).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });

  it("of a damaged log gives what is before the damage, and then says so", async () => {
    const root = temporaryFolder();
    const book = await openDaybook(root);
    for (let number = 1; number <= 5; number += 1) await book.log.append(measured("a", number));
    await book.close();
    const segment = activeSegment(root);
    writeFileSync(segment, readFileSync(segment, "utf8").replace('"celsius":3', '"celsius":7'));
    await using damaged = await openDaybook(root, { readOnly: true });
    const seen: number[] = [];
    await expect((async () => {
      for await (const { seq } of damaged.export()) seen.push(seq);
    })()).rejects.toMatchObject({ code: "LOG_CORRUPT", seq: 3 });
    expect(seen).toEqual([1, 2]);
    expect((await ndjson(damaged, { to: 2 })).map(({ seq }) => seq)).toEqual([1, 2]);
  });
});

describe("CloudEvents", () => {
  it("are ones by the specification, whatever the event", async () => {
    const book = await memoryBook();
    await book.runs.allocate("train", { relpath: "mnist/grün", params: { a: [1, null] } });
    await put(book, measured("a", 1), measured("sample/ü 7", 1, { v: 2 ** 40, cause: 1, id: "i", at: "2020-02-29T00:00:00.000Z" }), measured("a", 2, { cause: "command 1" }));
    const events = await cloudEvents(book);
    expect(events.map(brokenRules)).toEqual([[], [], [], []]);
    expect(events[2]).toMatchObject({ id: "3", source: `urn:uuid:${book.core.rootId}`, subject: "sample/ü 7", time: "2020-02-29T00:00:00.000Z", dataversion: String(2 ** 40), causationsequence: "00000000000000000001", idempotencykey: "i" });
    expect(events[3]).toMatchObject({ causationid: "command 1" });
    // The check can fail.
    expect(brokenRules({ ...events[0], id: "", time: "2026-02-30T00:00:00Z", data_base64: "", some_name: 1.5 })).toHaveLength(5);
    expect(brokenRules({})).toHaveLength(4);
  });
});
