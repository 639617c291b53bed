import { describe, expect, it, onTestFinished } from "vitest";
import { openDaybook, Status } from "../../../src/index.js";
import type { RunRecord } from "../../../src/index.js";
import { Project } from "../../../src/projects.js";
import { runProgram, startProgram } from "../../support/programs.js";
import type { Program } from "../../support/programs.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

async function recordsOf(root: string): Promise<RunRecord[]> {
  await using book = await openDaybook(root, { readOnly: true });
  expect(await book.verify({ full: true })).toMatchObject({ ok: true });
  return await book.runs.list();
}

/** A process that goes through the parameter sets; see test/programs/run-sessions.ts. */
function sessions(root: string, count: number, pauseMs = 0, ifLive = "wait"): Program {
  const program = startProgram("run-sessions", [root, "train", count, pauseMs, ifLive]);
  onTestFinished(() => void program.child.kill("SIGKILL"));
  return program;
}

describe("processes that resume the same parameter sets", () => {
  it("all at once, on an empty folder, make one run of each, and one of them brings it to DONE", async () => {
    const root = temporaryFolder();
    const printed = (await Promise.all(Array.from({ length: 8 }, () => runProgram("run-sessions", [root, "train", 50, 0, "wait"])))).flat();
    expect(printed).toHaveLength(8 * 50);
    expect(printed.filter((line) => line.startsWith("ran"))).toHaveLength(50);
    expect(new Set(printed.filter((line) => line.startsWith("ran"))).size).toBe(50);
    expect(printed.filter((line) => line.startsWith("left") && !line.endsWith("done"))).toEqual([]);

    const records = await recordsOf(root);
    expect(records).toHaveLength(50);
    expect(new Set(records.map(({ params }) => params?.["seed"])).size).toBe(50);
    for (const record of records) {
      expect(record).toMatchObject({ status: Status.DONE, liveness: "ended", attempts: [{ attempt: 1 }] });
      expect(record.attempts).toHaveLength(1);
      expect(record.history.map(({ status }) => status)).toEqual(["PENDING", "RUNNING", "DONE"]);
    }
  });

  it("find the run of a process that was killed lost, and take it up under its uid as attempt 2", async () => {
    const root = temporaryFolder();
    const victim = sessions(root, 1, 60_000);
    expect(await victim.line((line) => line.startsWith("in"))).toBe("in 0001 1");
    const waiting = sessions(root, 1, 1);
    victim.child.kill("SIGKILL");
    expect((await victim.ended).signal).toBe("SIGKILL");
    // It has waited for the one that lived, or came just after it.
    expect(await waiting.line((line) => line.startsWith("ran"))).toBe("ran 0001 2");
    expect((await waiting.ended).code).toBe(0);
    const [record, ...others] = await recordsOf(root);
    expect(others).toEqual([]);
    expect(record).toMatchObject({ uid: "0001", status: Status.DONE, attempts: [{ attempt: 1, pid: victim.child.pid }, { attempt: 2, pid: waiting.child.pid }] });
    expect(record?.attempts[0]).not.toHaveProperty("ended");
    expect(record?.history.map(({ status }) => status)).toEqual(["PENDING", "RUNNING", "RUNNING", "DONE"]);
  });

  it("see a run lost as soon as its process is killed", async () => {
    const root = temporaryFolder();
    const victim = sessions(root, 1, 60_000);
    await victim.line((line) => line.startsWith("in"));
    await using project = await Project.open(root);
    const session = await project.session("train", { nested: { list: [0] }, seed: 0 });
    expect([session.created, (await session.record()).liveness]).toEqual([false, "live"]);
    victim.child.kill("SIGKILL");
    await victim.ended;
    expect((await session.record()).liveness).toBe("lost");
    expect(await session.run((_, { attempt }) => attempt)).toMatchObject({ ran: true, value: 2 });
  });

  it("leave alone what others are at when told to skip, and share the work among them", async () => {
    const root = temporaryFolder();
    const first = sessions(root, 1, 60_000);
    await first.line((line) => line.startsWith("in"));
    expect(await runProgram("run-sessions", [root, "train", 3, 0, "skip"])).toEqual(["left 0001 live", "ran 0002 1", "ran 0003 1"]);
    first.child.kill("SIGKILL");
    await first.ended;
  });
});
