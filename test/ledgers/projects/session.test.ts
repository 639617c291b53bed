import { getEventListeners } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDaybook, Status } from "../../../src/index.js";
import type { Daybook } from "../../../src/index.js";
import { Project } from "../../../src/projects.js";
import type { Session, SessionStartOptions } from "../../../src/projects.js";
import { headSeq } from "../runs/temporary-book.js";
import { madeBelow, temporaryProject } from "./temporary-project.js";

/** The same run, by a daybook handle of its own: another engine's user, as another process would be one. */
async function sameRun(session: Session, clock = Date.now): Promise<Session> {
  const book: Daybook = await openDaybook(session.book.root, { durability: "os", participantId: "other", clock });
  onTestFinished(() => book.close());
  const [same] = await (await Project.open(book, { relpath: session.relpath })).findSessions(session.identifier, { uid: session.uid });
  if (same === undefined) throw new Error("no such run");
  return same;
}

const statusesOf = async (session: Session): Promise<string[]> => (await session.record()).history.map(({ status }) => status);

describe("a session", () => {
  it("has names and paths at hand, and makes nothing by reading", async () => {
    const project = await temporaryProject({ relpath: "mnist" });
    const session = await project.session("train", { lr: 1 });
    expect([session.identifier, session.relpath, session.uid, session.storage, session.attempt, session.signal]).toEqual(["train", "mnist", "0001", "subfolder", undefined, undefined]);
    expect(session.folder).toBe(join(project.root, "runs/train/mnist/0001"));
    expect(session.path("m", { suffix: ".json" })).toBe(join(session.folder, "train_m.json"));
    await session.record();
    await session.isDone();
    expect(madeBelow(project.root)).toEqual([]);
    expect(await session.ensureFolder()).toBe(session);
    expect(existsSync(session.folder)).toBe(true);
  });

  it("never shares a file with another run: of another identifier, uid or mode", async () => {
    const project = await temporaryProject();
    const paths: string[] = [];
    for (const identifier of ["train", "eval", "train_a"]) {
      for (const storage of ["subfolder", "prefix", "subfolder", "prefix"] as const) {
        const session = await project.session(identifier, {}, { storage });
        for (const name of [undefined, "m.json", "a_m.json", "plots/m.json"]) {
          const file = session.path(name);
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, "", { flag: "wx" });
          paths.push(file);
        }
      }
    }
    expect(new Set(paths).size).toBe(48);
  });

  it("is brought through its life by hand", async () => {
    const session = await (await temporaryProject()).session("train");
    expect(await session.start()).toMatchObject({ started: true, attempt: 1 });
    expect([session.attempt, session.signal?.aborted]).toEqual([1, false]);
    await session.metric("loss", 0.5, { step: 1 });
    await session.metrics({ loss: 0.25, accuracy: null }, { step: 2 });
    await session.metric("__proto__", 1);
    await session.attachFiles({ model: "m.pt" });
    await session.log({ note: "n", tags: ["t"] });
    expect(await session.isDone()).toBe(false);
    await session.done({ metrics: { accuracy: 0.9 } });
    expect([await session.isDone(), session.signal?.aborted]).toEqual([true, true]);
    expect(await session.record()).toMatchObject({ liveness: "ended", metrics: { loss: 0.25, accuracy: 0.9 }, files: { model: "m.pt" }, note: "n", tags: ["t"] });
    expect(Object.keys((await session.record()).metrics)).toContain("__proto__");
    // A verdict may still be changed, as long as nobody has taken the run up since.
    await session.error(new RangeError("wrong data"));
    expect(await session.record()).toMatchObject({ status: Status.ERROR, error: { name: "RangeError", message: "wrong data" } });
    expect(await statusesOf(session)).toEqual(["PENDING", "RUNNING", "DONE", "ERROR"]);
  });

  it("refuses what cannot be", async () => {
    const session = await (await temporaryProject()).session("train");
    await expect(session.done({ status: Status.ERROR } as object)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "status" });
    await expect(session.metric("loss", NaN)).rejects.toMatchObject({ code: "INVALID_EVENT" });
    await expect(session.metric("loss", 1, { epoch: 1 } as object)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "epoch" });
    await expect(session.start({ again: true } as SessionStartOptions)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "again" });
    await expect(session.run(() => 1, { ifLive: "block" } as unknown as SessionStartOptions)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "ifLive" });
    await expect(session.run(() => 1, { beatWithinMs: 1 })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "beatWithinMs" });
    await expect(session.run(undefined as unknown as () => void)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "work" });
    for (const none of [undefined, null, "DONE", 5]) {
      await expect(session.log(none as never)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "report" });
      if (none !== undefined) await expect(session.done(none as never)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "report" });
    }
    await expect(session.log({ relpath: "other", note: "x" } as object)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "relpath" });
    await expect(session.metric("loss", undefined as never)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "value" });
    expect(await statusesOf(session)).toEqual(["PENDING"]);
  });

  it("says why it did not run also to who takes the answer apart", async () => {
    const session = await (await temporaryProject()).session("train");
    const seen: unknown[] = [];
    for (let time = 0; time < 2; time += 1) {
      const { ran, because, value } = await session.run(() => 7);
      seen.push([ran, because, value]);
    }
    const { started, because, attempt } = await session.start({ ifDone: "reuse" });
    expect([...seen, [started, because, attempt]]).toEqual([[true, undefined, 7], [false, "done", undefined], [false, "done", undefined]]);
  });

  it("makes no folder once its daybook is closed", async () => {
    const project = await temporaryProject();
    const session = await project.session("train");
    await project.book.close();
    await expect(session.ensureFolder()).rejects.toMatchObject({ code: "LOG_CLOSED" });
    await expect(project.sub("plots").ensureFolder()).rejects.toMatchObject({ code: "LOG_CLOSED" });
    expect(madeBelow(project.root)).toEqual([]);
  });

  it("does not speak for whoever has taken the run up after it", async () => {
    const session = await (await temporaryProject()).session("train");
    await session.run(() => undefined);
    const other = await sameRun(session);
    await other.start();
    const before = await headSeq(session.book);
    for (const report of [() => session.done(), () => session.error("late"), () => session.metric("loss", 1)]) await expect(report()).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(await headSeq(session.book)).toBe(before);
    await other.done();
  });
});

describe("starting by hand", () => {
  it("starts, or throws: a live run is busy, a DONE one is taken up again", async () => {
    const session = await (await temporaryProject()).session("train");
    await session.start();
    const other = await sameRun(session);
    await expect(other.start()).rejects.toMatchObject({ code: "RUN_BUSY", run: "train/0001" });
    expect(await other.start({ ifLive: "skip" })).toMatchObject({ started: false, because: "live", record: { liveness: "live" } });
    await session.done();
    expect(await other.start({ ifDone: "reuse" })).toMatchObject({ started: false, because: "done" });
    expect(await other.start()).toMatchObject({ started: true, attempt: 2 });
    await other.done();
  });
});

describe("running a session", () => {
  it("is no leak to Node, however many wait for one signal, and leaves no listener behind", async () => {
    const [own, projects] = [new AbortController(), new AbortController()];
    const project = await temporaryProject({ signal: projects.signal });
    const sessions = await Promise.all(Array.from({ length: 30 }, () => project.session("train")));
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    await Promise.all(sessions.slice(0, 15).map((session) => session.run(() => pause(50), { signal: own.signal })));
    await Promise.all(sessions.slice(15).map((session) => session.run(() => pause(50))));
    await pause(10);
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
    expect([own, projects].map(({ signal }) => getEventListeners(signal, "abort").length)).toEqual([0, 0]);
  });

  it("does the work under a lease, records DONE, and gives what the work gave", async () => {
    const project = await temporaryProject();
    const session = await project.session("train", { lr: 1 });
    const outcome = await session.run(async (same, { signal, attempt }) => {
      expect([same, attempt, signal.aborted]).toEqual([session, 1, false]);
      expect(await same.record()).toMatchObject({ status: Status.RUNNING, liveness: "live" });
      writeFileSync(same.path("m.json"), "{}");
      return { accuracy: 0.9 };
    });
    expect(outcome).toMatchObject({ ran: true, value: { accuracy: 0.9 }, record: { status: Status.DONE, liveness: "ended" } });
    expect(outcome.record).toEqual(await session.record());
  });

  it("records ERROR with message and stack, throws the very error again, and may be taken up anew", async () => {
    const session = await (await temporaryProject()).session("train");
    const error = Object.assign(new TypeError("odd"), { code: "E_ODD" });
    await expect(session.run(() => Promise.reject(error))).rejects.toBe(error);
    expect(await session.record()).toMatchObject({ status: Status.ERROR, liveness: "ended", error: { name: "TypeError", message: "odd", code: "E_ODD", stack: expect.stringContaining("session.test") as string } });
    expect(await session.run(() => "better")).toMatchObject({ ran: true, value: "better", record: { status: Status.DONE, error: undefined, attempts: [{ attempt: 1 }, { attempt: 2 }] } });
  });

  it.each([["undefined", undefined, "undefined was thrown"], ["a text", "no", "no"], ["null", null, "null"], ["an object", { a: 1 }, '{"a":1}']])("records ERROR too when the work throws %s", async (_, thrown, message) => {
    const session = await (await temporaryProject()).session("train");
    const outcome = await session.run(() => Promise.reject(thrown as unknown as Error)).then(() => "resolved", (error: unknown) => ({ error }));
    expect(outcome).toEqual({ error: thrown });
    expect(await session.record()).toMatchObject({ status: Status.ERROR, error: { message } });
  });

  it("reuses what is DONE, and runs it again only when told to", async () => {
    const session = await (await temporaryProject()).session("train");
    let calls = 0;
    const work = (): number => (calls += 1);
    expect(await session.run(work)).toMatchObject({ ran: true, value: 1 });
    expect(await session.run(work)).toMatchObject({ ran: false, because: "done", record: { status: Status.DONE } });
    expect(await session.run(work, { ifDone: "again" })).toMatchObject({ ran: true, value: 2, record: { attempts: [{}, { attempt: 2 }] } });
  });

  it("does as it is told about a live run: throws, skips, or waits and reuses what has become DONE", async () => {
    const session = await (await temporaryProject()).session("train");
    const other = await sameRun(session);
    await session.start();
    let calls = 0;
    const work = (): number => (calls += 1);
    await expect(other.run(work)).rejects.toMatchObject({ code: "RUN_BUSY" });
    expect(await other.run(work, { ifLive: "skip" })).toMatchObject({ ran: false, because: "live", record: { liveness: "live" } });
    const waiting = other.run(work, { ifLive: "wait" });
    await pause(100);
    await session.done();
    expect(await waiting).toMatchObject({ ran: false, because: "done" });
    expect(calls).toBe(0);
  });

  it("takes a run up when the one it waited for has failed", async () => {
    const session = await (await temporaryProject()).session("train");
    const other = await sameRun(session);
    await session.start();
    const waiting = other.run((_, { attempt }) => attempt, { ifLive: "wait" });
    await pause(50);
    await session.error("broken");
    expect(await waiting).toMatchObject({ ran: true, value: 2 });
  });

  it("gives up waiting when its signal aborts, or its daybook is closed, and leaves the run as it is", async () => {
    const session = await (await temporaryProject()).session("train");
    const [first, second] = [await sameRun(session), await sameRun(session)];
    await session.start();
    const before = await headSeq(session.book);
    const controller = new AbortController();
    const aborted = expect(first.run(() => 1, { ifLive: "wait", signal: controller.signal })).rejects.toBe("enough");
    const closed = expect(second.run(() => 1, { ifLive: "wait" })).rejects.toMatchObject({ code: "LOG_CLOSED" });
    await pause(100);
    controller.abort("enough");
    await second.book.close();
    await Promise.all([aborted, closed]);
    expect(await headSeq(session.book)).toBe(before);
  });

  it("lets one of many do the work, while the others wait for it", async () => {
    const session = await (await temporaryProject()).session("train");
    const all = [session, ...(await Promise.all(Array.from({ length: 9 }, () => sameRun(session))))];
    let [calls, inside] = [0, 0];
    const outcomes = await Promise.all(all.map((one) => one.run(async () => {
      calls += 1;
      expect((inside += 1)).toBe(1);
      await pause(30);
      inside -= 1;
    }, { ifLive: "wait" })));
    expect([calls, outcomes.filter(({ ran }) => ran).length]).toEqual([1, 1]);
  });
});

describe("work that judges itself", () => {
  it("by done or error has the last word, and its signal does not abort for it", async () => {
    const session = await (await temporaryProject()).session("train");
    const outcome = await session.run(async (same, { signal }) => {
      await same.error("not good enough");
      return signal.aborted;
    });
    expect(outcome).toMatchObject({ ran: true, value: false, record: { status: Status.ERROR, error: { message: "not good enough" } } });
    await session.run((same) => same.done({ metrics: { accuracy: 1 } }));
    expect(await statusesOf(session)).toEqual(["PENDING", "RUNNING", "ERROR", "RUNNING", "DONE"]);
  });

  it("and then throws is ERROR, said once", async () => {
    const session = await (await temporaryProject()).session("train");
    const error = new Error("late");
    await expect(session.run(async (same) => { await same.done(); throw error; })).rejects.toBe(error);
    expect(await statusesOf(session)).toEqual(["PENDING", "RUNNING", "DONE", "ERROR"]);
    await expect(session.run(async (same) => { await same.error(error); throw error; })).rejects.toBe(error);
    expect((await statusesOf(session)).slice(4)).toEqual(["RUNNING", "ERROR"]);
  });
});

describe("work that is aborted by its caller", () => {
  it.each<[what: string, work: (signal: AbortSignal) => Promise<unknown>, message: string]>([
    ["and breaks off in silence", (signal) => new Promise((resolve) => signal.addEventListener("abort", resolve)), "Aborted: enough"],
    ["and throws the reason", (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))), "Aborted: enough"],
    ["and fails of it", (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("killed child")))), "Aborted (enough): killed child"],
  ])("%s is ERROR, with a message that says so; the next run takes it up", async (_, work, message) => {
    const controller = new AbortController();
    const session = await (await temporaryProject({ signal: controller.signal })).session("train");
    const reason = new Error("enough");
    const running = session.run((_same, { signal }) => work(signal)).then(() => undefined, (error: unknown) => error);
    while ((await session.record()).status !== Status.RUNNING) await pause(5);
    controller.abort(reason);
    const error = await running;
    expect(message.startsWith("Aborted:") ? error === reason : (error as Error).message === "killed child").toBe(true);
    expect(await session.record()).toMatchObject({ status: Status.ERROR, liveness: "ended", error: { name: "AbortError", message } });
    expect(await (await sameRun(session)).run(() => 1)).toMatchObject({ ran: true, record: { status: Status.DONE } });
  });

  it("before it begins does not begin, and leaves the run as it was", async () => {
    const session = await (await temporaryProject()).session("train");
    await expect(session.run(() => expect.unreachable(), { signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
    expect(await statusesOf(session)).toEqual(["PENDING"]);
  });
});

describe("a lease that is lost while the work runs", () => {
  it.each(["gives a value", "throws"])("makes run reject, though the work %s, and nothing is written to the run", async (what) => {
    const session = await (await temporaryProject()).session("train");
    // For whoever looks a minute later, the holder has been silent for too long.
    const other = await sameRun(session, () => Date.now() + 60_000);
    const running = session.run(async (_, { signal }) => {
      expect(await other.start()).toMatchObject({ started: true, attempt: 2 });
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      expect(signal.reason).toMatchObject({ code: "LEASE_LOST", attempt: 1 });
      if (what === "throws") throw new Error("own");
      return 1;
    }, { beatWithinMs: 200 });
    await expect(running).rejects.toMatchObject({ code: "LEASE_LOST", run: "train/0001", attempt: 1, ...(what === "throws" ? { cause: { message: "own" } } : {}) });
    expect(await session.record()).toMatchObject({ status: Status.RUNNING, liveness: "live", error: undefined, attempts: [{ attempt: 1 }, { attempt: 2 }] });
    await other.done();
  });
});

describe("an end that cannot be recorded", () => {
  it("makes run reject with the reason; the signal has aborted when the daybook was closed", async () => {
    const session = await (await temporaryProject()).session("train");
    const other = await sameRun(session);
    let reason: unknown;
    const running = session.run(async (same, { signal }) => {
      await same.book.close();
      reason = signal.reason;
      return 1;
    }, { beatWithinMs: 200 });
    await expect(running).rejects.toMatchObject({ code: "LOG_CLOSED" });
    expect(reason).toMatchObject({ code: "LOG_CLOSED" });
    expect(await other.record()).toMatchObject({ status: Status.RUNNING });
    // No beats any more: it is found lost, and taken up.
    expect(await other.run((_, { attempt }) => attempt, { ifLive: "wait" })).toMatchObject({ ran: true, value: 2 });
  });

  it("does not hide what the work threw", async () => {
    const session = await (await temporaryProject()).session("train");
    const error = new Error("own");
    await expect(session.run(async (same) => { await same.book.close(); throw error; })).rejects.toBe(error);
  });
});
