import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { RecordedEvent } from "../../src/index.js";
import { fakeClock } from "../../src/testing.js";
import { readMoment } from "../../tools/cli/moment.js";
import { daybook, jsonLines, shell, temporaryFolder } from "./support.js";

/** Two runs: allocated at 12:00 and 13:00 (UTC, that day), each at work for half an hour without a further word, then DONE. */
async function withRuns(): Promise<string> {
  const cwd = temporaryFolder();
  const time = fakeClock("2026-01-05T12:00:00.000Z");
  await using book = await openDaybook(path.join(cwd, "results"), { participantId: "w", clock: time.clock });
  for (const lr of [0.1, 0.2]) {
    const uid = await book.runs.allocate("train", { params: { lr } });
    const lease = await book.runs.start("train", uid, { beatWithinMs: 600_000 });
    await fs.promises.writeFile(path.join(lease.folder, "m.json"), JSON.stringify({ lr }));
    await lease.log({ files: { m: "m.json" }, tags: [`lr ${lr}`] });
    time.advance(1_800_000);
    await lease.end({ status: "DONE" });
    time.advance(1_800_000);
  }
  return cwd;
}

describe.concurrent("--at", () => {
  it("shows runs as they stood at a seq or a time", async () => {
    const cwd = await withRuns();
    const events = jsonLines<RecordedEvent>((await daybook(cwd, ["log", "--json"])).stdout);
    const secondRun = events.find(({ stream }) => stream === "run/train/0002")?.seq ?? 0;
    const runs = async (...args: string[]): Promise<string> =>
      jsonLines<{ uid: string; status: string; liveness: string }>((await daybook(cwd, ["runs", "--json", ...args])).stdout).map(({ uid, status, liveness }) => `${uid} ${status} ${liveness}`).join(", ");
    expect(await runs()).toBe("0001 DONE ended, 0002 DONE ended");
    expect(await runs("--at", "0")).toBe("");
    expect(await runs("--at", "1")).toBe("0001 PENDING unknown");
    expect(await runs("--at", String(secondRun - 1))).toBe("0001 DONE ended");
    expect(await runs("--at", String(secondRun))).toBe("0001 DONE ended, 0002 PENDING unknown");
    expect(await runs("--at", "2026-01-05T12:05Z")).toBe("0001 RUNNING live");
    expect(await runs("--at", "2026-01-05T12:15Z")).toBe("0001 RUNNING lost");
    expect(await runs("--at", "2026-01-05 13:05:00+00:00", "--status", "running")).toBe("0002 RUNNING live");
    // "ago" is before the moment that is looked at.
    expect(await runs("--at", "2026-01-05T13:05Z", "--since", "10m")).toBe("0002 RUNNING live");
    expect(await runs("--at", "2026-01-05T13:05Z", "--where", "duration = 300000")).toBe("0002 RUNNING live");
    const table = (await daybook(cwd, ["runs", "--at", "2026-01-05T13:05Z"])).stdout;
    expect(table).toMatch(/train\/0002 +RUNNING .* 5m/);
    expect((await daybook(cwd, ["runs", "--at", "0"])).stdout).toMatch(/^There were no runs in .*results then\.\n$/);
  });

  it("may be the head, and says when it is of then that something is missing", async () => {
    const cwd = await withRuns();
    expect((await daybook(cwd, ["runs", "--json", "--at", "head"])).stdout).toBe((await daybook(cwd, ["runs", "--json"])).stdout);
    expect(jsonLines((await daybook(cwd, ["export", "--format", "ndjson", "--from", "head"])).stdout)).toHaveLength(1);
    expect((await daybook(cwd, ["show", "train/0002", "--at", "1"])).stderr).toMatch(/^daybook: there is no run train\/0002 in .*results as of seq 1 \(RUN_NOT_FOUND\)\n$/);
    expect((await daybook(cwd, ["blame", "train/0001", "--at", "2026-01-04"])).stderr).toBe("daybook: There is no run train/0001 as of 2026-01-04 00:00:00 (RUN_NOT_FOUND)\n");
  });

  it("is taken by every verb that reads", async () => {
    const cwd = await withRuns();
    const at = ["--at", "2026-01-05T12:05Z"];
    const json = async (...args: string[]): Promise<unknown[]> => jsonLines<unknown>((await daybook(cwd, ["--json", ...args, ...at])).stdout);
    const [before] = await Promise.all([json("log")]);
    expect(before.length).toBeGreaterThan(3);
    expect(await json("log", "--tail", "1")).toEqual(before.slice(-1));
    expect(await json("log", "train/0001", "--limit", "1")).toEqual(before.slice(0, 1));
    expect(await json("show", "train/0001")).toMatchObject([{ uid: "0001", status: "RUNNING", liveness: "live" }]);
    expect(await json("view", "runs")).toMatchObject([{ "run/train/0001": { status: "RUNNING" } }]);
    expect(await json("stats")).toMatchObject([{ events: before.length, runs: { total: 1, byStatus: { RUNNING: 1 } } }]);
    expect(await json("aggregate", "train", "--file", "m")).toEqual([expect.objectContaining({ lr: 0.1 })]);
    expect(await json("export", "--format", "ndjson")).toEqual((before as object[]).map((event) => ({ ...event, root: expect.any(String) as string })));
    expect(await json("export", "--format", "cloudevents")).toHaveLength(before.length);
    expect(JSON.parse((await daybook(cwd, ["export", "--format", "metadata", ...at])).stdout)).toMatchObject({ train: { "": { "0001": { status: "running" } } } });
    const shown = (await daybook(cwd, ["show", "train/0001", ...at])).stdout;
    expect(shown).toMatch(/^train\/0001 {2}RUNNING/);
    expect(shown).toMatch(/ 5m.* live$/m);
  });

  it("that lies ahead, or is none, is told of", async () => {
    const cwd = await withRuns();
    const misses: [args: string[], code: number, message: RegExp][] = [
      [["runs", "--at", "1000"], 1, /^daybook: Seq 1000 has not been reached: the log's head is seq \d+, at 2026-01-05T13:30:00\.000Z \(MOMENT_AHEAD\)\n$/],
      [["runs", "--at", "2999-01-01"], 1, /is in the future: .* \(MOMENT_AHEAD\)\n$/],
      [["show", "train/0002", "--at", "3"], 1, /RUN_NOT_FOUND/],
      [["runs", "--at", "yesterday"], 2, /^daybook: --at yesterday: write a seq, head, a time such as .*; see `daybook runs --help`\n$/],
      [["log", "--follow", "--at", "3"], 2, /--follow .* excludes --at/],
      [["verify", "--at", "3"], 2, /unknown option '--at'/],
    ];
    for (const [args, code, message] of misses) expect(await daybook(cwd, args), args.join(" ")).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(message) as string });
    expect(jsonLines((await daybook(cwd, ["runs", "--json", "--at", "1000"])).stderr)).toMatchObject([{ error: { code: "MOMENT_AHEAD", moment: 1000 } }]);
    // Whoever has seen enough leaves.
    expect((await shell(cwd, "$DAYBOOK log --at 5 | head -1")).stdout.split("\n")).toHaveLength(2);
  });
});

describe("a moment on the command line", () => {
  it("is a seq if it is digits alone, else a time", () => {
    expect([readMoment("0", "--at"), readMoment("0012", "--at"), readMoment(" 7 ", "--at")]).toEqual([0, 12, 7]);
    expect(readMoment("2026-11-20T10:30Z", "--at")).toEqual(new Date("2026-11-20T10:30:00.000Z"));
    expect(readMoment("2026-11-20 10:30", "--at")).toEqual(new Date(2026, 10, 20, 10, 30));
    expect(Math.abs((readMoment("2h", "--at") as Date).getTime() - Date.now() + 7_200_000)).toBeLessThan(5000);
    for (const text of ["", "-1", "1.5", "2026-13-01", "now"]) expect(() => readMoment(text, "--from")).toThrow(/^--from .*: write a seq, head, a time such as/);
    expect(() => readMoment("99999999999999999999", "--at")).toThrow(/^--at 99999999999999999999: no log has so many events$/);
  });
});
