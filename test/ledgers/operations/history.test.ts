import { describe, expect, it } from "vitest";
import { HistoryFold } from "../../../src/ledgers/operations/history/operation-history.js";
import { operationInfo } from "../../../src/ledgers/operations/history/operation-info.js";
import { selectOperations } from "../../../src/ledgers/operations/history/operation-query.js";
import type { OperationQuery } from "../../../src/ledgers/operations/history/operation-query.js";
import { readHistory } from "../../../src/ledgers/operations/history/read-history.js";
import { LocalTransport } from "../../../src/ledgers/operations/local/local-transport.js";
import { temporaryBook } from "../runs/temporary-book.js";
import { DecidedOperation, newSession, op, tokenHash } from "./decided-operation.js";

const folded = (operation: DecidedOperation, until = Infinity) => {
  const fold = new HistoryFold(op);
  for (const event of operation.events) if (event.seq <= until) fold.take(event);
  return fold.history;
};

/** Two sessions; one dies with calls open, the operation fails. */
function failedOperation(): DecidedOperation {
  const operation = new DecidedOperation().join("s2").start("s1", "c1").start("s2", "c2").start("s2", "c3", false).start("s1", "c4", false);
  operation.send({ kind: "worker-started", session: "s1", call: "c1", pid: 7, processStart: "1", command: ["cc", "a.c"] });
  operation.send({ kind: "worker-exited", session: "s1", call: "c1", pid: 7, exitCode: 2 });
  operation.send({ kind: "end-call", session: "s1", call: "c1", result: [1], replaced: { message: "no" } });
  operation.send({ kind: "fail-call", session: "s1", call: "c4", error: { message: "bad" }, cleanupWithinMs: 5 });
  operation.send({ kind: "log", level: "warning", message: "slow", session: "s1" });
  operation.send({ kind: "log", level: "info", message: "hello" });
  operation.send({ kind: "register-resource", session: "s2", path: "/tmp/x" });
  operation.send({ kind: "report-crash", session: "s1", crashed: ["s2"], evidence: "silent", cleanupWithinMs: 5 });
  operation.send({ kind: "finish-cleanup", session: "s1" });
  return operation;
}

describe("the history of an operation", () => {
  it("has every call with what became of it", () => {
    expect(folded(failedOperation())?.calls).toMatchObject([
      { callId: "c1", participant: "p1", outcome: "ended", result: [1], error: { message: "no" }, elapsedMs: 6000, workers: [{ pid: 7, command: ["cc", "a.c"], exitCode: 2 }] },
      { callId: "c2", participant: "p2", outcome: "crashed", workers: [] },
      { callId: "c3", outcome: "crashed", failOnCrash: false },
      { callId: "c4", outcome: "failed", error: { message: "bad" } },
    ]);
  });

  it("has sessions, log, crashes, what is left of resources, and why it failed", () => {
    const history = folded(failedOperation());
    expect(history).toMatchObject({
      operation: {
        state: "failed",
        participants: ["p1", "p2"],
        sessions: 2,
        openSessions: [],
        calls: { started: 4, ended: 1, failed: 1, crashed: 2, cancelled: 0, open: 0 },
        failure: { reason: "p2 crashed: silent for longer than promised", crashedCalls: ["c2"], coordinator: "s1", unreported: ["s1"] },
      },
      sessions: [{ session: "s1", state: "closed", initiator: true }, { session: "s2", state: "crashed", over: { evidence: "silent" } }],
      log: [{ level: "warning", message: "slow", participant: "p1", session: "s1" }, { level: "info", message: "hello", participant: "outside" }],
      crashes: [{ sessions: ["s2"], evidence: "silent", observer: "s1" }],
      resources: [{ path: "/tmp/x", session: "s2" }],
    });
    expect(JSON.stringify(history)).not.toContain(tokenHash);
  });

  it("can be had as of each of its events, and says the same as the views", () => {
    const operation = failedOperation();
    expect(folded(operation, 0)).toBeUndefined();
    expect(folded(operation, 2)).toMatchObject({ operation: { state: "running", sessions: 1 }, calls: [] });
    const history = folded(operation);
    expect(history?.operation).toEqual(operationInfo(operation.row));
    expect(history?.sessions).toEqual([...operation.states["operation-sessions"].values()]);
    expect(history?.resources).toEqual([...operation.states["temp-resources"].values()]);
  });

  it("leaves calls closed that were, and knows of none that never started", () => {
    const operation = new DecidedOperation().start("s1", "c1");
    operation.send({ kind: "end-call", session: "s1", call: "c1" });
    operation.append([{ stream: `operation/${op}`, type: "call.failed", data: { session: "s1", call: "c1", error: { message: "late" } } }, { stream: `operation/${op}`, type: "call.ended", data: { session: "s1", call: "c9" } }], "p1");
    expect(folded(operation)?.calls).toMatchObject([{ callId: "c1", outcome: "ended" }]);
  });

  it("is read from the log, of this operation alone", async () => {
    const transport = await LocalTransport.open(await temporaryBook());
    const create = (session: string) => ({ kind: "create", initiator: "tester", token: tokenHash, first: newSession(session) }) as const;
    await transport.send("a", create("s1"));
    await transport.send("b", create("s2"));
    await transport.send("a", { kind: "log", level: "info", message: "m" });
    expect(await readHistory(transport, "a")).toMatchObject({ operation: { operationId: "a" }, sessions: [{ session: "s1" }], log: [{ message: "m" }] });
    await expect(readHistory(transport, "c")).rejects.toMatchObject({ code: "OPERATION_NOT_FOUND" });
  });
});

describe("choosing operations", () => {
  const rows = (["a", "b", "c"] as const).map((operationId, index) => {
    const operation = new DecidedOperation();
    if (index === 1) operation.join("s2");
    if (index === 1) operation.send({ kind: "request-abort", value: true, session: "s2" });
    if (index === 2) operation.send({ kind: "complete", session: "s1" });
    return { ...operation.row, operationId, time: `2026-11-2${index + 1}T12:00:00.000Z` };
  });
  const chosen = (query?: OperationQuery) => selectOperations(rows, query).map(({ operationId }) => operationId).join("");

  it("gives the newest first, by any of what is asked", () => {
    expect(chosen()).toBe("cba");
    expect(chosen({ limit: 2 })).toBe("cb");
    expect(chosen({ state: "running" })).toBe("ba");
    expect(chosen({ state: ["completed", "failed"] })).toBe("c");
    expect(chosen({ participant: "p2" })).toBe("b");
    expect(chosen({ initiator: "p1", limit: 1 })).toBe("c");
    expect(chosen({ initiator: "p2" })).toBe("");
    expect(chosen({ aborted: true })).toBe("b");
    expect(chosen({ aborted: false, state: "running" })).toBe("a");
    expect(chosen({ since: "2026-11-22T12:00:00Z" })).toBe("cb");
    expect(chosen({ since: new Date("2026-11-22T12:00:00.001Z") })).toBe("c");
    expect(chosen({ until: "2026-11-22T12:00:00.000Z" })).toBe("ba");
  });

  it("refuses what is no choice, and names the field", () => {
    const wrong: readonly (readonly [string, unknown])[] = [["state", "done"], ["state", ["running", 1]], ["aborted", 1], ["limit", 0], ["since", "soon"], ["until", 7], ["who", "x"]];
    for (const [field, value] of wrong) expect(() => selectOperations(rows, { [field]: value }), field).toThrowError(expect.objectContaining({ code: "INVALID_OPTION", field }));
    expect(() => selectOperations(rows, { participant: "a/b" })).toThrowError(expect.objectContaining({ code: "INVALID_ID" }));
    expect(() => selectOperations(rows, null as never)).toThrowError(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
