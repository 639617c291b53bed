import { describe, expect, it } from "vitest";
import type { Operation } from "../../../../src/ledgers/operations/operation.js";
import { codeOf, gate, one, two } from "./ledgers.js";

const outcomes = async (ledger: { operation(id: string): Promise<{ readonly calls: readonly { readonly outcome: string; readonly description?: string }[] }> }, { operationId }: Operation) =>
  (await ledger.operation(operationId)).calls.map(({ outcome }) => outcome);

describe("a call", () => {
  it("is open until it ends, with its result in the log, and ends once", async () => {
    const { ledger, operation } = await one();
    const call = await operation.startCall<{ readonly lines: number }>({ description: "count" });
    expect([call.description, call.isCompleted, call.startedAt instanceof Date, operation.getPendingCalls(), operation.hasPendingCalls()]).toEqual(["count", false, true, [call.callId], true]);
    expect(call.callId).toMatch(/^call_cli_1_[0-9a-f]{8}$/);
    await call.end({ lines: 3 });
    expect([call.isCompleted, operation.getPendingCalls(), operation.hasPendingCalls()]).toEqual([true, [], false]);
    expect(await codeOf(call.end({ lines: 4 }))).toBe("CALL_SETTLED");
    expect(await codeOf(call.fail(new Error("late")))).toBe("CALL_SETTLED");
    const { calls } = await ledger.operation(operation.operationId);
    expect(calls).toMatchObject([{ callId: call.callId, description: "count", participant: "cli", kind: "call", outcome: "ended", result: { lines: 3 } }]);
    expect(operation.state).toBe("running");
  });

  it("ends once when it is ended twice at the same time", async () => {
    const { ledger, operation } = await one();
    const call = await operation.startCall();
    const ends = await Promise.allSettled([call.end(1), call.end(2), call.fail(new Error("3"))]);
    expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await outcomes(ledger, operation)).toEqual(["ended"]);
  });

  it("calls back about every success, with or without a result, before its end resolves", async () => {
    const { operation } = await one();
    const told: unknown[] = [];
    for (const result of [undefined, null, 0, "text"]) {
      const call = await operation.startCall<unknown>({ callback: { onCompletion: (value) => void told.push(value), onCleanup: () => void told.push("cleanup") } });
      await call.end(result);
    }
    expect(told).toEqual([undefined, null, 0, "text"]);
  });

  it("keeps a result out of the log that is no JSON or too long", async () => {
    const { ledger, operation } = await one();
    const results = [new Map(), { at: new Date() }, Number.NaN, "x".repeat(65_536), "x".repeat(65_534), undefined, null];
    for (const result of results) await (await operation.startCall<unknown>()).end(result);
    const { calls } = await ledger.operation(operation.operationId);
    expect(calls.map((call) => "result" in call)).toEqual([false, false, false, false, true, false, true]);
  });

  it("that fails alone leaves the operation running, and runs its clean-up before that resolves", async () => {
    const { ledger, operation } = await one();
    const told: string[] = [];
    const call = await operation.startCall({ failOnCrash: false, callback: { onCleanup: () => void told.push("cleanup"), onCompletion: () => void told.push("completion") } });
    await call.fail(Object.assign(new TypeError("no such file"), { code: "ENOENT" }));
    expect(told).toEqual(["cleanup"]);
    expect(operation.state).toBe("running");
    const { calls } = await ledger.operation(operation.operationId);
    expect(calls).toMatchObject([{ outcome: "failed", error: { name: "TypeError", message: "no such file", code: "ENOENT" } }]);
  });

  it("takes anything for an error", async () => {
    const { ledger, operation } = await one();
    const hostile = Object.defineProperty({}, "message", { get: () => { throw new Error("no"); } });
    for (const error of [undefined, null, "text", 7, Symbol("s"), { message: 1 }, hostile, new Error("\ud800 half"), new Error("x".repeat(100_000))]) {
      await (await operation.startCall({ failOnCrash: false })).fail(error);
    }
    const { calls } = await ledger.operation(operation.operationId);
    expect(calls.every(({ outcome, error }) => outcome === "failed" && typeof error?.message === "string")).toBe(true);
    expect(calls.map(({ error }) => error?.message.slice(0, 8))).toEqual(["undefine", "null", "text", "7", "Symbol(s", '{"messag', "{}", "\ufffd half", "xxxxxxxx"]);
  });

  it("is a success after all where onCallCrashed gives a value, null included", async () => {
    const { ledger, operation } = await one();
    const told: unknown[] = [];
    const callback = { onCompletion: (value: unknown) => void told.push(value), onCleanup: () => void told.push("cleanup") };
    await (await operation.startCall<unknown>({ callback: { ...callback, onCallCrashed: () => -1 } })).fail(new Error("a"));
    await (await operation.startCall<unknown>({ callback: { ...callback, onCallCrashed: () => Promise.resolve(null) } })).fail(new Error("b"));
    expect(told).toEqual([-1, null]);
    await (await operation.startCall<unknown>({ failOnCrash: false, callback: { ...callback, onCallCrashed: () => undefined } })).fail(new Error("c"));
    expect(told).toEqual([-1, null, "cleanup"]);
    const { calls } = await ledger.operation(operation.operationId);
    expect(calls).toMatchObject([
      { outcome: "ended", result: -1, error: { message: "a" } },
      { outcome: "ended", result: null, error: { message: "b" } },
      { outcome: "failed", error: { message: "c" } },
    ]);
  });

  it("is refused once the operation is over, and with options that it cannot have", async () => {
    const { operation } = await one();
    for (const options of [{ description: 1 }, { failOnCrash: "no" }, { callback: { onEnd: () => undefined } }, { callback: { onCleanup: 1 } }, { colour: 1 }, null]) {
      expect(await codeOf(operation.startCall(options as object)), JSON.stringify(options)).toBe("INVALID_OPTION");
    }
    await operation.complete();
    expect(await codeOf(operation.startCall())).toBe("OPERATION_CLOSED");
    expect(operation.hasPendingCalls()).toBe(false);
  });
});

describe("a call around work", () => {
  it("ends with what the work gives, and fails with what it throws", async () => {
    const { ledger, operation } = await one();
    expect(await operation.call("add", (call, within, signal) => [call.isCompleted, within === operation, signal.aborted, within.getPendingCalls().includes(call.callId)])).toEqual([false, true, false, true]);
    await expect(operation.call("break", () => Promise.reject(new RangeError("too far")), { failOnCrash: false })).rejects.toThrow(RangeError);
    expect(await operation.call<string>("mend", () => { throw new Error("no"); }, { callback: { onCallCrashed: () => "instead" } })).toBe("instead");
    expect((await ledger.operation(operation.operationId)).calls.map(({ description, outcome }) => [description, outcome])).toEqual([["add", "ended"], ["break", "failed"], ["mend", "ended"]]);
    expect(operation.state).toBe("running");
  });

  it("leaves it at what the work itself made of the call", async () => {
    const { ledger, operation } = await one();
    expect(await operation.call<number>("end early", async (call) => { await call.end(1); return 2; })).toBe(2);
    await expect(operation.call("fail early", async (call) => { await call.fail(new Error("own")); throw new Error("other"); }, { failOnCrash: false })).rejects.toThrow("other");
    expect((await ledger.operation(operation.operationId)).calls).toMatchObject([{ outcome: "ended", result: 1 }, { outcome: "failed", error: { message: "own" } }]);
  });

  it("takes an end or a failure that the work did not wait for", async () => {
    const { ledger, operation } = await one();
    expect(await operation.call<number>("end early", (call) => { void call.end(1); return 2; })).toBe(2);
    await expect(operation.call("fail early", (call) => { void call.fail(new Error("own")); throw new Error("other"); }, { failOnCrash: false })).rejects.toThrow("other");
    expect((await ledger.operation(operation.operationId)).calls).toMatchObject([{ outcome: "ended", result: 1 }, { outcome: "failed", error: { message: "own" } }]);
  });

  it("is cancelled, and fails nothing, where the work stops because everybody was told to", async () => {
    const { ledgers: [ledger], initiator, member } = await two();
    const begun = gate();
    const stopped = member.call("serve", (_call, _operation, signal) => {
      begun.open();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    });
    await begun.opened;
    await initiator.setAbortFlag(true, { reason: "enough" });
    expect(await codeOf(stopped)).toBe("OPERATION_ABORTED");
    expect(await outcomes(ledger, initiator)).toEqual(["cancelled"]);
    await initiator.complete();
    expect(initiator.state).toBe("completed");
  });
});
