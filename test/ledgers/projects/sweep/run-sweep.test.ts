import { getEventListeners } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Status } from "../../../../src/index.js";
import type { RunRecord } from "../../../../src/index.js";
import { product, Project } from "../../../../src/projects.js";
import type { SweepProgress, SweepRunOptions } from "../../../../src/projects.js";
import { headSeq, temporaryBook } from "../../runs/temporary-book.js";
import { temporaryProject } from "../temporary-project.js";

const recordsOf = (project: Project): Promise<RunRecord[]> => project.book.runs.list();
const seeds = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed);

describe("running a sweep", () => {
  it("brings each set to DONE, in order, and finds them all DONE the next time", async () => {
    const project = await temporaryProject({ relpath: "a/b" });
    const sweep = project.sweep("train", { lr: [0.1, 0.01], width: [8, 16] }, { tags: ["grid"] });
    expect([sweep.length, [...sweep][3]]).toEqual([4, { lr: 0.01, width: 16 }]);
    expect(await recordsOf(project)).toEqual([]);
    const seen: unknown[] = [];
    const report = await sweep.run(async (session, { attempt, index, signal }) => {
      seen.push([index, attempt, session.params, signal.aborted]);
      await session.metric("loss", index);
    }, { metric: "loss", goal: "max" });
    expect(seen).toEqual([...sweep].map((params, index) => [index, 1, params, false]));
    const best = { uid: "0004", params: { lr: 0.01, width: 16 }, value: 3 };
    const counts = { total: 4, done: 4, reused: 0, failed: 0, retried: 0, elsewhere: 0 };
    expect(report).toEqual({ ...counts, failures: [], best, elapsedMs: expect.any(Number) as number });
    const records = await recordsOf(project);
    expect(records.map(({ relpath, status, tags, params }) => [relpath, status, tags, params])).toEqual([...sweep].map((params) => ["a/b", "DONE", ["grid"], params]));

    const before = await headSeq(project.book);
    const again = await sweep.run(() => expect.unreachable("nothing is left to do"), { concurrency: 3, metric: "loss", goal: "min" });
    expect(again).toMatchObject({ ...counts, reused: 4, best: { uid: "0001", value: 0 } });
    expect(await headSeq(project.book)).toBe(before);
  });

  it("has as many sets at work as it may, and no more", async () => {
    const project = await temporaryProject();
    let [now, most] = [0, 0];
    const report = await project.sweep("train", { seed: seeds(20) }).run(async () => {
      most = Math.max(most, (now += 1));
      await pause(5);
      now -= 1;
    }, { concurrency: 4 });
    expect([report.done, most, now]).toEqual([20, 4, 0]);
  });

  it("has many sets at work without a warning of leaking listeners, and leaves none behind", async () => {
    const stop = new AbortController();
    const caller = new AbortController();
    const project = await temporaryProject({ signal: stop.signal });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    await project.sweep("train", { seed: seeds(100) }).run(() => pause(20), { concurrency: 50, signal: caller.signal });
    await pause(10);
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
    expect([stop, caller].map(({ signal }) => getEventListeners(signal, "abort").length)).toEqual([0, 0]);
  });

  it("records a set that fails, gives it its retries, and goes on with the others", async () => {
    const project = await temporaryProject();
    const attempts: Record<string, number[]> = {};
    const work = ({ params }: { params: object }, { attempt }: { attempt: number }): void => {
      const { seed } = params as { seed: number };
      (attempts[seed] ??= []).push(attempt);
      if (seed === 1) throw new Error("never");
      if (seed === 2 && attempt < 3) throw new Error(`not yet, ${attempt}`);
    };
    const sweep = project.sweep("train", { seed: seeds(4) });
    const report = await sweep.run(work, { retries: 2, concurrency: 2 });
    expect(attempts).toEqual({ 0: [1], 1: [1, 2, 3], 2: [1, 2, 3], 3: [1] });
    expect(report).toMatchObject({ total: 4, done: 3, reused: 0, failed: 1, retried: 4 });
    const uidOf = (seed: number, records: readonly RunRecord[]): string | undefined => records.find(({ params }) => params?.["seed"] === seed)?.uid;
    const records = await recordsOf(project);
    expect(report.failures).toEqual([{ index: 1, uid: uidOf(1, records), params: { seed: 1 }, attempt: 3, error: new Error("never") }]);
    expect(records.find(({ params }) => params?.["seed"] === 1)).toMatchObject({ status: "ERROR", error: { message: "never" }, attempts: { length: 3 } });

    // Another call takes up what has failed, as a further attempt of the same run.
    const second = await sweep.run((_, { attempt }) => void (attempts[1] ??= []).push(attempt));
    expect([second.done, second.reused, attempts[1]]).toEqual([4, 3, [1, 2, 3, 4]]);
    expect((await recordsOf(project)).every(({ status }) => status === Status.DONE)).toBe(true);
  });

  it("takes the word of work that judges itself, and what is not an Error for a failure too", async () => {
    const project = await temporaryProject();
    const report = await project.sweep("train", { how: ["error", "done", "undefined"] }).run(async (session) => {
      if (session.params["how"] === "error") await session.error("too large");
      if (session.params["how"] === "done") await session.done({ metrics: { loss: 1 } });
      if (session.params["how"] === "undefined") throw undefined as unknown as Error;
    });
    expect(report).toMatchObject({ done: 1, failed: 2, failures: [{ uid: "0001", error: { message: "too large" } }, { uid: "0003", error: undefined }] });
    expect((await recordsOf(project)).map(({ status }) => status)).toEqual(["ERROR", "DONE", "ERROR"]);
  });

  it("runs equal sets once, also while one of them is at work", async () => {
    const project = await temporaryProject();
    let calls = 0;
    const report = await project.sweep("train", product({ lr: [0.1, 0.1, 0.1, 0.2] })).run(async () => {
      calls += 1;
      await pause(30);
    }, { concurrency: 4 });
    expect([calls, report.done, report.reused]).toEqual([2, 4, 2]);
    expect(await recordsOf(project)).toHaveLength(2);
  });

  it("makes a new run of a set without parameters at every call, and retries it under its uid", async () => {
    const project = await temporaryProject();
    const sweep = project.sweep("train", {});
    for (const uid of ["0001", "0002"]) {
      const seen: unknown[] = [];
      const report = await sweep.run((session, { attempt }) => {
        seen.push([session.uid, attempt]);
        if (attempt === 1) throw new Error("once");
      }, { retries: 1 });
      expect([seen, report.done]).toEqual([[[uid, 1], [uid, 2]], 1]);
    }
  });

  it("makes new runs at every call where the project says so", async () => {
    const project = await temporaryProject({ existingRuns: "new" });
    const sweep = project.sweep("train", { seed: [1, 2] });
    await sweep.run(() => undefined);
    expect((await sweep.run(() => undefined)).reused).toBe(0);
    expect(await recordsOf(project)).toHaveLength(4);
  });

  it("stops: no further sets, those at work are told, it rejects with the reason, and a second call goes on", async () => {
    const project = await temporaryProject();
    const stop = new AbortController();
    const reason = new Error("enough");
    const told: unknown[] = [];
    const sweep = project.sweep("train", { seed: seeds(1000) });
    let begun = 0;
    const running = sweep.run(async (_, { signal, index }) => {
      begun += 1;
      if (index < 5) return;
      if (begun === 8) setTimeout(() => stop.abort(reason), 20);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(void told.push(signal.reason))));
    }, { concurrency: 3, signal: stop.signal });
    await expect(running).rejects.toBe(reason);
    expect([begun, told]).toEqual([8, [reason, reason, reason]]);
    const records = await recordsOf(project);
    expect(records.filter(({ status }) => status === Status.DONE)).toHaveLength(5);
    expect(records.filter(({ status }) => status === Status.ERROR).map(({ error, liveness }) => [error?.message, liveness])).toEqual(Array(3).fill(["Aborted: enough", "ended"]));
    await expect(sweep.run(() => undefined, { signal: stop.signal })).rejects.toBe(reason);
    const report = await project.sweep("train", { seed: seeds(10) }).run(() => undefined);
    expect([report.done, report.reused]).toEqual([10, 5]);
  });

  it("follows the project's signal too", async () => {
    const stop = new AbortController();
    const project = await temporaryProject({ signal: stop.signal });
    const running = project.sweep("train", { seed: [1, 2] }).run((_, { signal }) => {
      stop.abort("over");
      expect(signal.aborted).toBe(true);
    });
    await expect(running).rejects.toBe("over");
  });

  it("takes no more for a sweep of a billion sets than for those it has visited", async () => {
    const project = await temporaryProject();
    const thousand = seeds(1000);
    const stop = new AbortController();
    const sweep = project.sweep("train", { a: thousand, b: thousand, c: thousand });
    expect(sweep.length).toBe(1e9);
    let calls = 0;
    const running = sweep.run(() => {
      if ((calls += 1) === 50) stop.abort(new Error("enough"));
    }, { concurrency: 8, signal: stop.signal });
    await expect(running).rejects.toThrow("enough");
    expect(calls).toBeLessThan(60);
  });

  it("lists a thousand failures and counts them all", async () => {
    const project = await temporaryProject();
    const report = await project.sweep("train", { seed: seeds(1010) }).run(() => {
      throw new Error("no");
    }, { concurrency: 64 });
    expect([report.failed, report.failures.length, report.done]).toEqual([1010, 1000, 0]);
  });

  it("stops when the daybook cannot be written, lets what is at work come to its end, and rejects with the cause", async () => {
    const book = await temporaryBook();
    const project = await Project.open(book);
    let [begun, ended] = [0, 0];
    const running = project.sweep("train", { seed: seeds(100) }).run(async () => {
      begun += 1;
      if (begun === 3) await book.close();
      await pause(20);
      ended += 1;
    }, { concurrency: 4 });
    await expect(running).rejects.toMatchObject({ code: "LOG_CLOSED" });
    expect(begun).toBeGreaterThanOrEqual(3);
    expect(ended).toBe(begun);
  });

  it("refuses what it cannot do, naming the field", async () => {
    const project = await temporaryProject();
    const sweep = project.sweep("train", { lr: [1] });
    const wrong: [SweepRunOptions, string][] = [
      [{ concurrency: 0 }, "concurrency"], [{ concurrency: 1.5 }, "concurrency"], [{ concurrency: NaN }, "concurrency"], [{ concurrency: 1e9 }, "concurrency"],
      [{ retries: -1 }, "retries"], [{ retries: "2" as unknown as number }, "retries"], [{ onProgress: 1 as never }, "onProgress"], [{ signal: {} as never }, "signal"],
      [{ metric: "loss" }, "goal"], [{ goal: "max" }, "goal"], [{ metric: "loss", goal: "most" as never }, "goal"], [{ metric: "", goal: "max" }, "metric"],
      [{ ifLive: "throw" as never }, "ifLive"], [{ beatWithinMs: 1 }, "beatWithinMs"], [{ jobs: 2 } as never, "jobs"],
    ];
    for (const [options, field] of wrong) await expect(sweep.run(() => undefined, options)).rejects.toMatchObject({ code: "INVALID_OPTION", field });
    await expect(sweep.run(undefined as never)).rejects.toMatchObject({ field: "work" });
    expect(() => project.sweep("a/b", { lr: [1] })).toThrow(/identifier/);
    expect(() => project.sweep("train", { lr: [] })).toThrow(/sweep.lr/);
    expect(() => project.sweep("train", { lr: [1] }, { storage: "else" as never })).toThrow(/storage/);
    expect(() => project.sweep("train", { lr: [1] }, { signal: undefined } as never)).toThrow(/signal/);
    expect(await recordsOf(project)).toEqual([]);
  });
});

describe("the progress of a sweep", () => {
  it("is told at most every 100 ms, and at the end; it counts, and knows the best of all that are DONE", async () => {
    const project = await temporaryProject();
    const work = async ({ metric, params }: { metric: (name: string, value: number) => Promise<void>; params: object }): Promise<void> => {
      await pause(10);
      await metric("score", (params as { seed: number }).seed % 7);
    };
    const call = (count: number, told: [number, SweepProgress][]) =>
      project.sweep("train", { seed: seeds(count) }).run((session) => work({ metric: session.metric.bind(session), params: session.params }), {
        concurrency: 2, metric: "score", goal: "max", onProgress: (progress) => void told.push([performance.now(), progress]),
      });
    await call(10, []);
    const told: [number, SweepProgress][] = [];
    const report = await call(60, told);
    const [, last] = told.at(-1) ?? [];
    expect(last).toEqual({ total: 60, done: 60, reused: 10, failed: 0, retried: 0, elsewhere: 0, running: 0, ratePerSecond: expect.any(Number) as number, remainingMs: 0, best: report.best, elapsedMs: expect.any(Number) as number });
    expect(report.best).toEqual({ uid: "0007", params: { seed: 6 }, value: 6 });
    expect(told.length).toBeGreaterThan(1);
    // Timers are not exact.
    told.slice(1, -1).forEach(([at], index) => expect(at - (told[index]?.[0] ?? 0)).toBeGreaterThan(80));
    const [, middle] = told[Math.floor(told.length / 2)] ?? [];
    expect(middle?.ratePerSecond).toBeGreaterThan(1);
    // Between two sets none may be at work.
    expect(told.some(([, { running }]) => running > 0)).toBe(true);
  });

  it("goes on while nothing ends", async () => {
    const project = await temporaryProject();
    const told: SweepProgress[] = [];
    await project.sweep("train", { seed: [1] }).run(() => pause(2300), { onProgress: (progress) => void told.push(progress) });
    expect(told.length).toBeGreaterThanOrEqual(3);
    expect(told.map(({ elapsedMs }) => elapsedMs)).toEqual(told.map(({ elapsedMs }) => elapsedMs).sort((a, b) => a - b));
  });

  it("stops the sweep when the one who is told throws", async () => {
    const project = await temporaryProject();
    const sweep = project.sweep("train", { seed: seeds(1000) });
    const broken = (): never => {
      throw new Error("broken bar");
    };
    await expect(sweep.run(() => pause(20), { onProgress: broken })).rejects.toThrow("broken bar");
    await expect(project.sweep("other", { seed: [1] }).run(() => undefined, { onProgress: broken })).rejects.toThrow("broken bar");
  });
});
