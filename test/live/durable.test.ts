import { describe, expect, it, onTestFinished } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { Daybook, DaybookOptions } from "../../src/index.js";
import { events$ } from "../../src/live.js";
import { startProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { range, Recorder, seqsOf, ticks } from "./recorder.js";

async function open(root: string, options: DaybookOptions = {}): Promise<Daybook> {
  const book = await openDaybook(root, options);
  onTestFinished(() => book.close());
  return book;
}

/** Follows durable events; each has to be durable, as far as this process knows, at the moment it comes. */
function followDurable(book: Daybook): { recorder: Recorder<{ seq: number }>; early: number[] } {
  const early: number[] = [];
  const recorder = new Recorder(events$(book, { durable: true }), ({ seq }) => {
    if (seq > book.core.backend.durableSeq) early.push(seq);
  });
  return { recorder, early };
}

describe("events$ of durable events", () => {
  it("waits for the disk, but not for ever", async () => {
    const book = await open(temporaryFolder(), { durability: "os", segmentBytes: 4096 });
    const { recorder, early } = followDurable(book);
    for (const number of range(1, 30)) await book.log.append(ticks(3), { durability: number % 7 === 0 ? "fsync" : "os" });
    await recorder.until(({ values }) => values.length === 90);
    expect(early).toEqual([]);
    expect(recorder.values.map(({ seq }) => seq)).toEqual(range(1, 90));
    expect(book.core.backend.durableSeq).toBe(90);
  });

  it("makes sure of what a process left behind that never synced", async () => {
    const root = temporaryFolder();
    const program = startProgram("append-numbered", [root, "tick/a", 50, "os"]);
    await program.line((line) => line === "open");
    program.child.stdin?.write("go\n");
    await program.ended;
    const book = await open(root);
    expect(book.core.backend.durableSeq).toBeLessThan(50);
    const { recorder, early } = followDurable(book);
    await recorder.until(({ values }) => values.length === 50);
    expect(early).toEqual([]);
  });

  it("follows another process that goes on writing", async () => {
    const root = temporaryFolder();
    const program = startProgram("append-numbered", [root, "tick/a", 300, "fsync", 4096]);
    await program.line((line) => line === "open");
    const { recorder, early } = followDurable(await open(root, { segmentBytes: 4096 }));
    program.child.stdin?.write("go\n");
    await recorder.until(({ values }) => values.length === 300);
    expect(early).toEqual([]);
    expect((await program.ended).code).toBe(0);
  });

  it("gives a read-only daybook what the log itself vouches for", async () => {
    const root = temporaryFolder();
    const writer = await open(root);
    for (let commit = 0; commit < 3; commit += 1) await writer.log.append(ticks(2));
    const reader = await open(root, { readOnly: true });
    const { recorder, early } = followDurable(reader);
    await recorder.until(({ values }) => values.length === 4);
    await new Promise((resolve) => setTimeout(resolve, 400));
    // The last commit was synced, but nobody has written so yet.
    expect(recorder.values.map(({ seq }) => seq)).toEqual(range(1, 4));
    await writer.log.append(ticks(1));
    await recorder.until(({ values }) => values.length === 6);
    expect(early).toEqual([]);
  });

  it("completes while it waits for the disk, and holds nothing back from others", async () => {
    const book = await open(temporaryFolder(), { durability: "os" });
    const all = new Recorder(events$(book));
    const { recorder } = followDurable(book);
    await book.log.append(ticks(2));
    await all.until(({ values }) => values.length === 2);
    expect(seqsOf(all.values)).toEqual([1, 2]);
    await book.close();
    await recorder.until(({ completed }) => completed);
    expect(recorder.error).toBeUndefined();
  });
});
