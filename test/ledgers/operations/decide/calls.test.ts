import { describe, expect, it } from "vitest";
import { code, DecidedOperation, op, typesOf } from "../decided-operation.js";

const error = { message: "disk full", name: "Error" };

describe("a call", () => {
  it("ends once", () => {
    const operation = new DecidedOperation().start("s1", "c1").start("s1", "c2");
    expect(operation.send({ kind: "end-call", session: "s1", call: "c1", result: { n: 1 } })).toMatchObject([{ type: "call.ended", data: { session: "s1", call: "c1", result: { n: 1 } } }]);
    for (const kind of ["end-call", "cancel-call"] as const) expect(code(() => operation.send({ kind, session: "s1", call: "c1" }))).toBe("CALL_SETTLED");
    expect(code(() => operation.send({ kind: "fail-call", session: "s1", call: "c1", error, cleanupWithinMs: 1 }))).toBe("CALL_SETTLED");
    expect(code(() => operation.send({ kind: "end-call", session: "s1", call: "never" }))).toBe("CALL_SETTLED");
    expect(operation.row.calls).toEqual({ started: 2, ended: 1, failed: 0, cancelled: 0, crashed: 0 });
  });

  it("may end without a result, with null, or with what stands for an error", () => {
    const operation = new DecidedOperation().start("s1", "c1").start("s1", "c2").start("s1", "c3");
    expect(operation.send({ kind: "end-call", session: "s1", call: "c1" })[0]?.data).toEqual({ session: "s1", call: "c1" });
    expect(operation.send({ kind: "end-call", session: "s1", call: "c2", result: null })[0]?.data).toEqual({ session: "s1", call: "c2", result: null });
    expect(operation.send({ kind: "end-call", session: "s1", call: "c3", result: 0, replaced: error })[0]?.data).toEqual({ session: "s1", call: "c3", result: 0, replaced: error });
  });

  it("belongs to its session, and is started once while it is open", () => {
    const operation = new DecidedOperation().join("s2").start("s1", "c1");
    expect(code(() => operation.send({ kind: "end-call", session: "s2", call: "c1" }))).toBe("INVALID_OPTION");
    expect(operation.send({ kind: "start-call", session: "s1", call: "c1", callKind: "call", failOnCrash: true })).toEqual([]);
    expect(code(() => operation.start("s2", "c1"))).toBe("INVALID_OPTION");
  });

  it("that fails fails the operation for everybody, in one append", () => {
    const operation = new DecidedOperation().join("s2").start("s1", "c0").start("s2", "c1");
    expect(operation.send({ kind: "fail-call", session: "s2", call: "c1", error, cleanupWithinMs: 10_000 })).toEqual([
      { stream: `operation/${op}`, type: "call.failed", data: { session: "s2", call: "c1", error } },
      {
        stream: `operation/${op}`,
        type: "operation.cleanup-started",
        data: { coordinator: "s2", reason: "Call c1 failed: disk full", survivors: ["s1", "s2"], crashedCalls: [], withinMs: 10_000, failedCall: "c1" },
      },
    ]);
    expect(operation.row).toMatchObject({ state: "cleanup", cleanup: { coordinator: "s2", reported: [] } });
    expect(code(() => operation.start("s1", "c2"))).toBe("OPERATION_CLOSED");
    expect(typesOf(operation.send({ kind: "end-call", session: "s1", call: "c0" }))).toEqual(["call.ended"]);
  });

  it("that fails where it may fails alone; in a clean-up any does", () => {
    const operation = new DecidedOperation().start("s1", "c1", false).start("s1", "c2").start("s1", "c3");
    expect(typesOf(operation.send({ kind: "fail-call", session: "s1", call: "c1", error, cleanupWithinMs: 1 }))).toEqual(["call.failed"]);
    expect(operation.row.state).toBe("running");
    operation.send({ kind: "fail-call", session: "s1", call: "c2", error, cleanupWithinMs: 1 });
    expect(typesOf(operation.send({ kind: "fail-call", session: "s1", call: "c3", error, cleanupWithinMs: 1 }))).toEqual(["call.failed"]);
  });

  it("that fails with a long message is told shortly as the reason, with no character cut in two", () => {
    const operation = new DecidedOperation().start("s1", "c1");
    const [, started] = operation.send({ kind: "fail-call", session: "s1", call: "c1", error: { message: "😀".repeat(1000) }, cleanupWithinMs: 1 });
    expect(started?.data).toMatchObject({ reason: `Call c1 failed: ${"😀".repeat(499)}…` });
  });

  it("has a worker only while it is open, but its exit is told afterwards too", () => {
    const operation = new DecidedOperation().start("s1", "c1");
    const worker = { session: "s1", call: "c1", pid: 7 } as const;
    operation.send({ kind: "worker-started", ...worker, processStart: "5", command: ["cc", "-c"] });
    expect(operation.states["open-calls"].get(`${op}/c1`)).toMatchObject({ worker: { pid: 7, processStart: "5" } });
    operation.send({ kind: "cancel-call", session: "s1", call: "c1", reason: "aborted" });
    expect(operation.send({ kind: "worker-exited", ...worker, signal: "SIGTERM" })).toMatchObject([{ type: "call.worker-exited", data: { signal: "SIGTERM" } }]);
    expect(code(() => operation.send({ kind: "worker-started", ...worker, processStart: "5", command: [] }))).toBe("CALL_SETTLED");
    expect(operation.states["open-calls"].get(`${op}/c1`)).toBeUndefined();
  });
});

describe("temporary resources", () => {
  it("are registered once, and released also after the session is over", () => {
    const operation = new DecidedOperation().join("s2");
    const path = "/tmp/x y/z";
    expect(typesOf(operation.send({ kind: "register-resource", session: "s2", path }))).toEqual(["operation.resource-registered"]);
    expect(operation.send({ kind: "register-resource", session: "s2", path })).toEqual([]);
    expect(typesOf(operation.send({ kind: "register-resource", session: "s1", path }))).toEqual(["operation.resource-registered"]);
    operation.send({ kind: "leave", session: "s2" });
    operation.send({ kind: "complete", session: "s1" });
    for (const session of ["s1", "s2"]) {
      expect(code(() => operation.send({ kind: "release-resource", session, path }, "p9"))).toBe("INVALID_OPTION");
      expect(typesOf(operation.send({ kind: "release-resource", session, path }))).toEqual(["operation.resource-released"]);
    }
    expect(operation.send({ kind: "release-resource", session: "s1", path })).toEqual([]);
    expect([...operation.states["temp-resources"].entries()]).toEqual([]);
  });

  it("of the dead are removed by whoever cleans up; a problem is told once", () => {
    const operation = new DecidedOperation().join("s2");
    const path = "/tmp/x";
    operation.send({ kind: "register-resource", session: "s2", path });
    const removed = (outcome: "removed" | "failed", problem?: string) => operation.send({ kind: "resource-removed", session: "s1", owner: "s2", path, outcome, ...(problem === undefined ? {} : { problem }) });
    expect(removed("removed"), "its session is open").toEqual([]);
    operation.send({ kind: "report-crash", session: "s1", crashed: ["s2"], evidence: "gone", cleanupWithinMs: 1 });
    expect(typesOf(removed("failed", "EACCES"))).toEqual(["operation.resource-removed"]);
    expect(removed("failed", "EACCES")).toEqual([]);
    expect(typesOf(removed("failed", "EBUSY"))).toEqual(["operation.resource-removed"]);
    operation.send({ kind: "finish-cleanup", session: "s1" });
    expect(typesOf(operation.send({ kind: "resource-removed", owner: "s2", path, outcome: "missing" }))).toEqual(["operation.resource-removed"]);
    expect(removed("removed")).toEqual([]);
  });
});
