import { describe, expect, it } from "vitest";
import type { OperationCommand } from "../../../../src/ledgers/operations/commands.js";
import { code, DecidedOperation, newSession, op, tokenHash, typesOf } from "../decided-operation.js";

const beat = (session: string): OperationCommand => ({ kind: "beat", session, nextWithinMs: 5500, staleAfterMs: 15_000 });

describe("creating an operation", () => {
  it("makes it and the initiator's session in one append", () => {
    const operation = new DecidedOperation(false);
    const events = operation.send({ kind: "create", initiator: "p1", token: tokenHash, description: "build", first: newSession("s1") });
    expect(events).toMatchObject([
      { stream: `operation/${op}`, type: "operation.created", data: { initiator: "p1", token: tokenHash, description: "build" } },
      { type: "participant.joined", data: { session: "s1", initiator: true, failOnCrash: true } },
    ]);
    expect(operation.row).toMatchObject({ state: "running", openSessions: ["s1"], sessions: 1 });
  });

  it("is nothing when repeated, and refused to another one with the same id", () => {
    const operation = new DecidedOperation();
    const create = (token: string): OperationCommand => ({ kind: "create", initiator: "p1", token, first: newSession("s1") });
    expect(operation.send(create(tokenHash))).toEqual([]);
    expect(code(() => operation.send(create("0".repeat(64))))).toBe("INVALID_OPTION");
    expect(code(() => operation.send({ kind: "create", initiator: "p1", token: tokenHash, first: newSession("s1") }, "p2"))).toBe("INVALID_OPTION");
    expect(code(() => operation.send({ kind: "create", initiator: "p1", token: tokenHash, first: newSession("s2") }, "p1")), "whose session is not there").toBe("INVALID_OPTION");
  });
});

describe("joining an operation", () => {
  it("is a session of its own each time, and once each", () => {
    const operation = new DecidedOperation();
    expect(typesOf(operation.send({ kind: "join", joining: newSession("s2") }))).toEqual(["participant.joined"]);
    expect(operation.send({ kind: "join", joining: newSession("s2") })).toEqual([]);
    expect(code(() => operation.send({ kind: "join", joining: newSession("s2") }, "p3"))).toBe("INVALID_OPTION");
    operation.send({ kind: "leave", session: "s2" });
    expect(code(() => operation.send({ kind: "join", joining: newSession("s2") }))).toBe("INVALID_OPTION");
    expect(operation.join("s3").row).toMatchObject({ openSessions: ["s1", "s3"], sessions: 3 });
  });

  it("is refused in cleanup, but to a rescuer; after the end to everybody", () => {
    const operation = new DecidedOperation().start("s1", "c1");
    operation.send({ kind: "fail-call", session: "s1", call: "c1", error: { message: "no" }, cleanupWithinMs: 10 });
    expect(code(() => operation.join("s2"))).toBe("OPERATION_CLOSED");
    operation.send({ kind: "join", joining: newSession("s3", { rescuer: true }) });
    operation.send({ kind: "finish-cleanup", session: "s1" });
    expect(operation.row.state).toBe("failed");
    expect(code(() => operation.send({ kind: "join", joining: newSession("s4", { rescuer: true }) }))).toBe("OPERATION_CLOSED");
  });

  it("of what is not there is refused", () => {
    const nothing = new DecidedOperation(false);
    for (const command of [beat("s1"), { kind: "join", joining: newSession("s1") }, { kind: "log", level: "info", message: "m" }] as const) {
      expect(code(() => nothing.send(command))).toBe("OPERATION_NOT_FOUND");
    }
  });
});

describe("a session", () => {
  const commands = (session: string): OperationCommand[] => [
    beat(session),
    { kind: "start-call", session, call: "c9", callKind: "call", failOnCrash: true },
    { kind: "end-call", session, call: "c1" },
    { kind: "register-resource", session, path: "/tmp/x" },
    { kind: "report-crash", session, crashed: ["s1"], evidence: "gone", cleanupWithinMs: 1 },
    { kind: "report-cleanup", session, problems: [] },
    { kind: "take-over", session },
    { kind: "finish-cleanup", session },
    { kind: "request-abort", value: true, session },
    { kind: "log", level: "info", message: "m", session },
    { kind: "worker-exited", session, call: "c1", pid: 1, exitCode: 0 },
    { kind: "complete", session },
  ];

  it("that was declared crashed is refused everything, and revives no call", () => {
    const operation = new DecidedOperation().join("s2").start("s2", "c1", false);
    operation.send({ kind: "report-crash", session: "s1", crashed: ["s2"], evidence: "silent", cleanupWithinMs: 10 });
    expect(operation.row.state).toBe("running");
    for (const command of [...commands("s2"), { kind: "leave", session: "s2" }, { kind: "release-resource", session: "s2", path: "/tmp/x" }] as const) {
      expect([command.kind, code(() => operation.send(command))]).toEqual([command.kind, "SESSION_EXPIRED"]);
    }
  });

  it("that was left is not active any more", () => {
    const operation = new DecidedOperation().join("s2");
    operation.send({ kind: "leave", session: "s2", reason: "done" });
    for (const command of [...commands("s2"), { kind: "leave", session: "s2" }] as const) {
      expect([command.kind, code(() => operation.send(command))]).toEqual([command.kind, "SESSION_INACTIVE"]);
    }
    for (const command of commands("nobody")) expect([command.kind, code(() => operation.send(command))]).toEqual([command.kind, "SESSION_INACTIVE"]);
  });

  it("of an operation that has ended begins nothing, and its bookkeeping is nothing", () => {
    const operation = new DecidedOperation().join("s2");
    operation.send({ kind: "complete", session: "s1" });
    const answers = commands("s2").map((command) => [command.kind, code(() => expect(typesOf(operation.send(command))).toEqual(command.kind === "log" ? ["operation.logged"] : []))]);
    expect(Object.fromEntries(answers)).toEqual({
      beat: "OPERATION_CLOSED",
      "start-call": "OPERATION_CLOSED",
      "end-call": "CALL_SETTLED",
      "register-resource": "OPERATION_CLOSED",
      "report-crash": "nothing thrown",
      "report-cleanup": "nothing thrown",
      "take-over": "nothing thrown",
      "finish-cleanup": "nothing thrown",
      "request-abort": "OPERATION_CLOSED",
      log: "nothing thrown",
      "worker-exited": "nothing thrown",
      complete: "NOT_INITIATOR",
    });
    expect(operation.send({ kind: "leave", session: "s2" })).toEqual([]);
  });

  it("is spoken for by its own participant alone", () => {
    const operation = new DecidedOperation().join("s2");
    expect(code(() => operation.send(beat("s2"), "p1"))).toBe("INVALID_OPTION");
    expect(code(() => operation.send({ kind: "leave", session: "s1" }, "p2"))).toBe("INVALID_OPTION");
  });
});

describe("leaving", () => {
  it("names the session's open calls, or cancels them in the same append", () => {
    const operation = new DecidedOperation().join("s2").start("s1", "c0").start("s2", "c1").start("s2", "c2");
    expect(() => operation.send({ kind: "leave", session: "s2" })).toThrowError(expect.objectContaining({ code: "CALLS_OPEN", calls: ["c1", "c2"] }));
    const events = operation.send({ kind: "leave", session: "s2", cancelPendingCalls: true, reason: "tired", signal: "SIGTERM" });
    expect(events).toMatchObject([
      { type: "call.cancelled", data: { session: "s2", call: "c1", reason: "tired" } },
      { type: "call.cancelled", data: { call: "c2" } },
      { type: "participant.left", data: { session: "s2", reason: "tired", signal: "SIGTERM" } },
    ]);
    expect(operation.row).toMatchObject({ state: "running", openSessions: ["s1"], calls: { started: 3, cancelled: 2 } });
    expect([...operation.states["open-calls"].entries()].map(([key]) => key)).toEqual([`${op}/c0`]);
  });

  it("hands a clean-up over, and the last to leave ends it", () => {
    const operation = new DecidedOperation().join("s2", "s3").start("s1", "c1");
    operation.send({ kind: "fail-call", session: "s1", call: "c1", error: { message: "no" }, cleanupWithinMs: 10 });
    expect(typesOf(operation.send({ kind: "leave", session: "s1" }))).toEqual(["participant.left", "operation.coordinator-replaced"]);
    expect(operation.row.cleanup).toMatchObject({ coordinator: "s2" });
    expect(typesOf(operation.send({ kind: "leave", session: "s3" }))).toEqual(["participant.left"]);
    operation.send({ kind: "report-cleanup", session: "s2", problems: [] });
    const last = operation.send({ kind: "leave", session: "s2" });
    expect(last).toMatchObject([{ type: "participant.left" }, { type: "operation.failed", data: { reason: "Call c1 failed: no", sessions: [], unreported: ["s1", "s3"] } }]);
  });

  it("leaves an operation running for who has its token, but ends one that was aborted", () => {
    const waiting = new DecidedOperation();
    waiting.send({ kind: "leave", session: "s1" });
    expect(waiting.row).toMatchObject({ state: "running", openSessions: [] });
    const aborted = new DecidedOperation();
    aborted.send({ kind: "request-abort", value: true, session: "s1", reason: "enough" });
    expect(aborted.send({ kind: "leave", session: "s1" })).toMatchObject([{ type: "participant.left" }, { type: "operation.failed", data: { reason: "aborted: enough" } }]);
  });
});

describe("an operation whose initiator has crashed, with what it held contained", () => {
  const deserted = (): DecidedOperation => {
    const operation = new DecidedOperation().join("s2").join("s3");
    operation.send({ kind: "start-call", session: "s1", call: "c1", callKind: "call", failOnCrash: false });
    operation.send({ kind: "report-crash", session: "s2", crashed: ["s1"], evidence: "gone", cleanupWithinMs: 1000 });
    return operation;
  };

  it("goes on as long as somebody is in it, and fails with the last who leaves: nobody would complete it", () => {
    const operation = deserted();
    expect(typesOf(operation.send({ kind: "leave", session: "s2" }))).toEqual(["participant.left"]);
    expect(operation.row.state).toBe("running");
    expect(typesOf(operation.send({ kind: "leave", session: "s3" }))).toEqual(["participant.left", "operation.failed"]);
    expect(operation.row).toMatchObject({ state: "failed", ended: { reason: "its initiator p1 crashed, and everybody else has left" } });
  });

  it("stays running when the initiator has left by its own word: who has the token may complete it later", () => {
    const operation = new DecidedOperation().join("s2");
    operation.send({ kind: "leave", session: "s1" });
    expect(typesOf(operation.send({ kind: "leave", session: "s2" }))).toEqual(["participant.left"]);
    expect(operation.row.state).toBe("running");
  });
});
