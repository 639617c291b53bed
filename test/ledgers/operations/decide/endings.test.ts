import { describe, expect, it } from "vitest";
import type { OperationCommand } from "../../../../src/ledgers/operations/commands.js";
import { code, DecidedOperation, newSession, typesOf } from "../decided-operation.js";

const crash = (session: string, ...crashed: readonly string[]): OperationCommand => ({ kind: "report-crash", session, crashed, evidence: "gone", cleanupWithinMs: 10_000 });

describe("completing", () => {
  it("is the initiator's, once; everybody's session is over with it", () => {
    const operation = new DecidedOperation().join("s2");
    expect(code(() => operation.send({ kind: "complete", session: "s2" }))).toBe("NOT_INITIATOR");
    expect(operation.send({ kind: "complete", session: "s1" })).toMatchObject([{ type: "operation.completed", data: { sessions: ["s1", "s2"], session: "s1" } }]);
    expect(operation.send({ kind: "complete", session: "s1" })).toEqual([]);
    expect(operation.row).toMatchObject({ state: "completed", openSessions: [], ended: { by: "p1" } });
    expect(operation.states["operation-sessions"].get("op-1/s2")).toMatchObject({ state: "closed" });
  });

  it("is also a later process's that has the token, which the log does not tell", () => {
    const operation = new DecidedOperation();
    operation.send({ kind: "leave", session: "s1" });
    expect(code(() => operation.send({ kind: "complete", session: "s1" }))).toBe("SESSION_INACTIVE");
    expect(code(() => operation.send({ kind: "complete" }, "p2"))).toBe("NOT_INITIATOR");
    expect(code(() => operation.send({ kind: "complete", initiatorToken: operation.row.token }, "p2"))).toBe("NOT_INITIATOR");
    expect(typesOf(operation.send({ kind: "complete", initiatorToken: "token" }, "p2"))).toEqual(["operation.completed"]);
    expect(operation.send({ kind: "complete", initiatorToken: "token" }, "p2")).toEqual([]);
  });

  it("is refused with open calls of anybody, unless by force", () => {
    const operation = new DecidedOperation().join("s2").start("s2", "c1");
    expect(() => operation.send({ kind: "complete", session: "s1" })).toThrowError(expect.objectContaining({ code: "CALLS_OPEN", calls: ["c1"] }));
    expect(operation.send({ kind: "complete", session: "s1", force: true })).toMatchObject([
      { type: "call.cancelled", data: { session: "s2", call: "c1" } },
      { type: "operation.completed", data: { forced: true } },
    ]);
  });

  it("is refused once the operation is being cleaned up, but not because it was aborted", () => {
    const aborted = new DecidedOperation();
    aborted.send({ kind: "request-abort", value: true, session: "s1" });
    expect(typesOf(aborted.send({ kind: "complete", session: "s1" }))).toEqual(["operation.completed"]);
    const failing = new DecidedOperation().join("s2");
    failing.send(crash("s1", "s2"));
    expect(code(() => failing.send({ kind: "complete", session: "s1", force: true }))).toBe("OPERATION_CLOSED");
    failing.send({ kind: "finish-cleanup", session: "s1" });
    expect(code(() => failing.send({ kind: "complete", initiatorToken: "token" }, "p9"))).toBe("OPERATION_CLOSED");
  });
});

describe("the flag of abort", () => {
  it("is set and cleared by anybody, each once", () => {
    const operation = new DecidedOperation().join("s2");
    expect(typesOf(operation.send({ kind: "request-abort", value: false }))).toEqual([]);
    expect(operation.send({ kind: "request-abort", value: true, session: "s2", reason: "enough" })).toMatchObject([{ type: "operation.abort-requested", data: { session: "s2", reason: "enough" } }]);
    expect(operation.send({ kind: "request-abort", value: true }, "outside")).toEqual([]);
    expect(operation.row.aborted).toMatchObject({ by: "p2", reason: "enough" });
    operation.start("s1", "c1");
    expect(operation.send({ kind: "request-abort", value: false }, "outside")).toMatchObject([{ type: "operation.abort-withdrawn", data: {} }]);
    expect(operation.row.aborted).toBeUndefined();
  });

  it("ends an operation that nobody is in", () => {
    const operation = new DecidedOperation();
    operation.send({ kind: "leave", session: "s1" });
    expect(operation.send({ kind: "request-abort", value: true, reason: "stale" }, "outside")).toMatchObject([
      { type: "operation.abort-requested" },
      { type: "operation.failed", data: { reason: "aborted: stale", crashedCalls: [], sessions: [] } },
    ]);
    expect(code(() => operation.send({ kind: "request-abort", value: true }, "outside"))).toBe("OPERATION_CLOSED");
  });
});

describe("a crash", () => {
  it("starts the clean-up in one append; whoever reports it first coordinates", () => {
    const operation = new DecidedOperation().join("s2", "s3").start("s2", "c1").start("s2", "c2", false);
    expect(operation.send(crash("s3", "s2", "s9", "s3"))).toMatchObject([
      { type: "operation.crash-detected", data: { sessions: ["s2"], evidence: "gone", observer: "s3" } },
      { type: "call.crashed", data: { session: "s2", call: "c1" } },
      { type: "call.crashed", data: { session: "s2", call: "c2" } },
      { type: "operation.cleanup-started", data: { coordinator: "s3", reason: "p2 crashed: its process is gone", survivors: ["s1", "s3"], crashedCalls: ["c1"], withinMs: 10_000 } },
    ]);
    expect(operation.send(crash("s1", "s2"))).toEqual([]);
    expect(operation.row).toMatchObject({ state: "cleanup", calls: { crashed: 2 } });
    expect(operation.states["operation-sessions"].get("op-1/s2")).toMatchObject({ state: "crashed", openCalls: 0 });
  });

  it("with nothing but calls that may crash closes those, and the operation goes on", () => {
    const operation = new DecidedOperation().join("s2").start("s2", "c1", false);
    expect(typesOf(operation.send(crash("s1", "s2")))).toEqual(["operation.crash-detected", "call.crashed"]);
    expect(operation.row).toMatchObject({ state: "running", openSessions: ["s1"] });
    operation.start("s1", "c2");
  });

  it("of a member without calls counts, unless it said that it does not", () => {
    const counted = new DecidedOperation().join("s2");
    expect(typesOf(counted.send(crash("s1", "s2")))).toEqual(["operation.crash-detected", "operation.cleanup-started"]);
    const contained = new DecidedOperation();
    contained.send({ kind: "join", joining: newSession("s2", { failOnCrash: false }) });
    expect(typesOf(contained.send(crash("s1", "s2")))).toEqual(["operation.crash-detected"]);
    const withCall = new DecidedOperation();
    withCall.send({ kind: "join", joining: newSession("s2", { failOnCrash: false }) });
    withCall.start("s2", "c1");
    expect(typesOf(withCall.send(crash("s1", "s2")))).toEqual(["operation.crash-detected", "call.crashed", "operation.cleanup-started"]);
  });

  it("of several is contained only when each one's is; of the initiator it is one like any other", () => {
    const operation = new DecidedOperation().join("s2", "s3").start("s2", "c1", false).start("s1", "c2");
    expect(operation.send(crash("s3", "s1", "s2"))).toMatchObject([
      { data: { sessions: ["s1", "s2"] } },
      { type: "call.crashed" },
      { type: "call.crashed" },
      { type: "operation.cleanup-started", data: { survivors: ["s3"], crashedCalls: ["c2"], reason: "p1, p2 crashed: their processes are gone" } },
    ]);
  });

  it("that leaves nobody but rescuers fails the operation, whatever its calls say", () => {
    const operation = new DecidedOperation().start("s1", "c1", false);
    operation.send({ kind: "join", joining: newSession("s2", { rescuer: true }) });
    expect(operation.send(crash("s2", "s1"))).toMatchObject([
      { type: "operation.crash-detected" },
      { type: "call.crashed" },
      { type: "operation.cleanup-started", data: { coordinator: "s2", survivors: [], crashedCalls: [] } },
    ]);
    expect(typesOf(operation.send({ kind: "finish-cleanup", session: "s2" }))).toEqual(["operation.failed"]);
  });
});

describe("a clean-up", () => {
  const cleaning = () => {
    const operation = new DecidedOperation().join("s2", "s3", "s4").start("s3", "c3").start("s4", "c4");
    operation.send(crash("s1", "s4"));
    return operation;
  };

  it("waits for no one that has reported, and ends what is open", () => {
    const operation = cleaning();
    expect(operation.send({ kind: "report-cleanup", session: "s2", problems: ["no"] })).toMatchObject([{ type: "participant.cleaned-up", data: { session: "s2", problems: ["no"] } }]);
    expect(operation.send({ kind: "report-cleanup", session: "s2", problems: [] })).toEqual([]);
    expect(operation.send({ kind: "finish-cleanup", session: "s2" }), "is not its coordinator").toEqual([]);
    operation.send({ kind: "report-cleanup", session: "s1", problems: [] });
    expect(operation.send({ kind: "finish-cleanup", session: "s1" })).toMatchObject([
      { type: "call.cancelled", data: { session: "s3", call: "c3", reason: "the operation failed" } },
      { type: "operation.failed", data: { reason: "p4 crashed: its process is gone", crashedCalls: ["c4"], sessions: ["s1", "s2", "s3"], unreported: ["s3"] } },
    ]);
    expect(operation.send({ kind: "finish-cleanup", session: "s1" })).toEqual([]);
    expect(operation.row).toMatchObject({ state: "failed", openSessions: [] });
  });

  it("whose coordinator dies goes on with who reports that, and no other", () => {
    const operation = cleaning();
    expect(operation.send({ kind: "take-over", session: "s2" }), "the coordinator lives").toEqual([]);
    expect(typesOf(operation.send(crash("s2", "s1")))).toEqual(["operation.crash-detected", "operation.coordinator-replaced"]);
    expect(operation.send(crash("s3", "s1"))).toEqual([]);
    expect(operation.row.cleanup).toMatchObject({ coordinator: "s2", survivors: ["s1", "s2", "s3"] });
    expect(typesOf(operation.send(crash("s2", "s3")))).toEqual(["operation.crash-detected", "call.crashed"]);
    operation.send({ kind: "report-cleanup", session: "s2", problems: [] });
    expect(operation.send({ kind: "finish-cleanup", session: "s2" })).toMatchObject([{ type: "operation.failed", data: { sessions: ["s2"], unreported: ["s1", "s3"] } }]);
  });

  it("is nothing to those that are in no clean-up", () => {
    const operation = new DecidedOperation();
    for (const command of [{ kind: "report-cleanup", session: "s1", problems: [] }, { kind: "take-over", session: "s1" }, { kind: "finish-cleanup", session: "s1" }] as const) {
      expect(operation.send(command)).toEqual([]);
    }
  });
});
