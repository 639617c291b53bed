import { describe, expect, it } from "vitest";
import { openDaybook } from "../src/index.js";
import type { DaybookOptions } from "../src/index.js";
import { resolveOptions } from "../src/daybook-options.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const hour = 60 * 60 * 1000;
const start = Date.parse("2026-11-20T08:00:00.000Z");
const take = { stream: "note/1", type: "note.taken", data: {} };

describe("options", () => {
  it.each([
    [{ durability: "maybe" }, "durability"],
    [{ segmentBytes: 10 }, "segmentBytes"],
    [{ segmentBytes: 1.5e6 + 0.5 }, "segmentBytes"],
    [{ maxEventBytes: 17 * 1024 * 1024 }, "maxEventBytes"],
    [{ lockTimeoutMs: -1 }, "lockTimeoutMs"],
    [{ lockTimeoutMs: NaN }, "lockTimeoutMs"],
    [{ readOnly: "yes" }, "readOnly"],
    [{ clock: 5 }, "clock"],
    [{ unsafeFilesystem: true }, "unsafeFilesystem"],
  ])("that cannot be are refused by name: %j", (options, field) => {
    expect(() => resolveOptions(options as unknown as DaybookOptions)).toThrowError(expect.objectContaining({ code: "INVALID_OPTION", field }) as Error);
  });

  it("take a clock as a function or an object, of numbers or dates", () => {
    for (const clock of [() => start, () => new Date(start), { now: () => start }, { now: () => new Date(start + 0.5) }]) expect(resolveOptions({ clock }).clock()).toBe(start);
    expect(() => resolveOptions({ clock: () => NaN }).clock()).toThrowError(expect.objectContaining({ code: "INVALID_OPTION" }) as Error);
  });
});

describe("the clock of a daybook", () => {
  it("refuses an append more than 24 h ahead of the log's last time, and nothing is kept", async () => {
    const root = temporaryFolder();
    let now = start;
    const book = await openDaybook(root, { clock: () => now });
    await book.log.append(take);
    now = start + 24 * hour;
    await book.log.append(take);
    now = start + 48 * hour + 1;
    await expect(book.log.append(take)).rejects.toMatchObject({ code: "CLOCK_JUMP" });
    expect((await book.log.head()).seq).toBe(2);
    await book.close();

    const again = await openDaybook(root, { clock: () => now });
    await expect(again.runs.allocate("train")).rejects.toMatchObject({ code: "CLOCK_JUMP" });
    await again.close();
    const allowed = await openDaybook(root, { clock: () => now, allowClockJump: true });
    expect((await allowed.log.append(take)).firstSeq).toBe(3);
    await allowed.close();
  });

  it("lets a log that rested for a week be opened and gone on with, unless told to go by the letter", async () => {
    const root = temporaryFolder();
    const lastWeek = await openDaybook(root, { clock: () => Date.now() - 7 * 24 * hour });
    await lastWeek.log.append(take);
    await lastWeek.close();
    const strict = await openDaybook(root, { allowClockJump: false });
    await expect(strict.log.append(take)).rejects.toMatchObject({ code: "CLOCK_JUMP" });
    await strict.close();
    const monday = await openDaybook(root);
    expect((await monday.log.append(take)).firstSeq).toBe(2);
    await monday.close();
  });

  it("that goes back repeats the last time, and says its own in `at`", async () => {
    let now = start;
    const book = await openDaybook(temporaryFolder(), { clock: () => now });
    await book.log.append(take);
    now = start - 5 * hour;
    await book.log.append(take);
    const events = [];
    for await (const event of book.log.read()) events.push([event.time, event.at]);
    expect(events).toEqual([
      ["2026-11-20T08:00:00.000Z", undefined],
      ["2026-11-20T08:00:00.000Z", "2026-11-20T03:00:00.000Z"],
    ]);
    await book.close();
  });
});

describe("handles on one root in one process", () => {
  it("share the engine, and are closed each for itself", async () => {
    const root = temporaryFolder();
    const one = await openDaybook(root, { participantId: "one" });
    const two = await openDaybook(`${root}/../${root.split("/").at(-1)}`, { participantId: "two" });
    expect(two.core).toBe(one.core);
    await one.log.append(take);
    await one.close();
    await one.close();
    await expect(one.log.append(take)).rejects.toMatchObject({ code: "LOG_CLOSED" });
    await two.log.append(take);
    const by = [];
    for await (const event of two.log.read()) by.push(event.by);
    expect(by).toEqual(["one", "two"]);
    await expect(openDaybook(root, { segmentBytes: 8192 })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "segmentBytes" });
    await two.close();
    const three = await openDaybook(root, { segmentBytes: 8192 });
    expect((await three.log.head()).seq).toBe(2);
    await three.close();
  });

  it("read-only ones find nothing where there is nothing, and make nothing", async () => {
    await expect(openDaybook(`${temporaryFolder()}/none`, { readOnly: true })).rejects.toMatchObject({ code: "LOG_NOT_FOUND" });
    const root = temporaryFolder();
    await (await openDaybook(root)).close();
    const book = await openDaybook(root, { readOnly: true });
    await expect(book.log.append(take)).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await expect(book.runs.allocate("train")).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await expect(book.rebuild()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    expect(await book.runs.list()).toEqual([]);
    await book.close();
  });
});
