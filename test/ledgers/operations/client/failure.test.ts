import { describe, expect, it } from "vitest";
import type { OperationFailedInfo } from "../../../../src/ledgers/operations/failed-info.js";
import { codeOf, connect, endOf, gate, one, two, untilAborted } from "./ledgers.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

describe("a call that fails the operation", () => {
  it("fails it for everybody: callbacks, waits and signals of each participant", async () => {
    const folder = temporaryFolder();
    const ledgers = [await connect("cli", folder), await connect("bridge", folder)] as const;
    const told: string[] = [];
    const callback = (name: string) => ({
      onFailure: (_operation: unknown, { reason }: OperationFailedInfo) => void told.push(`${name} onFailure ${reason}`),
      onCleanup: () => void told.push(`${name} onCleanup`),
    });
    const initiator = await ledgers[0].createOperation({ callback: callback("cli") });
    const member = await ledgers[1].joinOperation({ operationId: initiator.operationId, callback: callback("bridge") });
    const ofCalls = (name: string) => ({ onCleanup: () => void told.push(`${name} cleanup`), onOperationFailed: () => void told.push(`${name} operation failed`), onCompletion: () => void told.push(`${name} completed`) });

    const over = await member.startCall({ callback: ofCalls("ended call") });
    await over.end();
    const open = await member.startCall({ callback: ofCalls("open call") });
    const spawned = member.spawnCall({ work: untilAborted, callback: ofCalls("spawned call") });
    const waits = [
      codeOf(member.waitForCompletion(() => new Promise(() => undefined), { onOperationFailed: () => void told.push("wait told"), onError: () => undefined as never })),
      member.sync([spawned], { onOperationFailed: () => void told.push("sync told"), onCompletion: () => void told.push("sync completed") }),
    ] as const;
    const failing = await initiator.startCall({ callback: ofCalls("failing call") });
    await failing.fail(new Error("no space"));

    const info = await member.onFailure;
    expect(info).toMatchObject({ operationId: initiator.operationId, crashedCallIds: [], failedCallId: failing.callId, reason: `Call ${failing.callId} failed: no space` });
    expect(info.failedAt).toBeInstanceOf(Date);
    expect(await initiator.onFailure).toEqual(info);
    expect(await waits[0]).toBe("OPERATION_FAILED");
    expect(await waits[1]).toMatchObject({ operationFailed: true, operationAborted: false, allSucceeded: false, hasFailed: true });
    expect([member.signal.aborted, (member.signal.reason as { code: string }).code, open.signal.aborted, initiator.signal.aborted, member.isAborted]).toEqual([true, "OPERATION_FAILED", true, true, false]);
    await spawned.future;
    expect(await endOf(initiator)).toBe("failed");
    expect([member.hasPendingCalls(), open.isCompleted, spawned.isCancelled]).toEqual([false, true, true]);
    expect(await codeOf(open.end())).toBe("CALL_SETTLED");
    expect(await codeOf(member.startCall())).toBe("OPERATION_CLOSED");
    expect(await codeOf(initiator.complete())).toBe("OPERATION_CLOSED");
    expect(await codeOf(ledgers[1].joinOperation(initiator.operationId))).toBe("OPERATION_CLOSED");
    const reason = `Call ${failing.callId} failed: no space`;
    expect([...told].sort()).toEqual([
      `bridge onCleanup`, `bridge onFailure ${reason}`, "cli onCleanup", `cli onFailure ${reason}`, "ended call completed", "failing call cleanup", "open call cleanup", "open call operation failed",
      "spawned call cleanup", "spawned call operation failed", "sync told", "wait told",
    ]);
    const { operation, calls } = await ledgers[0].operation(initiator.operationId);
    expect(operation).toMatchObject({ state: "failed", failure: { reason, failedCall: failing.callId } });
    expect(operation.failure?.unreported).toBeUndefined();
    expect(calls.map(({ outcome }) => outcome)).toEqual(["ended", "cancelled", "cancelled", "failed"]);
  });

  it("is told by sync as failed, together with the operation", async () => {
    const { operation } = await one();
    const fine = operation.spawnCall(() => 1);
    await fine.future;
    const failing = operation.spawnCall(() => { throw new Error("boom"); });
    const waiting = operation.spawnCall(untilAborted);
    const result = await operation.sync([fine, failing, waiting]);
    expect([result.successfulCalls, result.failedCalls.includes(failing), result.operationFailed]).toEqual([[fine], true, true]);
  });

  it("is nothing to a call whose end was on its way, be that first in the log or second", async () => {
    const { initiator, member } = await two();
    const told: string[] = [];
    const callback = (name: string) => ({ onOperationFailed: () => void told.push(`${name} operation failed`), onCleanup: () => void told.push(`${name} cleanup`), onCompletion: () => void told.push(`${name} completed`) });
    const [before, after] = [await member.startCall({ callback: callback("before") }), await member.startCall({ callback: callback("after") })];
    const failing = await initiator.startCall();
    await Promise.all([before.end(), failing.fail(new Error("boom")), after.end()]);
    expect(await endOf(initiator)).toBe("failed");
    expect(told.sort()).toEqual(["after completed", "before completed"]);
  });

  it("ends waits that begin later at once", async () => {
    const { operation } = await one();
    await (await operation.startCall()).fail(new Error("boom"));
    let worked = false;
    expect(await codeOf(operation.waitForCompletion(() => void (worked = true)))).toBe("OPERATION_FAILED");
    expect(worked).toBe(false);
  });
});

describe("callbacks that throw", () => {
  it("are told of, and change nothing", async () => {
    const faults: unknown[] = [];
    const listener = (error: unknown, fault: object) => void faults.push([(error as Error).message, fault]);
    const { ledger } = await one({ callback: { onCallbackError: listener } });
    const operation = await ledger.createOperation();
    const bad = () => { throw new Error("bad"); };
    const fine = await operation.startCall({ callback: { onCompletion: bad } });
    await fine.end(1);
    const alone = operation.spawnCall({ work: () => { throw new Error("boom"); }, failOnCrash: false, callback: { onCallCrashed: bad, onCleanup: () => Promise.reject(new Error("bad")) } });
    await alone.future;
    expect((alone.error as Error).message).toBe("boom");
    const spawned = operation.spawnCall({ work: () => 1, callback: { onCompletion: bad } });
    await operation.sync([spawned], { onCompletion: bad });
    expect([spawned.isSuccess, operation.state]).toEqual([true, "running"]);
    await expect(operation.waitForCompletion(() => { throw new Error("work"); }, { onError: bad })).rejects.toThrow("work");
    expect(faults).toEqual([
      ["bad", { callback: "onCompletion", callId: fine.callId }],
      ["bad", { callback: "onCallCrashed", callId: alone.callId }],
      ["bad", { callback: "onCleanup", callId: alone.callId }],
      ["bad", { callback: "onCompletion", callId: spawned.callId }],
      ["bad", { callback: "onCompletion" }],
      ["bad", { callback: "onError" }],
    ]);
  });

  it("are a process warning where nobody listens, or the listener throws", async () => {
    const { ledger } = await one();
    const warned: string[] = [];
    const both = gate();
    const onWarning = (warning: Error): void => {
      warned.push(warning.message);
      if (warned.length === 3) both.open();
    };
    process.on("warning", onWarning);
    const operation = await ledger.createOperation({ callback: { onCallbackError: () => { throw new Error("worse"); } } });
    const plain = await ledger.createOperation();
    for (const each of [plain, operation]) await each.spawnCall({ work: () => 1, callback: { onCompletion: () => { throw new Error("bad"); } } }).future;
    await both.opened;
    process.off("warning", onWarning);
    expect(warned.map((text) => text.replace(/spawn_\S+/, "CALL"))).toEqual(["onCompletion of CALL threw: bad", "onCompletion of CALL threw: bad", "onCallbackError of CALL threw: worse"]);
  });

  it("of a clean-up do not keep the operation from ending, and are in the log", async () => {
    const faults: unknown[] = [];
    const { initiator, member, ledgers: [ledger] } = await two();
    const again = await ledger.joinOperation({ operationId: initiator.operationId, callback: { onCallbackError: (_error, { callback }) => void faults.push(callback), onFailure: () => { throw new Error("bad"); }, onCleanup: () => { throw new Error("bad"); } } });
    await again.startCall({ callback: { onCleanup: () => { throw new Error("bad"); }, onOperationFailed: () => { throw new Error("bad"); } } });
    await (await member.startCall()).fail(new Error("boom"));
    expect(await endOf(initiator)).toBe("failed");
    expect(faults.sort()).toEqual(["onCleanup", "onCleanup", "onFailure", "onOperationFailed"]);
  });
});
