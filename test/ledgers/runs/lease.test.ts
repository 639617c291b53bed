import { writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Status } from "../../../src/index.js";
import type { Daybook, RunLease } from "../../../src/index.js";
import { thisProcess } from "../../../src/ledgers/runs/process-identity.js";
import { eventsOf, headSeq, temporaryBook } from "./temporary-book.js";

const lost = { code: "LEASE_LOST", run: "train/0001", attempt: 1 };
const typesOf = async (book: Daybook): Promise<string[]> => (await eventsOf(book)).map(({ type }) => type);

/** A daybook with one run, and a clock that only the test moves. */
async function withRun(): Promise<{ book: Daybook; other: Daybook; advance: (ms: number) => void }> {
  let now = Date.parse("2026-11-21T12:00:00Z");
  const clock = (): number => now;
  const book = await temporaryBook({ clock });
  // Another handle stands for another process: it has leases of its own.
  const other = await temporaryBook({ clock, participantId: "other" }, book.root);
  await book.runs.allocate("train");
  return { book, other, advance: (ms) => (now += ms) };
}

describe("starting", () => {
  it("makes the run RUNNING, its first attempt, held by this process, with a folder", async () => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001", { beatWithinMs: 5000, command: ["python", "train.py"], cwd: "/work" });
    expect(lease).toMatchObject({
      identifier: "train",
      relpath: "",
      uid: "0001",
      attempt: 1,
      beatWithinMs: 5000,
      folder: join(book.root, "runs", "train", "0001"),
    });
    expect((await stat(lease.folder)).isDirectory()).toBe(true);
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({
      status: Status.RUNNING,
      liveness: "live",
      attempts: [
        {
          ...thisProcess(),
          attempt: 1,
          by: "tester",
          beatWithinMs: 5000,
          command: ["python", "train.py"],
          cwd: "/work",
          started: "2026-11-21T12:00:00.000Z",
        },
      ],
    });
  });

  it("is refused for a run that does not exist, and makes no folder", async () => {
    const { book } = await withRun();
    await expect(book.runs.start("train", "0002")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(stat(join(book.root, "runs"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is refused while it is held, by this handle too, and writes nothing", async () => {
    const { book, other } = await withRun();
    await book.runs.start("train", "0001");
    const before = await headSeq(book);
    const busy = { code: "RUN_BUSY", run: "train/0001", holder: expect.stringContaining(`pid ${process.pid}`) as string };
    await expect(book.runs.start("train", "0001")).rejects.toMatchObject(busy);
    await expect(other.runs.start("train", "0001")).rejects.toMatchObject(busy);
    expect(await headSeq(book)).toBe(before);
  });

  it("succeeds for one of many that try at once", async () => {
    const { book, other } = await withRun();
    const tries = await Promise.allSettled([book, other, book, other].map((one) => one.runs.start("train", "0001")));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await book.runs.getRecord("train", "0001"))?.attempts).toHaveLength(1);
  });

  it("does not take a run whose folder cannot be made", async () => {
    const { book } = await withRun();
    writeFileSync(join(book.root, "runs"), "in the way");
    await expect(book.runs.start("train", "0001")).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({ status: Status.PENDING, liveness: "unknown", attempts: [] });
  });
});

describe("ending", () => {
  it("lets go of the run, and leaves the status as it is", async () => {
    const { book, other } = await withRun();
    const lease = await book.runs.start("train", "0001");
    await lease.end({ exitCode: 2 });
    expect(lease.signal.aborted).toBe(true);
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({
      status: Status.RUNNING,
      liveness: "ended",
      attempts: [{ exitCode: 2, ended: "2026-11-21T12:00:00.000Z" }],
    });
    expect((await other.runs.start("train", "0001")).attempt).toBe(2);
  });

  it("records a status and a signal with it, in one commit", async () => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001");
    await lease.end({ status: Status.ERROR, signal: "SIGTERM" });
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({
      status: Status.ERROR,
      liveness: "ended",
      attempts: [{ signal: "SIGTERM" }],
    });
  });

  it("says everything there is to say in the same commit", async () => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001");
    await lease.log({ metrics: { loss: 0.5 } });
    const before = await headSeq(book);
    await lease.end({ status: Status.ERROR, error: new Error("diverged"), metrics: { loss: 9 }, exitCode: 3 });
    expect((await typesOf(book)).slice(before)).toEqual(["run.attempt-ended", "run.metrics-recorded", "run.error-recorded", "run.status-changed"]);
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({ status: Status.ERROR, error: { message: "diverged" }, metrics: { loss: 9 } });
  });

  it("in an error is forgotten once the run is taken up again", async () => {
    const { book } = await withRun();
    await (await book.runs.start("train", "0001")).end({ status: Status.ERROR, error: "diverged" });
    const lease = await book.runs.start("train", "0001");
    expect((await book.runs.getRecord("train", "0001"))?.error).toBeUndefined();
    await lease.log({ status: Status.DONE });
    expect(lease.signal.aborted).toBe(true);
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({ status: Status.DONE, error: undefined, liveness: "ended" });
  });

  it("twice, or twice at once, is once", async () => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001");
    await Promise.all([lease.end(), lease.end({ status: Status.DONE })]);
    const after = await headSeq(book);
    await lease.end({ status: Status.DONE });
    expect(await headSeq(book)).toBe(after);
    expect((await typesOf(book)).slice(3)).toEqual(["run.attempt-ended"]);
  });

  it("that is refused can be repeated: the run is still held", async () => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001");
    await expect(lease.end({ status: "bogus" as Status })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    expect(await lease.beat()).toBe(true);
    await lease.end({ status: Status.DONE });
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({
      status: Status.DONE,
      attempts: [{ ended: expect.any(String) as string }],
    });
  });

  it("happens by itself where the lease goes out of scope", async () => {
    const { book } = await withRun();
    {
      await using lease = await book.runs.start("train", "0001");
      expect(lease.signal.aborted).toBe(false);
    }
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({
      liveness: "ended",
      attempts: [{ ended: expect.any(String) as string }],
    });
  });

  it.each([Status.DONE, Status.ERROR])("happens by logging %s: first the end of the attempt, then the status", async (status) => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001");
    await book.runs.log("train", "0001", { status, metrics: { loss: 1 } });
    expect(lease.signal.aborted).toBe(true);
    expect((await typesOf(book)).slice(3)).toEqual(["run.attempt-ended", "run.metrics-recorded", "run.status-changed"]);
    const after = await headSeq(book);
    await lease.end();
    expect([await lease.beat(), await headSeq(book)]).toEqual([false, after]);
  });

  it("does not happen by logging anything else", async () => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001");
    await book.runs.log("train", "0001", { status: Status.RUNNING, note: "half way" });
    await book.runs.log("train", "0001", { status: Status.PENDING });
    expect([lease.signal.aborted, (await book.runs.getRecord("train", "0001"))?.liveness]).toEqual([false, "live"]);
  });

  it("happens once however many reports of the end are under way", async () => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001");
    const done = { status: Status.DONE };
    await Promise.all([
      book.runs.log("train", "0001", done),
      book.runs.log("train", "0001", done),
      lease.end(done),
      lease.beat(),
      book.runs.log("train", "0001", done),
    ]);
    expect((await typesOf(book)).filter((type) => type === "run.attempt-ended")).toHaveLength(1);
    expect((await book.runs.getRecord("train", "0001"))?.status).toBe(Status.DONE);
    await book.runs.log("train", "0001", { note: "afterwards" });
  });

  it("is not for others: a status that somebody else logs leaves the lease alone", async () => {
    const { book, other } = await withRun();
    const lease = await book.runs.start("train", "0001");
    await other.runs.log("train", "0001", { status: Status.DONE });
    expect([await lease.beat(), (await book.runs.getRecord("train", "0001"))?.liveness]).toEqual([true, "ended"]);
    await lease.end();
  });
});

describe("beats", () => {
  it("come by themselves while the run is held, and no more once it is not", async () => {
    const book = await temporaryBook();
    await book.runs.allocate("train");
    const lease = await book.runs.start("train", "0001", { beatWithinMs: 400 });
    const started = await headSeq(book);
    while ((await headSeq(book)) < started + 2) await pause(20);
    expect((await typesOf(book)).slice(started)).toContain("run.heartbeat-recorded");
    await lease.end();
    const after = await headSeq(book);
    await pause(250);
    expect(await headSeq(book)).toBe(after);
  });

  it("are not counted as changes of the run, nor as statuses", async () => {
    const { book, advance } = await withRun();
    const lease = await book.runs.start("train", "0001");
    const before = await book.runs.getRecord("train", "0001");
    advance(1000);
    expect(await lease.beat()).toBe(true);
    const after = await book.runs.getRecord("train", "0001");
    expect(after).toEqual({ ...before, attempts: [{ ...before?.attempts[0], lastBeat: "2026-11-21T12:00:01.000Z" }] });
  });

  it("can promise more time for once", async () => {
    const { book, advance } = await withRun();
    const lease = await book.runs.start("train", "0001", { beatWithinMs: 1000 });
    await lease.beat(3_600_000);
    advance(3_600_000);
    expect((await book.runs.getRecord("train", "0001"))?.liveness).toBe("live");
    advance(1);
    expect((await book.runs.getRecord("train", "0001"))?.liveness).toBe("lost");
  });

  it("that promise more than a timer can count do not come without end", async () => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001", { beatWithinMs: Number.MAX_SAFE_INTEGER });
    const before = await headSeq(book);
    await pause(100);
    expect(await headSeq(book)).toBe(before);
    await lease.end();
  });
});

describe("a run whose holder is silent for longer than promised", () => {
  it("is lost once the promise is broken, while its status stays", async () => {
    const { book, other, advance } = await withRun();
    await book.runs.start("train", "0001", { beatWithinMs: 60_000 });
    advance(60_000);
    expect(await other.runs.getRecord("train", "0001")).toMatchObject({ status: Status.RUNNING, liveness: "live" });
    advance(1);
    expect(await other.runs.getRecord("train", "0001")).toMatchObject({ status: Status.RUNNING, liveness: "lost" });
    expect(await other.runs.list({ where: { liveness: "lost" } })).toHaveLength(1);
  });

  it("is live again with the next beat, if nobody has taken it up", async () => {
    const { book, advance } = await withRun();
    const lease = await book.runs.start("train", "0001");
    advance(60_001);
    expect(await lease.beat()).toBe(true);
    expect((await book.runs.getRecord("train", "0001"))?.liveness).toBe("live");
  });

  it("can be taken up, as a further attempt under its uid", async () => {
    const { book, other, advance } = await withRun();
    await book.runs.start("train", "0001");
    advance(60_001);
    expect((await other.runs.start("train", "0001")).attempt).toBe(2);
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({
      liveness: "live",
      attempts: [{ attempt: 1, by: "tester" }, { attempt: 2, by: "other" }],
    });
  });
});

describe("the old holder of a run that was taken up", () => {
  async function takenUp(): Promise<{ book: Daybook; other: Daybook; lease: RunLease; taken: RunLease; head: number }> {
    const { book, other, advance } = await withRun();
    const lease = await book.runs.start("train", "0001");
    advance(60_001);
    const taken = await other.runs.start("train", "0001");
    return { book, other, lease, taken, head: await headSeq(book) };
  }

  it("cannot report, whether it has noticed or not", async () => {
    const { book, lease, head } = await takenUp();
    await expect(book.runs.log("train", "0001", { status: Status.DONE })).rejects.toMatchObject(lost);
    expect(await lease.beat()).toBe(false);
    expect(lease.signal.aborted).toBe(true);
    await expect(book.runs.log("train", "0001", { status: Status.DONE })).rejects.toMatchObject(lost);
    await expect(book.runs.log("train", "0001", { metrics: { loss: 1 } })).rejects.toMatchObject(lost);
    expect(await headSeq(book)).toBe(head);
  });

  it("cannot end it, whether it has noticed or not", async () => {
    const { book, lease, head } = await takenUp();
    await expect(lease.end({ status: Status.DONE })).rejects.toMatchObject(lost);
    expect(lease.signal.aborted).toBe(true);
    await expect(lease.end()).rejects.toMatchObject(lost);
    await expect(lease[Symbol.asyncDispose]()).rejects.toMatchObject(lost);
    expect(await headSeq(book)).toBe(head);
  });

  it("cannot end it after a beat has told it so", async () => {
    const { lease } = await takenUp();
    await lease.beat();
    await expect(lease.end()).rejects.toMatchObject(lost);
  });

  it("still cannot report when the new holder is through", async () => {
    const { book, other } = await takenUp();
    await other.runs.log("train", "0001", { status: Status.DONE });
    await expect(book.runs.log("train", "0001", { status: Status.ERROR })).rejects.toMatchObject(lost);
    expect((await book.runs.getRecord("train", "0001"))?.status).toBe(Status.DONE);
  });

  it("is its holder again once it takes the run up itself", async () => {
    const { book, taken } = await takenUp();
    await taken.end();
    expect((await book.runs.start("train", "0001")).attempt).toBe(3);
    await book.runs.log("train", "0001", { status: Status.DONE });
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({ status: Status.DONE, liveness: "ended" });
  });

  it("may report on other runs, and read this one", async () => {
    const { book } = await takenUp();
    const uid = await book.runs.allocate("train");
    await book.runs.log("train", uid, { status: Status.DONE });
    await book.runs.log("train", "0001", {});
    expect((await book.runs.getRecord("train", "0001"))?.attempts).toHaveLength(2);
  });

  it("does not disturb the new holder, who reports and ends as usual", async () => {
    const { book, other, lease, taken } = await takenUp();
    await lease.beat();
    await other.runs.log("train", "0001", { metrics: { loss: 1 } });
    await taken.end({ status: Status.DONE });
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({ status: Status.DONE, metrics: { loss: 1 } });
  });
});

describe("a report in the name of an attempt", () => {
  it("by another process is taken until the run is taken up again, and then writes nothing", async () => {
    const { book, other, advance } = await withRun();
    await book.runs.start("train", "0001");
    await other.runs.log("train", "0001", { metrics: { loss: 1 }, attempt: 1 });
    advance(60_001);
    await book.runs.start("train", "0001");
    const head = await headSeq(book);
    await expect(other.runs.log("train", "0001", { status: Status.DONE, attempt: 1 })).rejects.toMatchObject(lost);
    expect(await headSeq(book)).toBe(head);
    await other.runs.log("train", "0001", { metrics: { loss: 2 }, attempt: 2 });
    expect(await book.runs.getRecord("train", "0001")).toMatchObject({ status: Status.RUNNING, metrics: { loss: 2 } });
  });

  it("by the holder ends the lease with DONE; in the name of an earlier one it is refused, and the lease stays", async () => {
    const { book } = await withRun();
    await (await book.runs.start("train", "0001")).end();
    const lease = await book.runs.start("train", "0001");
    await expect(book.runs.log("train", "0001", { status: Status.DONE, attempt: 1 })).rejects.toMatchObject(lost);
    expect([lease.ended, (await book.runs.getRecord("train", "0001"))?.liveness]).toEqual([false, "live"]);
    await book.runs.log("train", "0001", { status: Status.DONE, attempt: 2 });
    expect([lease.ended, (await book.runs.getRecord("train", "0001"))?.liveness]).toEqual([true, "ended"]);
  });

  it("speaks for that one, not for the lease that this process has lost", async () => {
    const { book, other, advance } = await withRun();
    await book.runs.start("train", "0001");
    advance(60_001);
    await other.runs.start("train", "0001");
    await book.runs.log("train", "0001", { note: "seen", attempt: 2 });
    expect((await book.runs.getRecord("train", "0001"))?.note).toBe("seen");
    await expect(book.runs.log("train", "0001", { note: "old" })).rejects.toMatchObject(lost);
  });
});

describe("closing the daybook with an open lease", () => {
  it("stops the beats and says nothing: the run counts as held until the promise is broken", async () => {
    const { book, other, advance } = await withRun();
    const lease = await book.runs.start("train", "0001");
    const before = await headSeq(other);
    await book.close();
    expect([lease.signal.aborted, await lease.beat(), await headSeq(other)]).toEqual([true, false, before]);
    expect(await other.runs.getRecord("train", "0001")).toMatchObject({ status: Status.RUNNING, liveness: "live" });
    advance(60_001);
    expect((await other.runs.getRecord("train", "0001"))?.liveness).toBe("lost");
  });

  it("leaves nothing to end: that is said, not swallowed", async () => {
    const { book } = await withRun();
    const lease = await book.runs.start("train", "0001");
    await book.close();
    await expect(lease.end({ status: Status.DONE })).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });

  it("keeps what was ended before", async () => {
    const { book, other } = await withRun();
    const lease = await book.runs.start("train", "0001");
    const ending = lease.end({ status: Status.DONE });
    await ending;
    await book.close();
    await lease.end();
    expect(await other.runs.getRecord("train", "0001")).toMatchObject({ status: Status.DONE, liveness: "ended" });
  });
});

it("calls a run unknown that somebody has set going again without a lease", async () => {
  const { book, other, advance } = await withRun();
  const lease = await book.runs.start("train", "0001");
  await lease.end({ status: Status.PENDING });
  expect((await book.runs.getRecord("train", "0001"))?.liveness).toBe("ended");
  advance(1);
  await other.runs.log("train", "0001", { status: Status.RUNNING });
  expect((await book.runs.getRecord("train", "0001"))?.liveness).toBe("unknown");
});
