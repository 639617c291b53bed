import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDaybook, Status } from "../../../../src/index.js";
import type { RunRecord } from "../../../../src/index.js";
import { Project } from "../../../../src/projects.js";
import type { SweepReport } from "../../../../src/projects.js";
import { startProgram } from "../../../support/programs.js";
import type { Program } from "../../../support/programs.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

async function recordsOf(root: string): Promise<RunRecord[]> {
  await using book = await openDaybook(root, { readOnly: true });
  expect(await book.verify({ full: true })).toMatchObject({ ok: true });
  return await book.runs.list();
}

function runner(root: string, count: number, concurrency: number, mostMs: number): Program {
  const program = startProgram("run-sweep", [root, count, concurrency, mostMs, join(root, "..", "ended.txt")]);
  onTestFinished(() => void program.child.kill("SIGKILL"));
  return program;
}

/** A folder for a daybook, with room for a file beside it. */
const emptyRoot = (): string => join(temporaryFolder(), "results");

const reportOf = (program: Program): SweepReport => JSON.parse(program.lines.at(-1) ?? "") as SweepReport;
const linesOf = (root: string): string[] => readFileSync(join(root, "..", "ended.txt"), "utf8").split("\n").slice(0, -1);
const statusesOf = ({ history }: RunRecord): string[] => history.map(({ status }) => status);

/** Every status that a run may have had: each attempt begins once, and one of them comes to its end. */
function expectOneDoneEach(records: readonly RunRecord[]): void {
  for (const record of records) {
    expect(record.status).toBe(Status.DONE);
    expect(statusesOf(record)).toEqual(["PENDING", ...record.attempts.map(() => "RUNNING"), "DONE"]);
    // Those whose process was killed have said nothing more.
    expect(record.attempts.filter(({ ended }) => ended !== undefined).map(({ attempt }) => attempt)).toEqual([record.attempts.length]);
  }
}

describe("a sweep of processes", () => {
  it("killed by SIGKILL five times at random and begun again ends with each set DONE once, its attempts recorded", async () => {
    const root = emptyRoot();
    const [count, concurrency] = [200, 8];
    const lost = new Set<string>();
    for (let kill = 0; kill < 5; kill += 1) {
      const victim = runner(root, count, concurrency, 100);
      await victim.line((line) => line === "ready");
      // Somewhere in the work of a fifth of the sets.
      await pause(50 + Math.random() * 450);
      victim.child.kill("SIGKILL");
      expect((await victim.ended).signal).toBe("SIGKILL");
      for (const { uid, liveness, attempts } of await recordsOf(root)) if (liveness === "lost") lost.add(`${uid} ${attempts.length}`);
    }
    expect(lost.size).toBeGreaterThan(0);
    const last = runner(root, count, concurrency, 20);
    expect(await last.ended).toMatchObject({ code: 0, errors: "" });
    const report = reportOf(last);
    expect(report).toMatchObject({ total: count, done: count, failed: 0, best: { params: { seed: count - 1 }, value: count - 1 } });

    const records = await recordsOf(root);
    expect(records).toHaveLength(count);
    expect(new Set(records.map(({ params }) => params?.["seed"])).size).toBe(count);
    expectOneDoneEach(records);
    // Every run that was found lost has been taken up once more, and no other.
    expect(records.reduce((sum, { attempts }) => sum + attempts.length - 1, 0)).toBe(lost.size);
    // Who was killed between the end of the work and its record has worked for nothing; nobody else has.
    const worked = linesOf(root).map((line) => line.split(" ").map(Number));
    expect(new Set(worked.map(([seed]) => seed)).size).toBe(count);
    expect(worked.length).toBeLessThanOrEqual(count + lost.size);
    for (const record of records) expect(worked).toContainEqual([record.params?.["seed"], record.attempts.length, record.attempts.at(-1)?.pid]);
  });

  it("shares its sets among three that run it at once: each is worked at once, and all see all DONE", async () => {
    const root = emptyRoot();
    const runners = [1, 2, 3].map(() => runner(root, 120, 2, 20));
    for (const one of runners) expect(await one.ended).toMatchObject({ code: 0, errors: "" });
    expect(linesOf(root).map((line) => Number(line.split(" ")[0])).sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, seed) => seed));
    const reports = runners.map(reportOf);
    for (const report of reports) expect(report).toMatchObject({ total: 120, done: 120, failed: 0, elsewhere: 0, best: { value: 119 } });
    expect(reports.reduce((sum, { done, reused }) => sum + done - reused, 0)).toBe(120);
    const records = await recordsOf(root);
    expect(records).toHaveLength(120);
    expectOneDoneEach(records);
  });

  it("waits for what another is at work on, and takes it up when that is killed", async () => {
    const root = emptyRoot();
    const victim = runner(root, 3, 3, 1e7);
    await victim.line((line) => line === "ready");
    await using project = await Project.open(root);
    // Seed 0 takes no time at all.
    while ((await project.findSessions("train", { status: "RUNNING" })).length < 2) await pause(20);
    const sweep = project.sweep("train", { seed: [0, 1, 2], nested: { constant: "x" } });
    expect(await sweep.run(() => expect.unreachable("both are at work elsewhere"), { ifLive: "skip" })).toMatchObject({ done: 1, reused: 1, elsewhere: 2 });

    const told: number[] = [];
    const attempts: number[] = [];
    const waiting = sweep.run((_, { attempt }) => void attempts.push(attempt), { onProgress: ({ elsewhere }) => void told.push(elsewhere) });
    await pause(1200);
    expect([attempts, told.at(-1)]).toEqual([[], 2]);
    victim.child.kill("SIGKILL");
    expect(await waiting).toMatchObject({ total: 3, done: 3, reused: 1, elsewhere: 0 });
    expect(attempts).toEqual([2, 2]);
  });
});
