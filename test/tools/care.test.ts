import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { Growth, sparkline } from "../../tools/cli/growth.js";
import { segmentForms } from "../support/compressed-log.js";
import { daybook, jsonLines, temporaryFolder } from "./support.js";

const dayMs = 86_400_000;

/** A daybook of several segments and days, the third day without an event. */
async function withDays(): Promise<{ readonly cwd: string; readonly root: string; readonly events: number }> {
  const cwd = temporaryFolder();
  const root = path.join(cwd, "results");
  let now = Date.parse("2026-11-20T12:00:00.000Z");
  await using book = await openDaybook(root, { segmentBytes: 4096, participantId: "w", clock: () => now, allowClockJump: true });
  for (const count of [5, 40, 0, 10]) {
    for (let number = 0; number < count; number += 1) await book.log.append({ stream: `note/${number}`, type: "note.taken", data: { text: "grün 🌱".repeat(9) } });
    now += dayMs;
  }
  const uid = await book.runs.allocate("train");
  fs.mkdirSync(path.join(root, "runs/train", uid), { recursive: true });
  fs.writeFileSync(path.join(root, "runs/train", uid, "weights"), Buffer.alloc(5000));
  return { cwd, root, events: 56 };
}

describe.concurrent("daybook stats", () => {
  it("counts sizes, segments by state, and the growth of each day", async () => {
    const { cwd, root, events } = await withDays();
    const before = jsonLines<{ segments: number; bytes: { log: number } }>((await daybook(cwd, ["stats", "--json"])).stdout)[0];
    const sealed = (before?.segments ?? 0) - 1;
    expect(sealed).toBeGreaterThan(2);
    expect((await daybook(cwd, ["compress"])).code).toBe(0);
    const [after] = jsonLines<object>((await daybook(cwd, ["stats", "--json"])).stdout);
    const onDisk = segmentForms(root).reduce((sum, name) => sum + fs.statSync(path.join(root, "log", name)).size, 0);
    expect(after).toMatchObject({
      events,
      segments: sealed + 1,
      segmentStates: { sealed, closed: 0, active: 1, compressed: sealed - 1 },
      bytes: { log: onDisk, logPlain: before?.bytes.log, quarantine: 0, artifacts: { runs: 5000 } },
      days: [{ day: "2026-11-20", events: 5 }, { day: "2026-11-21", events: 40 }, { day: "2026-11-23", events: 10 }, { day: "2026-11-24", events: 1 }],
      types: { "note.taken": 55, "run.allocated": 1 },
    });
    expect(onDisk).toBeLessThan((before?.bytes.log ?? 0) / 1.5);
    const { stdout } = await daybook(cwd, ["stats"]);
    for (const part of [/uncompressed\)/, new RegExp(`${sealed} sealed, of them ${sealed - 1} compressed, 1 active`), /artifacts +runs 4\.9 KiB/, /2026-11-21 +40 /, /\n▁█·▂▁\n$/]) expect(stdout).toMatch(part);
  });

  it("draws one bar a day, the newest ones, quiet days too", () => {
    const growth = new Growth();
    const counts = [8, 0, 4, 1, 100];
    for (const [day, count] of counts.entries()) for (let event = 0; event < count; event += 1) growth.add(new Date(Date.parse("2026-02-27") + day * dayMs).toISOString(), 10);
    const days = growth.days();
    expect(days).toEqual([{ day: "2026-02-27", events: 8, bytes: 80 }, { day: "2026-03-01", events: 4, bytes: 40 }, { day: "2026-03-02", events: 1, bytes: 10 }, { day: "2026-03-03", events: 100, bytes: 1000 }]);
    expect(sparkline(days.slice(0, 3), 60)).toBe("█·▄▁");
    expect(sparkline(days, 2)).toBe("▁█");
    expect(sparkline([], 60)).toBe("");
  });
});

describe.concurrent("daybook compress", () => {
  it("says what it would do, does it, and undoes it", async () => {
    const { cwd, root } = await withDays();
    const names = segmentForms(root);
    const would = await daybook(cwd, ["compress", "--dry-run"]);
    expect([would.code, would.stdout]).toEqual([0, expect.stringMatching(new RegExp(`\\n${names.length - 2} segments would be compressed: `))]);
    expect(segmentForms(root)).toEqual(names);
    const done = await daybook(cwd, ["compress", "--codec", "brotli", "--keep", "0", "--json"]);
    expect(jsonLines<{ segment: string }>(done.stdout).map(({ segment }) => segment)).toEqual(names.slice(0, -1));
    expect(segmentForms(root)).toEqual(names.map((name, index) => (index === names.length - 1 ? name : `${name}.br`)));
    expect((await daybook(cwd, ["verify", "--full"])).stdout).toMatch(/^ok: 56 events/);
    expect((await daybook(cwd, ["log", "--json"])).stdout.split("\n")).toHaveLength(57);
    expect((await daybook(cwd, ["compress", "--undo"])).stdout).toMatch(new RegExp(`ok: ${names.length - 1} segments decompressed`));
    expect(segmentForms(root)).toEqual(names);
    expect((await daybook(cwd, ["compress", "--undo"])).stdout).toBe("no segment is compressed\n");
  });

  it("shows a compressed segment that is damaged, in `verify`", async () => {
    const { cwd, root } = await withDays();
    await daybook(cwd, ["compress"]);
    const [, second = ""] = segmentForms(root);
    fs.truncateSync(path.join(root, "log", second), 100);
    const verify = await daybook(cwd, ["verify", "--full"]);
    expect([verify.code, verify.stdout]).toEqual([1, expect.stringMatching(new RegExp(`compressed +${second} `))]);
    expect((await daybook(cwd, ["compress", "--keep", "0"])).stderr).toMatch(new RegExp(`${second}.*\\(LOG_CORRUPT\\)`));
  });
});
