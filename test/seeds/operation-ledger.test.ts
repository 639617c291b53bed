/** The examples of the guide to the distributed ledger, translated, one after the other. Its parts about servers belong to a later release. */
import { existsSync, writeFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { CleanupHandler, HeartbeatErrorType, Ledger } from "../../src/operations.js";
import type { HeartbeatError, HeartbeatResult, LedgerOptions, Operation } from "../../src/operations.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const open: Ledger[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((ledger) => ledger.dispose()));
});

async function connect(participantId: string, basePath = temporaryFolder(), options: LedgerOptions = {}): Promise<Ledger> {
  const ledger = await Ledger.connect({ basePath, participantId, ...options });
  open.push(ledger);
  return ledger;
}

const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "nothing",
    (error: unknown) => (error as { readonly code: string }).code,
  );

describe("quick start", () => {
  it("creates an operation, works in a tracked call, completes", async () => {
    const ledger = await connect("orchestrator");
    const operation = await ledger.createOperation({ description: "Build project" });
    expect([operation.isInitiator, operation.description, operation.participantId, operation.state]).toEqual([true, "Build project", "orchestrator", "running"]);
    expect(operation.operationId).toMatch(/^\d{8}T\d{2}:\d{2}:\d{2}\.\d{3}-orchestrator-[0-9a-f]{8}$/);
    const call = await operation.startCall<void>();
    await call.end();
    await operation.complete();
    await ledger.dispose();
  });

  it("refuses a server, and to look for one", async () => {
    for (const options of [{ participantId: "orchestrator", serverUrl: "http://localhost:19880" }, { participantId: "orchestrator" }]) {
      await expect(Ledger.connect(options as LedgerOptions)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "serverUrl" in options ? "serverUrl" : "basePath" });
    }
  });

  it("joins an operation, works in a typed call, leaves", async () => {
    const folder = temporaryFolder();
    const created = await (await connect("orchestrator", folder)).createOperation();
    const operation = await (await connect("worker", folder)).joinOperation({ operationId: created.operationId });
    const told: string[] = [];
    const call = await operation.startCall<string>({ callback: { onCompletion: async (result) => void told.push(await Promise.resolve(`Got: ${result}`)) } });
    await call.end("done");
    expect([told, operation.isInitiator]).toEqual([["Got: done"], false]);
    expect(await refusal(operation.complete())).toBe("NOT_INITIATOR");
    await operation.leave();
    expect(await refusal(operation.leave())).toBe("SESSION_INACTIVE");
    await created.complete();
  });
});

describe("creating and joining", () => {
  it("coordinates work against the ledger alone", async () => {
    const ledger = await connect("orchestrator");
    const { operationId } = await ledger.createOperation();
    async function doCoordinatedWork(within: Ledger, id: string): Promise<void> {
      const operation = await within.joinOperation({ operationId: id });
      const call = await operation.startCall<string>({ callback: { onCompletion: () => undefined } });
      await call.end("result");
      await operation.leave();
    }
    await doCoordinatedWork(ledger, operationId);
    expect((await ledger.operation(operationId)).calls).toMatchObject([{ outcome: "ended", result: "result" }]);
  });

  it("gives each joining a session of its own, with its own calls", async () => {
    const folder = temporaryFolder();
    const created = await (await connect("orchestrator", folder)).createOperation();
    const ledger = await connect("worker-1", folder);
    const session1 = await ledger.joinOperation({ operationId: created.operationId });
    const session2 = await ledger.joinOperation({ operationId: created.operationId });
    const call1 = await session1.startCall();
    const call2 = await session2.startCall();
    expect([session1.getPendingCalls(), session2.getPendingCalls(), created.getPendingCalls()]).toEqual([[call1.callId], [call2.callId], []]);
    await expect(session1.leave()).rejects.toMatchObject({ code: "CALLS_OPEN", calls: [call1.callId] });
    await call1.end();
    await session1.leave();
    await session2.leave({ cancelPendingCalls: true });
    expect(call2.isCompleted).toBe(true);
    expect((await created.participants()).map(({ participant }) => participant)).toEqual(["orchestrator"]);
  });

  it("refuses to join what there is not", async () => {
    const ledger = await connect("worker-1");
    expect(await refusal(ledger.joinOperation({ operationId: "known-operation-id" }))).toBe("OPERATION_NOT_FOUND");
    for (const operationId of ["", "../x", "a/b", "x".repeat(200), 7, undefined]) expect(await refusal(ledger.joinOperation({ operationId } as { operationId: string })), String(operationId)).toBe("INVALID_ID");
  });
});

describe("calls", () => {
  it("end or fail, with what was thrown thrown on", async () => {
    const operation = await (await connect("worker")).createOperation();
    const released: string[] = [];
    const processDocument = async (works: boolean): Promise<number> => {
      const call = await operation.startCall<number>({ description: "Process document", failOnCrash: false, callback: { onCleanup: () => void released.push("released") } });
      expect([typeof call.callId, call.description, call.startedAt instanceof Date, call.isCompleted]).toEqual(["string", "Process document", true, false]);
      try {
        if (!works) throw new Error("unreadable");
        await call.end(7);
        return 7;
      } catch (error) {
        await call.fail(error);
        throw error;
      }
    };
    expect(await processDocument(true)).toBe(7);
    await expect(processDocument(false)).rejects.toThrow("unreadable");
    expect(released).toEqual(["released"]);
  });

  it("call back about completion, a crash with its fallback, and the operation's failure", async () => {
    const operation = await (await connect("worker")).createOperation();
    const told: string[] = [];
    const callback = {
      onCleanup: () => void told.push("cleanup"),
      onCompletion: (result: string) => void told.push(`completion ${result}`),
      onCallCrashed: () => "empty",
      onOperationFailed: ({ reason }: { readonly reason: string }) => void told.push(reason.replace(/call_\S+/, "CALL")),
    };
    const first = await operation.startCall<string>({ callback });
    await first.fail(new Error("crash"));
    const second = await operation.startCall<string>({ callback });
    await (await operation.startCall()).fail(new Error("disk full"));
    await operation.onFailure;
    await new Promise(setImmediate);
    expect(second.signal.aborted).toBe(true);
    expect(told.slice(0, 2)).toEqual(["completion empty", "Call CALL failed: disk full"]);
  });

  it("are spawned, and waited for later", async () => {
    const operation = await (await connect("worker")).createOperation();
    const call = operation.spawnCall<number>({ work: () => new Promise((resolve) => setImmediate(() => resolve(42))), description: "Background computation" });
    expect([call.callId.startsWith("spawn_"), call.isCompleted]).toEqual([true, false]);
    await call.future;
    expect(call.result).toBe(42);
  });

  it("are waited for together", async () => {
    const operation = await (await connect("worker")).createOperation();
    const call1 = operation.spawnCall<number>({ work: () => Promise.resolve(1) });
    const call2 = operation.spawnCall<number>({ work: () => Promise.resolve(2) });
    const call3 = operation.spawnCall<number>({ work: () => Promise.resolve(3) });
    expect([operation.hasPendingCalls(), operation.getPendingCalls().length, operation.getPendingSpawnedCalls().length]).toEqual([true, 3, 3]);
    let completed = false;
    const result = await operation.sync([call1, call2, call3], { onOperationFailed: () => expect.unreachable(), onCompletion: () => void (completed = true) });
    expect([result.allSucceeded, result.allResolved, result.hasFailed, completed, call1.result, call2.result, call3.result]).toEqual([true, true, false, true, 1, 2, 3]);
    const failing = operation.spawnCall({ work: () => Promise.reject(new Error("no")), failOnCrash: false });
    const mixed = await operation.sync([call1, failing]);
    expect([mixed.successfulCalls, mixed.failedCalls, mixed.unknownCalls, mixed.operationFailed, mixed.hasFailed]).toEqual([[call1], [failing], [], false, true]);
    expect(await operation.sync([])).toMatchObject({ allSucceeded: true, allResolved: true, successfulCalls: [] });
    expect(await operation.awaitCall(call1)).toMatchObject({ successfulCalls: [call1] });
  });

  it("are processes that write their result to a file or to stdout", async () => {
    const operation = await (await connect("worker")).createOperation();
    const resultPath = join(temporaryFolder(), "result.json");
    const exits: unknown[] = [];
    const worker = operation.execFileResultWorker<{ readonly ok: boolean }>({
      executable: process.execPath,
      args: ["-e", "require('fs').writeFileSync(process.argv[1], JSON.stringify({ ok: true }))", resultPath],
      resultFilePath: resultPath,
      onExit: (code) => void exits.push(code),
    });
    await worker.future;
    expect([worker.result, exits, existsSync(resultPath)]).toEqual([{ ok: true }, [0], false]);
    const processor = operation.execStdioWorker<string[]>({ executable: process.execPath, args: ["-e", "console.log('a b')"], deserializer: (stdout) => stdout.trim().split(" ") });
    expect(await processor.await()).toEqual(["a", "b"]);
  });

  it("that may crash leave the operation alone", async () => {
    const operation = await (await connect("worker")).createOperation();
    const optional = operation.spawnCall<number>({ work: () => Promise.reject(new Error("risky")), failOnCrash: false, callback: { onCallCrashed: () => Promise.resolve(-1) } });
    await optional.future;
    expect([optional.isSuccess, optional.result, operation.state]).toEqual([true, -1, "running"]);
  });
});

describe("heartbeats", () => {
  it("tell who is there, and of an abort", async () => {
    const folder = temporaryFolder();
    const pace = { heartbeatIntervalMs: 20, staleThresholdMs: 15_000 };
    const results: HeartbeatResult[] = [];
    const ledger = await connect("worker", folder, pace);
    const error = new Promise<HeartbeatError>((resolve) => {
      void ledger.createOperation({ callback: { onHeartbeatSuccess: (_, result) => void results.push(result), onHeartbeatError: (_, found) => resolve(found) } }).then(async (operation) => {
        await operation.heartbeat();
        await operation.setAbortFlag(true, { reason: "stop" });
      });
    });
    const { type, message } = await error;
    expect([type, message]).toEqual([HeartbeatErrorType.abortFlagSet, "The operation was aborted by worker: stop"]);
    expect(results[0]).toMatchObject({ participants: ["worker"], staleParticipants: [], isStale: false, abortFlag: false, heartbeatUpdated: true });
  });

  it("are given by hand, too", async () => {
    const operation = await (await connect("worker")).createOperation();
    operation.stopHeartbeat();
    expect(await operation.heartbeat()).toMatchObject({ heartbeatUpdated: true, callFrameCount: 0 });
    operation.startHeartbeat();
  });

  it("are not needed to learn of an abort", async () => {
    const folder = temporaryFolder();
    const created = await (await connect("orchestrator", folder)).createOperation();
    const operation = await (await connect("worker", folder)).joinOperation(created.operationId);
    const processed: string[] = [];
    async function processItems(within: Operation, items: readonly string[]): Promise<void> {
      for (const item of items) {
        if (await within.checkAbort()) return;
        processed.push(item);
        if (item === "b") await created.setAbortFlag(true);
      }
    }
    await processItems(operation, ["a", "b", "c", "d"]);
    expect(processed).toEqual(["a", "b"]);
    await operation.onAbort;
    expect([operation.isAborted, operation.signal.aborted]).toEqual([true, true]);
  });

  it("of a session that aborts itself leave the others alone", async () => {
    const folder = temporaryFolder();
    const created = await (await connect("orchestrator", folder)).createOperation();
    const operation = await (await connect("worker", folder)).joinOperation(created.operationId);
    const settled = operation.spawnCall(() => 1);
    await settled.future;
    operation.triggerAbort();
    await operation.onAbort;
    expect([operation.isAborted, await operation.checkAbort(), created.isAborted]).toEqual([true, false, false]);
    expect(await refusal(operation.waitForCompletion(() => 1))).toBe("OPERATION_ABORTED");
    let completed = 0;
    expect(await operation.sync([settled], { onCompletion: () => void (completed += 1) })).toMatchObject({ operationAborted: true, allResolved: true, allSucceeded: false });
    expect(completed).toBe(1);
    expect(await operation.sync([operation.spawnCall(() => new Promise(() => undefined))])).toMatchObject({ operationAborted: true, allResolved: false });
  });
});

describe("errors", () => {
  it("of work are taken by onError", async () => {
    const operation = await (await connect("worker")).createOperation();
    expect(await operation.waitForCompletion<number>(() => Promise.reject(new Error("no")), { onOperationFailed: () => expect.unreachable(), onError: () => Promise.resolve(-1) })).toBe(-1);
    expect(await operation.waitForCompletion(() => 5)).toBe(5);
  });

  it("of the operation end the wait", async () => {
    const operation = await (await connect("worker")).createOperation();
    const told: string[] = [];
    const waiting = operation.waitForCompletion(() => new Promise<number>(() => undefined), { onOperationFailed: ({ failedCallId }) => void told.push(String(failedCallId)) });
    const call = await operation.startCall();
    await Promise.all([call.fail(new Error("boom")), expect(waiting).rejects.toMatchObject({ code: "OPERATION_FAILED", failedCall: call.callId })]);
    expect(told).toEqual([call.callId]);
  });
});

describe("best practices", () => {
  it("register what is temporary", async () => {
    const ledger = await connect("worker");
    const operation = await ledger.createOperation();
    const path = join(temporaryFolder(), "temp.txt");
    await operation.registerTempResource({ path });
    try {
      await writeFile(path, "data");
      expect((await ledger.operation(operation.operationId)).resources.map((resource) => resource.path)).toEqual([path]);
    } finally {
      await operation.unregisterTempResource({ path });
      await rm(path);
    }
    expect((await ledger.operation(operation.operationId)).resources).toEqual([]);
  });

  it("clean up for a signal, and for a failure", async () => {
    const operation = await (await connect("worker")).createOperation();
    const path = join(temporaryFolder(), "temp.txt");
    writeFileSync(path, "data");
    await operation.registerTempResource({ path });
    const released: string[] = [];
    const id = CleanupHandler.instance.register(() => void released.push("external"));
    await CleanupHandler.instance.cleanup();
    expect([released, existsSync(path), CleanupHandler.instance.unregister(id)]).toEqual([["external"], false, false]);
    expect(await refusal(operation.startCall())).toBe("SESSION_INACTIVE");
  });

  it("note lines in the operation's log", async () => {
    const lines: string[] = [];
    const ledger = await connect("worker", temporaryFolder(), { callback: { onLogLine: (line) => void lines.push(line) } });
    const operation = await ledger.createOperation();
    await operation.log("Compiling");
    await operation.log("No space left", { level: "error" });
    await operation.logMessage(2, "nested");
    expect(lines.map((line) => line.replace(/^\S+Z /, "").replace(/\d{3}\.\d{3}/, "SSS.mmm"))).toEqual(["[INFO] Compiling", "[ERROR] No space left", "[INFO] SSS.mmm |         [worker] nested"]);
    expect((await ledger.operation(operation.operationId)).log.map(({ level, participant }) => [level, participant])).toEqual([["info", "worker"], ["error", "worker"], ["info", "worker"]]);
    expect([operation.elapsedMs >= 0, /^\d{3}\.\d{3}$/.test(operation.elapsedFormatted), operation.startTime instanceof Date]).toEqual([true, true, true]);
  });

  it("dispose ledgers", async () => {
    const folder = temporaryFolder();
    const created = await (await connect("orchestrator", folder)).createOperation();
    const ledger = await connect("example", folder);
    const operation = await ledger.joinOperation(created.operationId);
    const call = await operation.startCall();
    await Promise.all([ledger.dispose(), ledger.close()]);
    expect(call.isCompleted).toBe(true);
    expect((await created.participants()).map(({ participant }) => participant)).toEqual(["orchestrator"]);
    expect(await refusal(ledger.createOperation())).toBe("LOG_CLOSED");
    expect(process.listenerCount("SIGTERM")).toBe(1);
    await open[0]?.dispose();
    expect(process.listenerCount("SIGTERM")).toBe(0);
  });

  it("complete for an initiator that is gone, by its token", async () => {
    const folder = temporaryFolder();
    const first = await connect("orchestrator", folder);
    const { operationId, token = "" } = await first.createOperation();
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    await first.dispose();
    const later = await connect("later", folder);
    expect(await refusal(later.completeOperation(operationId, { token: "0".repeat(32) }))).toBe("NOT_INITIATOR");
    await later.completeOperation(operationId, { token });
    await later.completeOperation(operationId, { token });
    expect(await later.operations({ state: "completed" })).toMatchObject([{ operationId, initiator: "orchestrator" }]);
  });

  it("complete with calls open only by force", async () => {
    const operation = await (await connect("worker")).createOperation();
    const call = operation.spawnCall(() => new Promise(() => undefined));
    await expect(operation.complete()).rejects.toMatchObject({ code: "CALLS_OPEN", calls: [call.callId] });
    await operation.complete({ force: true });
    await operation.complete();
    await call.future;
    expect([call.isCancelled, operation.state, operation.hasPendingCalls()]).toEqual([true, "completed", false]);
  });
});
