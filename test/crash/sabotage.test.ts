/**
 * Runs with one safeguard switched off: the suites that rely on it have to go red. A check that cannot fail proves nothing.
 */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runProgram } from "../support/programs.js";
import { commitEnds } from "../support/commit-ends.js";
import { activeSegment, writeSmallLog } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

describe("sabotage", () => {
  afterEach(() => {
    vi.doUnmock("../../src/log/commit-hash.js");
    vi.resetModules();
  });

  it("without the lock, processes get the same uids or break the log", async () => {
    expect(await allocateByFour("locked")).toBe("all distinct");
    // Four processes that never collide in 400 allocations would be an accident; several rounds make it none.
    const outcomes = [];
    for (let round = 0; round < 3; round += 1) outcomes.push(await allocateByFour("unlocked"));
    expect(outcomes.filter((outcome) => outcome !== "all distinct")).not.toEqual([]);
  });

  it("without the hash check, flipped bits go unnoticed", { timeout: 120_000 }, async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 14);
    const segment = activeSegment(root);
    const until = commitEnds(readFileSync(segment)).at(-6)?.offset as number;
    const { missedFlips } = await import("../support/flip-bits.js");
    expect(await missedFlips(root, segment, until, 41)).toEqual([]);

    vi.resetModules();
    vi.doMock("../../src/log/commit-hash.js", () => ({
      // Whatever stands in the file is right.
      commitHash: (bytes: Buffer, _start: number, end: number) => bytes.toString("latin1", end - 19, end - 3),
    }));
    const sabotaged = await import("../support/flip-bits.js");
    expect(await sabotaged.missedFlips(root, segment, until, 41)).not.toEqual([]);
  });
});

async function allocateByFour(locking: "locked" | "unlocked"): Promise<string> {
  const root = temporaryFolder();
  await runProgram("allocate-raw", [root, 0, "locked"]);
  const runs = await Promise.allSettled(Array.from({ length: 4 }, () => runProgram("allocate-raw", [root, 100, locking])));
  const uids = runs.flatMap((run) => (run.status === "fulfilled" ? run.value : ["failed"]));
  return uids.includes("failed") ? "failed" : new Set(uids).size === 400 ? "all distinct" : "doubled";
}
