import { describe, expect, it } from "vitest";
import { maxEventBytes } from "../../../../src/events/limits.js";
import type { OperationNews } from "../../../../src/ledgers/operations/decide/view.js";
import { openCallsOf } from "../../../../src/projections/views/operations.js";
import { code, DecidedOperation, op, typesOf } from "../decided-operation.js";

const stream = `operation/${op}`;
const started = (session: string, call: string): OperationNews => ({ stream, type: "call.started", data: { session, call, kind: "call", failOnCrash: true } });
const sizeOf = (event: OperationNews): number => Buffer.byteLength(JSON.stringify(event));
/** What a line has beside its event. */
const envelope = 1024;

describe("what is longer than an event may be", () => {
  it("is cut: calls that crash, however many, fail their operation", () => {
    const operation = new DecidedOperation().join("s2");
    const calls = Array.from({ length: 9000 }, (_, index) => `c${index}`.padEnd(128, "x"));
    operation.append(calls.map((call) => started("s2", call)), "p2");
    const events = operation.send({ kind: "report-crash", session: "s1", crashed: ["s2"], evidence: "gone", cleanupWithinMs: 10 });
    expect(events.filter(({ type }) => type === "call.crashed")).toHaveLength(calls.length);
    const ended = operation.send({ kind: "finish-cleanup", session: "s1" });
    for (const event of [...events, ...ended]) expect(sizeOf(event) + envelope).toBeLessThan(maxEventBytes);
    expect(operation.row.state).toBe("failed");
    const told = operation.row.ended?.crashedCalls ?? [];
    expect(told.length).toBeGreaterThan(3000);
    expect(calls.slice(0, told.length)).toEqual(told);
  });

  it("is cut: problems of clean-ups, command lines, and what is told once more", () => {
    const long = "x".repeat(100_000);
    const operation = new DecidedOperation().join("s2").start("s1", "c1").start("s1", "c2");
    const command = ["cc", ...Array.from({ length: 20 }, () => long)];
    const worker = operation.send({ kind: "worker-started", session: "s1", call: "c1", pid: 7, processStart: "1", command });
    expect(worker).toMatchObject([{ data: { command: ["cc", "… 20 more"] } }]);
    operation.send({ kind: "report-crash", session: "s1", crashed: ["s2"], evidence: "gone", cleanupWithinMs: 10 });
    const [report] = operation.send({ kind: "report-cleanup", session: "s1", problems: Array.from({ length: 10_000 }, () => long) });
    expect(sizeOf(report as OperationNews) + envelope).toBeLessThan(maxEventBytes);
    const left = operation.send({ kind: "leave", session: "s1", cancelPendingCalls: true, reason: long });
    expect(left.filter(({ type }) => type === "call.cancelled").map(sizeOf).every((size) => size < 2000)).toBe(true);
    const aborted = new DecidedOperation();
    aborted.send({ kind: "request-abort", value: true, reason: long });
    expect(aborted.send({ kind: "leave", session: "s1" }).map(sizeOf).every((size) => size < 2000)).toBe(true);
  });
});

describe("a log that another writer has written in", () => {
  /** `c1` has ended twice. */
  const closedTwice = () => {
    const operation = new DecidedOperation().join("s2").start("s2", "c1", false);
    operation.send({ kind: "report-crash", session: "s1", crashed: ["s2"], evidence: "silent", cleanupWithinMs: 10 });
    operation.append([{ stream, type: "call.ended", data: { session: "s2", call: "c1" } }], "p2");
    return operation;
  };

  it("hides no call that is open", () => {
    const operation = closedTwice().start("s1", "c2");
    expect(code(() => operation.send({ kind: "leave", session: "s1" }))).toBe("CALLS_OPEN");
    expect(code(() => operation.send({ kind: "complete", session: "s1" }))).toBe("CALLS_OPEN");
    expect(typesOf(operation.send({ kind: "complete", session: "s1", force: true }))).toEqual(["call.cancelled", "operation.completed"]);
    expect(openCallsOf(operation.row)).toBe(0);
  });

  it("ends no call of an operation that has ended", () => {
    const operation = closedTwice();
    operation.send({ kind: "complete", session: "s1" });
    operation.append([started("s1", "c9")], "p1");
    for (const kind of ["end-call", "cancel-call"] as const) expect(code(() => operation.send({ kind, session: "s1", call: "c9" }))).toBe("CALL_SETTLED");
    expect(code(() => operation.send({ kind: "fail-call", session: "s1", call: "c9", error: { message: "no" }, cleanupWithinMs: 10 }))).toBe("CALL_SETTLED");
  });
});
