import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { codeOf, gate, one, two, untilAborted } from "./ledgers.js";

describe("a spawned call", () => {
  it("has its id at once, and its result once its work is done and in the log", async () => {
    const { ledger, operation } = await one();
    const done = gate();
    const call = operation.spawnCall({ description: "answer", work: async (self, within, signal) => { await done.opened; return [self.callId, within === operation, signal.aborted]; } });
    expect(call.callId).toMatch(/^spawn_cli_1_[0-9a-f]{8}$/);
    expect([call.isCompleted, call.isSuccess, call.isFailed, call.isCancelled, call.resultOrNull, call.resultOr("none"), call.error, call.pid, call.kill()]).toEqual([false, false, false, false, null, "none", undefined, undefined, false]);
    expect(() => call.result).toThrow(expect.objectContaining({ code: "CALL_PENDING" }) as Error);
    expect([operation.getPendingCalls(), operation.getPendingSpawnedCalls()]).toEqual([[call.callId], [call.callId]]);
    done.open();
    await call.future;
    expect([call.isCompleted, call.isSuccess, call.result, await call.await()]).toEqual([true, true, [call.callId, true, false], [call.callId, true, false]]);
    expect((await ledger.operation(operation.operationId)).calls).toMatchObject([{ callId: call.callId, kind: "spawned", outcome: "ended", description: "answer" }]);
    expect(operation.getPendingSpawnedCalls()).toEqual([]);
  });

  it("takes its work as first argument, too, be it synchronous or not", async () => {
    const { operation } = await one();
    const calls = [operation.spawnCall(() => 1), operation.spawnCall(async () => Promise.resolve(2), { description: "two" }), operation.spawnCall({ work: () => undefined })];
    await operation.sync(calls);
    expect(calls.map((call) => [call.result, call.description])).toEqual([[1, undefined], [2, "two"], [undefined, undefined]]);
  });

  it("that fails keeps the error, which awaiting rejects with; its future never rejects", async () => {
    const { operation } = await one();
    const error = new TypeError("boom");
    const told: string[] = [];
    const call = operation.spawnCall({ failOnCrash: false, work: () => { throw error; }, callback: { onCleanup: () => void told.push("cleanup"), onCompletion: () => void told.push("completion") } });
    await call.future;
    expect([call.isFailed, call.isSuccess, call.error === error, call.resultOr(7), told]).toEqual([true, false, true, 7, ["cleanup"]]);
    expect(() => call.result).toThrow(expect.objectContaining({ code: "CALL_FAILED", cause: error }) as Error);
    await expect(call.await()).rejects.toBe(error);
  });

  it("has the fallback for a result, with the error beside it", async () => {
    const { operation } = await one();
    const error = new Error("boom");
    const call = operation.spawnCall<number | null>({ work: () => Promise.reject(error), callback: { onCallCrashed: () => null } });
    await call.future;
    expect([call.isSuccess, call.result, call.error === error, operation.state]).toEqual([true, null, true, "running"]);
  });

  it("that cannot begin fails with that, and its work is not done", async () => {
    const { operation } = await one();
    await operation.complete();
    let worked = false;
    const call = operation.spawnCall(() => void (worked = true));
    await call.future;
    expect([call.isFailed, (call.error as { code: string }).code, worked, operation.hasPendingCalls()]).toEqual([true, "OPERATION_CLOSED", false, false]);
    expect((await operation.sync([call])).failedCalls).toEqual([call]);
  });

  it("is cancelled at once, stops its work, and fails nothing", async () => {
    const { ledger, operation } = await one();
    const told: string[] = [];
    const begun = gate();
    const call = operation.spawnCall({
      work: (self, within, signal) => { begun.open(); return untilAborted(self, within, signal); },
      callback: { onCleanup: () => void told.push("cleanup"), onCompletion: () => void told.push("completion") },
    });
    await begun.opened;
    const cancelling = call.cancel("not needed");
    expect([call.isCancelled, call.isCompleted, call.isFailed]).toEqual([true, true, false]);
    await Promise.all([cancelling, call.future, call.cancel()]);
    await expect(call.await()).rejects.toMatchObject({ code: "CALL_FAILED" });
    expect(() => call.result).toThrow("was cancelled");
    expect(told).toEqual([]);
    expect((await ledger.operation(operation.operationId)).calls).toMatchObject([{ outcome: "cancelled", reason: "not needed" }]);
    await operation.complete();
  });

  it("is cancelled before it has begun, and its work is not done", async () => {
    const { ledger, operation } = await one();
    let worked = false;
    const call = operation.spawnCall(() => void (worked = true));
    await call.cancel();
    expect([call.isCancelled, worked]).toEqual([true, false]);
    expect((await ledger.operation(operation.operationId)).calls).toMatchObject([{ outcome: "cancelled" }]);
  });

  it("all settle, 200 spawned at once", async () => {
    const { ledger, operation } = await one();
    const calls = Array.from({ length: 200 }, (_, index) => operation.spawnCall(() => index));
    const { allSucceeded } = await operation.sync(calls);
    expect(allSucceeded).toBe(true);
    expect(calls.map(({ result }) => result)).toEqual(calls.map((_, index) => index));
    expect((await ledger.operations())[0]?.calls).toMatchObject({ started: 200, ended: 200, open: 0 });
  });

  it("refuses what it cannot be spawned with", async () => {
    const { operation } = await one();
    for (const spawn of [() => operation.spawnCall(undefined as never), () => operation.spawnCall({} as never), () => operation.spawnCall({ work: 1 } as never), () => operation.spawnCall(() => 1, { work: 1 } as never)]) {
      expect(spawn).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }) as Error);
    }
    expect(operation.hasPendingCalls()).toBe(false);
  });
});

describe("a process as a call", () => {
  it("has its output as the result, and its start and its exit in the log", async () => {
    const { ledger, operation } = await one();
    const call = operation.execStdioWorker<{ readonly sum: number }>({ executable: process.execPath, args: ["-e", "console.log(JSON.stringify({ sum: 1 + 2 }))"], description: "sum" });
    expect(await call.await()).toEqual({ sum: 3 });
    const { calls } = await ledger.operation(operation.operationId);
    expect(calls).toMatchObject([{ kind: "worker", description: "sum", outcome: "ended", result: { sum: 3 }, workers: [{ pid: call.pid, exitCode: 0 }] }]);
  });

  it("is killed when the operation is aborted, and then cancelled", async () => {
    const { ledgers: [ledger], initiator, member } = await two();
    const begun = gate();
    const call = member.execStdioWorker({ executable: process.execPath, args: ["-e", "console.log('up'); setInterval(() => {}, 1000)"], onStdout: () => begun.open() });
    await begun.opened;
    await initiator.setAbortFlag(true);
    await call.future;
    expect([call.isCancelled, (call.error as { code: string }).code]).toEqual([true, "OPERATION_ABORTED"]);
    expect(() => process.kill(call.pid ?? 0, 0)).toThrow("ESRCH");
    expect((await ledger.operation(initiator.operationId)).calls).toMatchObject([{ outcome: "cancelled", workers: [{ pid: call.pid, signal: "SIGTERM" }] }]);
  });

  it("is killed by the caller, and fails", async () => {
    const { operation } = await one();
    const begun = gate();
    const call = operation.execStdioWorker({ executable: process.execPath, args: ["-e", "console.log('up'); setInterval(() => {}, 1000)"], failOnCrash: false, onStdout: () => begun.open() });
    await begun.opened;
    expect(call.kill("SIGKILL")).toBe(true);
    await call.future;
    expect([call.isFailed, call.error]).toMatchObject([true, { code: "WORKER_FAILED", signal: "SIGKILL" }]);
    expect(call.kill()).toBe(false);
  });

  it("is cancelled by a signal of the caller's own, and the operation goes on", async () => {
    const { ledger, operation } = await one();
    const own = new AbortController();
    const begun = gate();
    const calls = [
      operation.execStdioWorker({ executable: process.execPath, args: ["-e", "console.log('up'); setInterval(() => {}, 1000)"], signal: own.signal, onStdout: () => begun.open() }),
      operation.execServerRequest({ work: untilAborted, signal: own.signal }),
    ];
    await begun.opened;
    const why = new Error("not needed");
    own.abort(why);
    await Promise.all(calls.map(({ future }) => future));
    expect(calls.map(({ isCancelled, error }) => [isCancelled, error])).toEqual([[true, why], [true, why]]);
    expect((await ledger.operation(operation.operationId)).calls).toMatchObject([{ outcome: "cancelled", reason: "not needed" }, { outcome: "cancelled", reason: "not needed" }]);
    await operation.complete();
  });

  it("may have a command that is longer than an event: the log has its beginning", async () => {
    const { ledger, operation } = await one();
    const long = Array.from({ length: 15 }, () => "x".repeat(100_000));
    expect(await operation.execStdioWorker({ executable: process.execPath, args: ["-e", "console.log(process.argv.length)", ...long] }).await()).toBe(16);
    const [{ command = [] } = {}] = (await ledger.operation(operation.operationId)).calls[0]?.workers ?? [];
    expect(command.slice(0, 3)).toEqual([process.execPath, "-e", "console.log(process.argv.length)"]);
    expect([command.length, command.at(-1)?.at(-1), command.join("").length < 20_000]).toEqual([4, "…", true]);
  });

  it("is sent only signals that there are", async () => {
    const { operation } = await one();
    const call = operation.execStdioWorker({ executable: process.execPath, args: ["-e", "console.log(1)"] });
    for (const signal of ["SIGNONE", 9, null, "toString"]) expect(() => call.kill(signal as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field: "signal" }) as Error);
    expect(await call.await()).toBe(1);
  });

  it("brings back no temporary folder that goes with a failure", async () => {
    const { ledger, operation } = await one();
    const folder = join(temporaryFolder(), "scratch");
    await operation.registerTempResource({ path: folder });
    const begun = gate();
    const script = `trap 'sleep 0.3; mkdir -p ${folder}; echo late > ${folder}/late; exit 1' TERM; mkdir ${folder}; echo up; while :; do mkdir -p ${folder}; echo x > ${folder}/x; sleep 0.01; done`;
    const call = operation.execStdioWorker({ executable: "sh", args: ["-c", script], onStdout: () => begun.open(), onExit: () => ended.open() });
    const ended = gate();
    await begun.opened;
    await (await operation.startCall()).fail(new Error("broken"));
    await Promise.all([ended.opened, call.future]);
    await ledger.dispose();
    expect(existsSync(folder)).toBe(false);
  });

  it("waits for a server no longer than it may", async () => {
    const { operation } = await one();
    const call = operation.execServerRequest({ timeoutMs: 20, failOnCrash: false, work: untilAborted });
    await call.future;
    expect([call.description, call.isFailed, (call.error as { code: string }).code]).toEqual(["Server request", true, "TIMED_OUT"]);
    expect(await codeOf(operation.execServerRequest({ timeoutMs: 20, failOnCrash: false, work: operation.pollUntil(() => undefined) }).await())).toBe("TIMED_OUT");
  });
});
