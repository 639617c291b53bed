import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { backupLog, isDaybookError, openDaybook, repairLog } from "../../src/index.js";
import type { RecordedEvent } from "../../src/index.js";
import { runProgram, startProgram } from "../support/programs.js";
import { readAll, segmentFiles, writeSmallLog } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import type { KillPlan } from "../torture/crash-matrix/kill-switch.js";

/** Every point at which a program can be killed that makes these calls: before and after each, and in the middle of each write. */
const pointsOf = (counts: Readonly<Record<string, number>>): KillPlan[] =>
  Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => index + 1).flatMap((ordinal) =>
      (kind.startsWith("write ") ? (["before", "partly", "after"] as const) : (["before", "after"] as const)).map((phase) => ({ kind, ordinal, phase, part: 0.5 })),
    ),
  );

/** So many of the points, evenly; `DAYBOOK_KILLS` says how many. */
function some<T>(points: readonly T[]): T[] {
  const count = Math.min(points.length, Number(process.env["DAYBOOK_KILLS"] ?? 8));
  return Array.from({ length: count }, (_, index) => points[Math.floor((index * points.length) / count)] as T);
}

const timeoutMs = process.env["DAYBOOK_KILLS"] === undefined ? 60_000 : 3_600_000;

/** What a folder is to those who open it: a daybook with these events, none at all, or one that is refused. */
async function foundIn(folder: string): Promise<readonly RecordedEvent[] | string> {
  try {
    const book = await openDaybook(folder, { readOnly: true });
    const { ok, faults, notes } = await book.verify({ full: true });
    await book.close();
    if (!ok || notes.length > 0) return `faults: ${JSON.stringify([faults, notes])}`;
    return await readAll(folder, { readOnly: true });
  } catch (error) {
    return isDaybookError(error) ? error.code : String(error);
  }
}

async function killedAt(what: string, root: string, to: string, plan: KillPlan): Promise<void> {
  const program = startProgram("back-up", [what, root, to, JSON.stringify(plan)]);
  const { signal, errors } = await program.ended;
  expect([signal, program.lines, errors], JSON.stringify(plan)).toEqual(["SIGKILL", [`killed ${plan.kind}`], ""]);
}

const countsOf = async (what: string, root: string, to: string): Promise<Record<string, number>> => JSON.parse((await runProgram("back-up", [what, root, to])).at(-1) ?? "") as Record<string, number>;

const inParallel = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const left = [...items];
  await Promise.all(Array.from({ length: 2 }, async () => { for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item); }));
};

describe("killed with SIGKILL at any of its steps", () => {
  it("a first backup, or a repair, leaves nothing that opens, or the whole; the same backup again finishes it", async () => {
    const root = join(temporaryFolder(), "old");
    await writeSmallLog(root, 24, 4096);
    mkdirSync(join(root, "runs/a/0001"), { recursive: true });
    writeFileSync(join(root, "runs/a/0001/file"), "content");
    const events = await readAll(root);
    for (const what of ["backup", "repair"] as const) {
      const points = pointsOf(await countsOf(what, root, join(temporaryFolder(), "new")));
      expect(points.length).toBeGreaterThan(20);
      await inParallel(some(points), async (point) => {
        const to = join(temporaryFolder(), "new");
        await killedAt(what, root, to, point);
        const found = await foundIn(to);
        if (typeof found === "string") expect(["LOG_NOT_FOUND", "LOG_CORRUPT"], JSON.stringify(point)).toContain(found);
        else expect(found, JSON.stringify(point)).toEqual(events);
        expect(existsSync(join(to, "daybook.json")), JSON.stringify(point)).toBe(typeof found !== "string");
        if (what === "backup") {
          await backupLog(root, to);
          expect(await foundIn(to), JSON.stringify(point)).toEqual(events);
          expect(readFileSync(join(to, "runs/a/0001/file"), "utf8")).toBe("content");
        }
      });
    }
  }, timeoutMs);

  it("a backup that takes what is new leaves a copy as of some moment, and the same again finishes it", async () => {
    const root = join(temporaryFolder(), "old");
    await writeSmallLog(root, 12, 4096);
    const copy = join(temporaryFolder(), "copy");
    await backupLog(root, copy);
    const before = (await readAll(copy, { readOnly: true })).length;
    await writeSmallLog(root, 24, 4096);
    const events = await readAll(root);
    const counted = join(temporaryFolder(), "counted");
    cpSync(copy, counted, { recursive: true });
    const points = pointsOf(await countsOf("backup", root, counted));
    await inParallel(some(points), async (point) => {
      const to = join(temporaryFolder(), "new");
      cpSync(copy, to, { recursive: true });
      await killedAt("backup", root, to, point);
      const found = await foundIn(to);
      expect(found, JSON.stringify(point)).toEqual(events.slice(0, found.length));
      expect(found.length, JSON.stringify(point)).toBeGreaterThanOrEqual(before);
      await backupLog(root, to);
      expect(await foundIn(to), JSON.stringify(point)).toEqual(events);
    });
  }, timeoutMs);
});

describe("a daybook that another process writes", () => {
  it("has backups that are whole each time, go further each time, and lack nothing that was acknowledged before they began", async () => {
    const root = join(temporaryFolder(), "old");
    const to = join(temporaryFolder(), "copy");
    const writer = startProgram("append-for-ever", [root, 0, "fsync", 8192]);
    let head = 0;
    for (let round = 1; round <= 8; round += 1) {
      await writer.line((line) => line !== "open" && Number(line.split(" ")[1]) > head + 60);
      const acknowledged = Math.max(...writer.lines.slice(1).map((line) => Number(line.split(" ")[1])));
      const report = await backupLog(root, to);
      expect(report.head.seq).toBeGreaterThanOrEqual(acknowledged);
      const found = await foundIn(to);
      expect(found).toHaveLength(report.head.seq);
      expect(report.head.seq).toBeGreaterThan(head);
      head = report.head.seq;
    }
    writer.child.kill("SIGKILL");
    await writer.ended;
    expect(segmentFiles(to).length).toBeGreaterThan(3);
    const events = await readAll(root, { readOnly: true });
    expect(await readAll(to, { readOnly: true })).toEqual(events.slice(0, head));
    // And it can take the original's place.
    rmSync(root, { recursive: true });
    const book = await openDaybook(to);
    expect((await book.log.append({ stream: "a/1", type: "a.made", data: {} })).firstSeq).toBe(head + 1);
    await book.close();
  }, timeoutMs);

  it("has whole backups, and loses nothing in a repair, while its segments are compressed and decompressed as well", async () => {
    const root = join(temporaryFolder(), "old");
    const to = join(temporaryFolder(), "copy");
    const writer = startProgram("append-for-ever", [root, 0, "fsync", 16384]);
    const written = (seq: number): Promise<unknown> => writer.line((line) => line !== "open" && Number(line.split(" ")[1]) > seq);
    await written(300);
    await using other = await openDaybook(root);
    let converted = 0;
    for (let round = 1; round <= 3; round += 1) {
      const working = round === 3 ? other.decompress() : other.compress({ codec: round === 1 ? "gzip" : "brotli", keep: 0 });
      const rescued = join(temporaryFolder(), "rescued");
      const [{ head }, { lost, rewritten, quarantined, notes }, { segments }] = await Promise.all([backupLog(root, to), repairLog(root, rescued), working]);
      converted += segments.length;
      expect([lost, rewritten, quarantined, notes]).toEqual([[], [], [], []]);
      expect(await foundIn(to)).toHaveLength(head.seq);
      await written(head.seq + 100);
    }
    writer.child.kill("SIGKILL");
    await writer.ended;
    expect(converted).toBeGreaterThan(0);
    const copied = await readAll(to, { readOnly: true });
    expect(copied).toEqual((await readAll(root, { readOnly: true })).slice(0, copied.length));
  }, timeoutMs);

  it("is repaired meanwhile, and loses what is damaged and nothing else", async () => {
    const root = join(temporaryFolder(), "old");
    const to = join(temporaryFolder(), "new");
    const writer = startProgram("append-for-ever", [root, 0, "fsync", 8192]);
    await writer.line((line) => line !== "open" && Number(line.split(" ")[1]) > 300);
    const [first, second] = segmentFiles(root);
    rmSync(join(root, "log", first ?? ""));
    const acknowledged = Math.max(...writer.lines.slice(1).map((line) => Number(line.split(" ")[1])));
    const report = await repairLog(root, to);
    await writer.line((line) => line !== "open" && Number(line.split(" ")[1]) > report.head.seq);
    writer.child.kill("SIGKILL");
    await writer.ended;
    const gone = Number(second?.slice(0, 20)) - 1;
    expect(report.lost).toEqual([{ from: 1, to: gone, segment: first, offset: 0, why: "the segment is missing" }]);
    expect(report.head.seq).toBeGreaterThanOrEqual(acknowledged);
    const found = await foundIn(to);
    expect(found).toHaveLength(report.head.seq - gone);
  }, timeoutMs);
});
