import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { Status } from "../../../src/index.js";
import { startProgram } from "../../support/programs.js";
import type { Program } from "../../support/programs.js";
import { temporaryBook } from "./temporary-book.js";

/** A process that takes the run up and obeys; see test/programs/hold-run.ts. */
function holdRun(root: string, beatWithinMs = 60_000): Program {
  const program = startProgram("hold-run", [root, "train", "0001", beatWithinMs]);
  onTestFinished(() => void program.child.kill("SIGKILL"));
  return program;
}

const held = (program: Program): Promise<string> => program.line((line) => line.startsWith("held") || /^[A-Z_]+$/.test(line));

describe("a run held by another process", () => {
  it("is live while that lives, is busy for everybody else, and ends with a word", async () => {
    const { root, runs } = await temporaryBook({ durability: "fsync" });
    await runs.allocate("train");
    const holder = holdRun(root);
    expect(await held(holder)).toBe("held 1");
    expect(await runs.getRecord("train", "0001")).toMatchObject({
      status: Status.RUNNING,
      liveness: "live",
      attempts: [{ pid: holder.child.pid, by: "holder" }],
    });
    await expect(runs.start("train", "0001")).rejects.toMatchObject({
      code: "RUN_BUSY",
      holder: expect.stringContaining(`pid ${holder.child.pid}`) as string,
    });
    holder.child.stdin?.write("log DONE\n");
    await holder.line((line) => line === "ok");
    expect(await runs.getRecord("train", "0001")).toMatchObject({ status: Status.DONE, liveness: "ended" });
    holder.child.stdin?.write("close\n");
    expect((await holder.ended).code).toBe(0);
    expect(holder.lines).toEqual(["held 1", "over", "ok"]);
  });

  it("is lost at once when that is killed, and is taken up by the next one as attempt 2", async () => {
    const { root, runs } = await temporaryBook({ durability: "fsync" });
    await runs.allocate("train", { params: { lr: 0.1 } });
    const first = holdRun(root);
    await held(first);
    first.child.kill("SIGKILL");
    await first.ended;
    expect(await runs.getRecord("train", "0001")).toMatchObject({ status: Status.RUNNING, liveness: "lost" });

    const second = holdRun(root);
    expect(await held(second)).toBe("held 2");
    expect(await runs.getRecord("train", "0001")).toMatchObject({
      uid: "0001",
      status: Status.RUNNING,
      liveness: "live",
      attempts: [{ pid: first.child.pid }, { pid: second.child.pid }],
    });
    second.child.stdin?.write("end DONE\nclose\n");
    await second.ended;
    expect(await runs.getRecord("train", "0001")).toMatchObject({
      status: Status.DONE,
      liveness: "ended",
      attempts: [{ attempt: 1 }, { attempt: 2, ended: expect.any(String) as string }],
    });
    expect((await runs.getRecord("train", "0001"))?.attempts[0]).not.toHaveProperty("ended");
  });

  it("is lost when that is stopped for too long; the stopped one learns of it when it goes on", async () => {
    const { root, runs } = await temporaryBook({ durability: "fsync" });
    await runs.allocate("train");
    const stopped = holdRun(root, 200);
    await held(stopped);
    stopped.child.kill("SIGSTOP");
    while ((await runs.getRecord("train", "0001"))?.liveness !== "lost") await pause(20);
    const taken = await runs.start("train", "0001");
    expect(taken.attempt).toBe(2);
    stopped.child.stdin?.write("log DONE\nend DONE\nlog\nclose\n");
    stopped.child.kill("SIGCONT");
    await stopped.ended;
    // "over" comes with whatever told it first: its own beat, or a report.
    expect(stopped.lines.filter((line) => line !== "over")).toEqual(["held 1", "LEASE_LOST", "LEASE_LOST", "LEASE_LOST"]);
    expect(stopped.lines).toContain("over");
    expect(await runs.getRecord("train", "0001")).toMatchObject({ status: Status.RUNNING, liveness: "live", note: undefined });
    await taken.end({ status: Status.DONE });
  });
});
