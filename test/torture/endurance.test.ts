/** What endurance finds: its bounds and its check of a log, each shown to fail. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { Daybook } from "../../src/index.js";
import { activeSegment } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { compareEnds } from "./endurance/bounds.js";
import { checkLog } from "./endurance/check-log.js";
import type { Sample } from "./endurance/messages.js";
import { Notes } from "./endurance/notes.js";

const plan = { loadMs: 100_000, warmUpMs: 20_000, windowMs: 20_000 };
const calm: Omit<Sample, "atMs"> = { rss: 80e6, alive: 10e6, descriptors: 20, loopDelayMs: 12, append: { count: 9, p50: 2, p99: 9 }, probeP50: 1 };

/** A process that was calm, and in the end is as it says. */
function process(late: Partial<Sample>): { by: string; samples: Sample[] } {
  return { by: "p", samples: Array.from({ length: 100 }, (_, second) => ({ ...calm, ...(second >= 60 ? late : {}), atMs: second * 1000 })) };
}

const problems = (...processes: { by: string; samples: Sample[] }[]): string[] => compareEnds(processes, plan).failures.map(({ problem }) => problem);

describe("the bounds of endurance", () => {
  it("let pass what stays as it was, or grows by a little", () => {
    expect(problems(process({}))).toEqual([]);
    expect(problems(process({ rss: 80e6 * 1.3 + 30e6, descriptors: 24, append: { count: 9, p50: 4, p99: 900 }, loopDelayMs: 70 }))).toEqual([]);
  });

  it("find growing memory, descriptors, latency and delays", () => {
    expect(problems(process({ rss: 80e6 * 1.3 + 33e6 }))).toEqual([expect.stringContaining("resident memory grew")]);
    expect(problems(process({ alive: 25e6 }))).toEqual([expect.stringContaining("alive in memory grew from 9.5 to 23.8 MB")]);
    expect(problems(process({ descriptors: 25 }))).toEqual([expect.stringContaining("descriptors grew from 20 to 25")]);
    expect(problems(process({ append: { count: 9, p50: 4.1, p99: 9 } }))).toEqual([expect.stringContaining("from 2.00 to 4.10 ms")]);
    expect(problems(process({ loopDelayMs: 75 }))).toEqual([expect.stringContaining("delay went from")]);
  });

  it("excuse an append that became slower with the disk, and no more than that", () => {
    expect(problems(process({ append: { count: 9, p50: 11, p99: 30 }, probeP50: 3 }))).toEqual([]);
    expect(problems(process({ append: { count: 9, p50: 13, p99: 30 }, probeP50: 3 }))).toEqual([expect.stringContaining("3.00 times as long")]);
  });

  it("do not pass a process that has measured nothing", () => {
    expect(problems({ by: "p", samples: process({}).samples.slice(0, 70) })).toEqual([expect.stringContaining("too few")]);
  });
});

describe("holding a log against what was acknowledged", () => {
  let root: string;
  let folder: string;
  let notes: Notes;

  beforeEach(() => {
    root = temporaryFolder();
    folder = join(temporaryFolder(), "notes");
    mkdirSync(folder);
    notes = new Notes(folder, "p");
  });

  async function found(write: (book: Daybook) => Promise<void>): Promise<string[]> {
    const book = await openDaybook(root);
    await write(book);
    await book.close();
    notes.close();
    return checkLog(root, folder).failures.map(({ where, problem }) => `${where}: ${problem}`);
  }

  async function append(book: Daybook, number: number, parts: readonly number[], of = parts.length): Promise<{ firstSeq: number; lastSeq: number }> {
    return book.log.append(parts.map((part) => ({ stream: "load", type: "load.written", data: { by: "p", number, part, of } })));
  }

  it("finds nothing where all is as it was told", async () => {
    expect(await found(async (book) => {
      const { firstSeq, lastSeq } = await append(book, 1, [0, 1, 2]);
      notes.acknowledged(1, firstSeq, lastSeq);
      notes.refused(2);
      const uid = await book.runs.allocate("endure");
      for (const metric of [1, 2]) {
        const lease = await book.runs.start("endure", uid);
        await lease.log({ metrics: { ack: `p:${metric}` } });
        notes.metric(metric);
        await lease.end();
      }
    })).toEqual([]);
  });

  it.each<[string, (book: Daybook) => Promise<unknown>, string[]]>([
    ["an append that is lost", () => Promise.resolve(notes.acknowledged(1, 1, 1)), ["p 1: was acknowledged at seq 1, and is not in the log"]],
    ["an append at another place", async (book) => (await append(book, 1, [0]), notes.acknowledged(1, 2, 2)), ["p 1: was acknowledged at seq 2 to 2, and is at 1"]],
    ["an append that was refused", async (book) => (await append(book, 1, [0]), notes.refused(1)), ["p 1: was refused, and is in the log at seq 1"]],
    ["half an append", (book) => append(book, 1, [0, 1], 3), ["p 1: 2 of its 3 events are in the log"]],
    ["an append twice", async (book) => (await append(book, 1, [0]), await append(book, 1, [0])), ["p 1: its part 0 is at seq 2, its first one at 1", "p 1: 2 of its 1 events are in the log"]],
    ["metrics that are lost", () => Promise.resolve(notes.metric(4)), ["p:4: its metrics were acknowledged, and are not in the log"]],
    ["metrics twice", async (book) => {
      const uid = await book.runs.allocate("endure");
      for (const _ of [1, 2]) await book.runs.log("endure", uid, { metrics: { ack: "p:1" } });
    }, ["p:1: its metrics are in the log 2 times"]],
    ["a run taken up while it is held", async (book) => {
      const uid = await book.runs.allocate("endure");
      await book.runs.start("endure", uid, { beatWithinMs: 100 });
      // A clock that is ahead sees the promise broken.
      const other = await openDaybook(root, { participantId: "other", clock: () => Date.now() + 60_000 });
      await other.runs.start("endure", uid);
      await other.close();
    }, ["run/endure/0001: is taken up at seq 4 (attempt 2) while it is held"]],
  ])("finds %s", async (_, write, expected) => {
    expect(await found(async (book) => void (await write(book)))).toEqual(expected);
  });

  it("finds damage, and a tail that nobody tore", async () => {
    expect(await found(async (book) => {
      for (const number of [1, 2, 3]) await append(book, number, [0]);
    })).toEqual([]);
    const segment = activeSegment(root);
    const whole = readFileSync(segment);
    writeFileSync(segment, Buffer.concat([whole, Buffer.from('{"seq":4,')]));
    expect(checkLog(root, folder).failures).toEqual([{ where: expect.stringContaining(`@${whole.length}`) as string, problem: "9 bytes are torn, though nobody crashed" }]);
    const damaged = Buffer.from(whole);
    damaged.write("9", damaged.indexOf('"number":2') + 9);
    writeFileSync(segment, damaged);
    expect(checkLog(root, folder).failures[0]?.where).toContain("seq 2");
  });
});
