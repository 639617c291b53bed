import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook, repairLog } from "../../../src/index.js";
import type { RecordedEvent } from "../../../src/index.js";
import { nodeFileSystem } from "../../../src/log/file-system.js";
import { repairOn } from "../../../src/log/rescue/repair-log.js";
import { readLog } from "../../format/independent-reader.js";
import { readAll, segmentFiles, writeSmallLog } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { commitsOf, contentOf, repaired } from "./original.js";

/** A log of several segments, and its events. */
async function smallRoot(commits = 40): Promise<{ root: string; events: RecordedEvent[]; to: string }> {
  const root = join(temporaryFolder(), "old");
  await writeSmallLog(root, commits, 4096);
  return { root, events: await readAll(root), to: join(temporaryFolder(), "new") };
}

const segmentPath = (root: string, index: number): string => join(root, "log", segmentFiles(root).at(index) as string);
const seqsOf = (events: readonly RecordedEvent[]): number[] => events.map(({ seq }) => seq);
const without = (events: readonly RecordedEvent[], from: number, to: number): RecordedEvent[] => events.filter(({ seq }) => seq < from || seq > to);

function change(file: string, edit: (bytes: Buffer) => Buffer | void): void {
  const bytes = readFileSync(file);
  writeFileSync(file, edit(bytes) ?? bytes);
}

describe("a repair of an undamaged daybook", () => {
  it("gives the same log byte for byte, the same views and files, and the same head", async () => {
    const root = join(temporaryFolder(), "old");
    const book = await openDaybook(root, { segmentBytes: 4096 });
    for (let index = 0; index < 30; index += 1) {
      const { uid } = await book.runs.findOrAllocate("train", { params: { index, text: "x".repeat(200) } });
      const lease = await book.runs.start("train", uid);
      writeFileSync(join(lease.folder, "model.bin"), `model ${index}`);
      await lease.log({ status: "DONE", files: { model: "model.bin" } });
    }
    const [head, view] = [await book.log.head(), await book.view("runs")];
    await book.close();
    const to = join(temporaryFolder(), "new");
    const report = await repairLog(root, to);
    expect(report).toMatchObject({ lost: [], rewritten: [], quarantined: [], notes: [], head, files: 30, events: head.seq });
    const { "log/lock": _lock, ...log } = Object.fromEntries(Object.entries(contentOf(root)).filter(([name]) => !/^(snapshots|index)\//.test(name)));
    expect(contentOf(to)).toEqual(log);
    const again = await openDaybook(to);
    expect([await again.log.head(), await again.view("runs")]).toEqual([head, view]);
    expect((await again.verify({ full: true })).ok).toBe(true);
    await again.close();
  });

  it("with a torn tail gives what the next writer would have left: the tail is in quarantine, and nothing is lost", async () => {
    const { root, events, to } = await smallRoot();
    const last = segmentPath(root, -1);
    truncateSync(last, readFileSync(last).length - 10);
    const { report, events: kept, faults } = await repaired(root, to);
    const commit = commitsOf(to).at(-1);
    expect(faults).toEqual([]);
    expect([report.lost, report.rewritten]).toEqual([[], []]);
    expect(kept).toEqual(events.slice(0, kept.length));
    expect(events.length - kept.length).toBeLessThanOrEqual(3);
    expect(report.quarantined).toMatchObject([{ segment: segmentFiles(root).at(-1), file: expect.stringContaining(String(report.quarantined[0]?.offset)) as string }]);
    expect(existsSync(join(to, report.quarantined[0]?.file ?? "none"))).toBe(true);
    expect(commit?.lastSeq).toBe(kept.length + 1);
  });

  it.each([0, 1])("of an empty log gives an empty one (%s events)", async (count) => {
    const root = join(temporaryFolder(), "old");
    const book = await openDaybook(root);
    if (count > 0) await book.log.append({ stream: "a/1", type: "a.made", data: {} });
    await book.close();
    const { report, faults } = await repaired(root, join(temporaryFolder(), "new"));
    expect([report.events, report.lost, faults]).toEqual([count, [], []]);
  });
});

describe("a repair of a damaged log", () => {
  it("whose middle segment is missing covers the gap, keeps every seq, and can be read in any way", async () => {
    const { root, events, to } = await smallRoot();
    const [, second = "", third = ""] = segmentFiles(root);
    const [from, end] = [Number(second.slice(0, 20)), Number(third.slice(0, 20)) - 1];
    rmSync(join(root, "log", second));
    const { report, events: kept, faults } = await repaired(root, to);
    expect(faults).toEqual([]);
    expect(report.lost).toEqual([{ from, to: end, segment: second, offset: 0, why: "the segment is missing" }]);
    expect(report.rewritten).toHaveLength(1);
    expect(kept).toEqual(without(events, from, end));

    // By the format alone, written by somebody else.
    const reading = readLog(to);
    expect([reading.damage, reading.torn, reading.sealed.faults]).toEqual([undefined, undefined, []]);
    expect(reading.events.slice(0, kept.length)).toEqual(kept);

    // From every seq on, in a gap too, and by streams.
    const book = await openDaybook(to, { readOnly: true });
    for (const seq of [from - 1, from, from + 1, end, end + 1]) {
      const read: number[] = [];
      for await (const event of book.log.read({ from: seq, to: end + 3 })) read.push(event.seq);
      expect(read, `from ${seq}`).toEqual(seqsOf(kept).filter((one) => one >= seq && one <= end + 3));
      const upTo: number[] = [];
      for await (const event of book.log.read({ to: seq })) upTo.push(event.seq);
      expect(upTo, `to ${seq}`).toEqual(seqsOf(kept).filter((one) => one <= seq));
    }
    await book.close();
  });

  it("whose first segment is missing begins with a rewritten one", async () => {
    const { root, events, to } = await smallRoot();
    const [first = "", second = ""] = segmentFiles(root);
    rmSync(join(root, "log", first));
    const { report, events: kept, faults } = await repaired(root, to);
    const lastLost = Number(second.slice(0, 20)) - 1;
    expect([faults, report.lost]).toEqual([[], [{ from: 1, to: lastLost, segment: first, offset: 0, why: "the segment is missing" }]]);
    expect(kept).toEqual(without(events, 1, lastLost));
    expect(readLog(to).damage).toBeUndefined();
  });

  it("whose last segment is missing says that nobody knows how much that was, and goes on behind what was sealed", async () => {
    const { root, events, to } = await smallRoot();
    const last = segmentFiles(root).at(-1) as string;
    const from = Number(last.slice(0, 20));
    rmSync(join(root, "log", last));
    const { report, events: kept, faults } = await repaired(root, to);
    expect([faults, report.lost]).toEqual([[], [{ from, to: undefined, segment: last, offset: 0, why: "the last segment is missing" }]]);
    expect(kept).toEqual(without(events, from, Infinity));
  });

  it("without daybook.json takes the root id from the segments, with a damaged one too", async () => {
    for (const harm of ["missing", "no JSON", "another id"]) {
      const { root, events, to } = await smallRoot();
      const file = join(root, "daybook.json");
      const { root: id } = JSON.parse(readFileSync(file, "utf8")) as { root: string };
      if (harm === "missing") rmSync(file);
      if (harm === "no JSON") writeFileSync(file, "{");
      if (harm === "another id") change(file, (bytes) => Buffer.from(bytes.toString("utf8").replace(id, `${id.startsWith("0") ? "1" : "0"}${id.slice(1)}`)));
      const { report, events: kept, faults } = await repaired(root, to);
      expect([faults, report.lost, report.root], harm).toEqual([[], [], id]);
      expect(kept, harm).toEqual(events);
      expect(report.notes.join(), harm).toMatch(/daybook\.json/);
    }
  });

  it.each(["garbage", "a line too few", "missing", "a changed digest"])("of the manifest (%s) makes a new one", async (harm) => {
    const { root, events, to } = await smallRoot();
    const file = join(root, "log", "manifest.ndjson");
    const lines = readFileSync(file, "utf8").split("\n");
    if (harm === "garbage") writeFileSync(file, "what is this\n".repeat(20));
    if (harm === "a line too few") writeFileSync(file, lines.slice(1).join("\n"));
    if (harm === "missing") rmSync(file);
    if (harm === "a changed digest") writeFileSync(file, lines.with(1, (lines[1] as string).replace(/"sha256":"./, '"sha256":"x')).join("\n"));
    const { report, events: kept, faults } = await repaired(root, to);
    expect([faults, report.lost, kept.length]).toEqual([[], [], events.length]);
  });

  it("mends what a later hash proves: a header, a digit of a hash, the end of a closing line", async () => {
    const { root, events, to } = await smallRoot();
    const commits = commitsOf(root);
    const second = segmentFiles(root)[1] as string;
    const inSecond = commits.filter(({ segment }) => segment === second);
    const file = join(root, "log", second);
    const whole = readFileSync(file);
    change(file, (bytes) => {
      bytes[10] = 0x21;
      for (const [index, back] of [[1, 10], [4, 1], [6, 25]] as const) bytes[(inSecond[index]?.end as number) - back] = 0x21;
    });
    const { report, events: kept, faults } = await repaired(root, to);
    expect([faults, report.lost, report.rewritten]).toEqual([[], [], []]);
    expect(kept).toEqual(events);
    expect(readFileSync(join(to, "log", second))).toEqual(whole);
    expect(report.notes).toHaveLength(4);
  });

  it("keeps the commit behind a beginning that is lost up to anywhere in the end of a closing line", async () => {
    const { root, events } = await smallRoot();
    const second = segmentFiles(root)[1] as string;
    const [gone, next] = commitsOf(root).filter(({ segment }) => segment === second);
    const whole = readFileSync(join(root, "log", second));
    for (let left = 19; left <= 30; left += 1) {
      writeFileSync(join(root, "log", second), whole.subarray((gone?.end as number) - left));
      const { report, events: kept, faults } = await repaired(root, join(temporaryFolder(), "new"));
      expect([faults, report.lost.map(({ from, to: last }) => [from, last])], `${left} bytes left`).toEqual([[], [[gone?.firstSeq, (next?.firstSeq as number) - 1]]]);
      expect(kept).toEqual(without(events, gone?.firstSeq as number, (next?.firstSeq as number) - 1));
    }
  });

  it("sets commits right that stand in the wrong order, and files that have each other's names", async () => {
    const { root, events, to } = await smallRoot();
    const [a, b] = [segmentPath(root, 1), segmentPath(root, 2)];
    renameSync(a, `${a}.x`);
    renameSync(b, a);
    renameSync(`${a}.x`, b);
    const [one, other] = commitsOf(root).filter(({ segment }) => segment === segmentFiles(root)[0]).slice(3, 5);
    change(segmentPath(root, 0), (bytes) => Buffer.concat([bytes.subarray(0, one?.start), bytes.subarray(other?.start, other?.end), bytes.subarray(one?.start, one?.end), bytes.subarray(other?.end)]));
    const { report, events: kept, faults } = await repaired(root, to);
    expect([faults, report.lost]).toEqual([[], []]);
    expect(kept).toEqual(events);
  });

  it("leaves out what belongs to another root, however sound", async () => {
    const [{ root, events, to }, other] = [await smallRoot(), await smallRoot()];
    const name = segmentFiles(root)[1] as string;
    cpSync(join(other.root, "log", name), join(root, "log", name));
    const next = Number((segmentFiles(root)[2] as string).slice(0, 20));
    const { report, events: kept, faults } = await repaired(root, to);
    expect(faults).toEqual([]);
    expect(report.lost).toMatchObject([{ from: Number(name.slice(0, 20)), to: next - 1 }]);
    expect(kept).toEqual(without(events, Number(name.slice(0, 20)), next - 1));
    expect(report.notes.join()).toMatch(/another root/);
  });

  it("of a log that was repaired before keeps the gaps it had, and counts them as no loss", async () => {
    const { root, events, to } = await smallRoot();
    const [, second = "", third = "", fourth = ""] = segmentFiles(root);
    rmSync(join(root, "log", second));
    const first = await repairLog(root, to);
    const again = join(temporaryFolder(), "again");
    const same = await repairLog(to, again);
    expect([same.lost, same.rewritten, same.head]).toEqual([[], [], first.head]);
    expect(contentOf(join(again, "log"))).toEqual(contentOf(join(to, "log")));

    rmSync(join(to, "log", third));
    const { report, events: kept, faults } = await repaired(to, join(temporaryFolder(), "third"));
    expect(faults).toEqual([]);
    expect(report.lost).toEqual([{ from: Number(third.slice(0, 20)), to: Number(fourth.slice(0, 20)) - 1, segment: third, offset: 0, why: "the segment is missing" }]);
    expect(kept).toEqual(without(events, Number(second.slice(0, 20)), Number(fourth.slice(0, 20)) - 1));
  });

  it("reads around what the disk does not give back", async () => {
    const { root, events, to } = await smallRoot();
    const bad = segmentPath(root, 1);
    const fds = new Set<number>();
    const files = {
      ...nodeFileSystem,
      openSync: ((...args: Parameters<typeof nodeFileSystem.openSync>) => {
        const fd = nodeFileSystem.openSync(...args);
        fds[args[0] === bad ? "add" : "delete"](fd);
        return fd;
      }) as typeof nodeFileSystem.openSync,
      readSync: (fd: number, buffer: Buffer, offset: number, length: number, position: number) => {
        if (fds.has(fd) && position <= 2000 && position + length > 2000) throw Object.assign(new Error("EIO: a bad sector"), { code: "EIO", syscall: "read" });
        return nodeFileSystem.readSync(fd, buffer, offset, length, position);
      },
    };
    const report = await repairOn(files, root, to);
    // The first block, and what continues on its digits: the rest of the segment is there.
    expect(report.lost).toHaveLength(1);
    expect(report.notes).toContain("bytes could not be read, and count as zeros: EIO: a bad sector");
    expect(report.lost[0]).toMatchObject({ segment: segmentFiles(root)[1], from: Number(segmentFiles(root)[1]?.slice(0, 20)) });
    expect(report.events).toBe(events.length - ((report.lost[0]?.to ?? 0) - (report.lost[0]?.from ?? 0) + 1));
    expect(await readAll(to)).toHaveLength(report.events);
  });
});

describe("the folder of a repair", () => {
  it("is refused when it is not empty, is no folder, or lies inside the other root or around it", async () => {
    const { root } = await smallRoot(3);
    const full = temporaryFolder();
    writeFileSync(join(full, "file"), "");
    symlinkSync(root, join(temporaryFolder(), "link"));
    for (const to of [full, join(full, "file"), root, join(root, "sub/new"), join(root, "..")]) {
      await expect(repairLog(root, to), to).rejects.toMatchObject({ code: "TARGET_REFUSED" });
    }
    expect(readdirSync(full)).toEqual(["file"]);
    await expect(repairLog(join(full, "none"), join(full, "new"))).rejects.toMatchObject({ code: "LOG_NOT_FOUND" });
    await expect(repairLog(root, join(full, "new"), { quick: true } as object)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    expect(existsSync(join(full, "new"))).toBe(false);
  });

  it("is as it was when the repair is given up, or the disk is full", async () => {
    const { root } = await smallRoot(20);
    mkdirSync(join(root, "runs/train/0001"), { recursive: true });
    const parent = temporaryFolder();
    const controller = new AbortController();
    const giveUp = repairLog(root, join(parent, "new"), { signal: controller.signal, onProgress: ({ step }) => void (step === "checking" && controller.abort()) });
    await expect(giveUp).rejects.toMatchObject({ name: "AbortError" });
    let writes = 0;
    const files = {
      ...nodeFileSystem,
      writeSync: (fd: number, buffer: Buffer, offset: number, length: number, position: number) => {
        if ((writes += 1) > 3) throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: "write" });
        return nodeFileSystem.writeSync(fd, buffer, offset, length, position);
      },
    };
    await expect(repairOn(files, root, join(parent, "new"))).rejects.toMatchObject({ code: "WRITE_FAILED", cause: { code: "ENOSPC" } });
    expect(contentOf(parent)).toEqual({});
    expect(readdirSync(parent)).toEqual([]);
  });
});
