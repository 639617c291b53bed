import fc from "fast-check";
import { expect, test } from "vitest";
import "../../../support/fast-check-seed.js";
import { EventRegistry } from "../../../../src/events/validation.js";
import type { CatalogueEvent } from "../../../../src/events/catalogue.js";
import type { OperationCommand } from "../../../../src/ledgers/operations/commands.js";
import { operationEventTypes } from "../../../../src/projections/views/operations.js";
import { code, DecidedOperation, newSession, op } from "../decided-operation.js";

const session = fc.constantFrom("s1", "s2", "s3", "s4", "s5");
/** Calls are numbered as they start; many are settled, or not there yet. */
const call = fc.integer({ min: 1, max: 10 }).map((n) => `c${n}`);
const path = fc.constantFrom("/tmp/a", "/tmp/b");

/** `start-call` names no call: each is a new one. "end" is asked for by the session whose clean-up it is. */
const command: fc.Arbitrary<OperationCommand | "start" | "start-contained" | "end" | "owner-fails" | "owner-ends"> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("start" as const, "start-contained" as const) },
  { weight: 5, arbitrary: fc.constantFrom("end" as const, "owner-fails" as const, "owner-ends" as const, "owner-ends" as const) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("join" as const), joining: fc.tuple(session, fc.boolean(), fc.constantFrom(false, false, true)).map(([id, failOnCrash, rescuer]) => newSession(id, { failOnCrash, rescuer })) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("end-call" as const), session, call }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("fail-call" as const), session, call, error: fc.constant({ message: "no" }), cleanupWithinMs: fc.constant(10) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel-call" as const), session, call }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("worker-started" as const), session, call, pid: fc.constant(7), processStart: fc.constant("1"), command: fc.constant(["cc"]) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("worker-exited" as const), session, call, pid: fc.constant(7), exitCode: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("register-resource" as const, "release-resource" as const), session, path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("resource-removed" as const), owner: session, path, outcome: fc.constantFrom("removed" as const, "failed" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("beat" as const), session, nextWithinMs: fc.constant(5), staleAfterMs: fc.constant(15) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("leave" as const), session, cancelPendingCalls: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("report-crash" as const), session, crashed: fc.uniqueArray(session, { maxLength: 3 }), evidence: fc.constantFrom("gone" as const, "silent" as const), cleanupWithinMs: fc.constant(10) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("report-cleanup" as const), session, problems: fc.constant([]) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("take-over" as const, "finish-cleanup" as const), session }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("complete" as const), session: fc.constantFrom("s1", "s1", "s1", "s2"), force: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("request-abort" as const), value: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("log" as const), level: fc.constant("info" as const), message: fc.constant("m"), session }) },
);

/** A command that fits where the operation stands: what is drawn alone seldom gets far. */
function meant({ row, states }: DecidedOperation, asked: string, who: string, number: number): OperationCommand {
  const call = [...states["open-calls"].values()].find(({ session: owner }) => owner === who)?.call ?? "c1";
  if (asked === "end") return { kind: "finish-cleanup", session: row.cleanup?.coordinator ?? who };
  if (asked === "owner-ends") return { kind: "end-call", session: who, call };
  if (asked === "owner-fails") return { kind: "fail-call", session: who, call, error: { message: "no" }, cleanupWithinMs: 10 };
  return { kind: "start-call", session: who, call: `c${number}`, callKind: "call", failOnCrash: asked === "start" };
}

const refusals = ["CALL_SETTLED", "CALLS_OPEN", "INVALID_OPTION", "NOT_INITIATOR", "OPERATION_CLOSED", "SESSION_EXPIRED", "SESSION_INACTIVE", "nothing thrown"];
const closings = ["call.ended", "call.failed", "call.cancelled", "call.crashed"];
const afterTheEnd = ["operation.logged", "operation.resource-released", "operation.resource-removed"];

test("whatever sessions ask for in whatever order, an operation and its calls go one way", async () => {
  const registry = new EventRegistry();
  await registry.ready(operationEventTypes);
  const reached = { completed: 0, failed: 0, running: 0, cleanup: 0 };
  fc.assert(
    fc.property(fc.array(fc.tuple(command, session), { minLength: 1, maxLength: 60, size: "max" }), (commands) => {
      const operation = new DecidedOperation().join("s2", "s3");
      let calls = 0;
      for (const [asked, who] of commands) {
        const before = operation.events.length;
        const one = typeof asked === "string" ? meant(operation, asked, who, calls + 1) : asked;
        expect(refusals).toContain(code(() => operation.send(one)));
        if (one.kind === "start-call" && operation.events.length > before) calls += 1;
        checkViews(operation);
      }
      checkHistory(operation, registry);
      reached[operation.row.state] += 1;
    }),
  );
  // Else the property would speak of nothing. Each comes more than ten times in the hundred runs that there are by default.
  if (process.env["FAST_CHECK_RUNS"] === undefined) expect(Math.min(...Object.values(reached))).toBeGreaterThan(0);
});

/** What the views say fits together, after every command. */
function checkViews({ states, row }: DecidedOperation): void {
  const sessions = [...states["operation-sessions"].values()];
  const open = [...states["open-calls"].values()];
  expect(new Set(sessions.filter(({ state }) => state === "open").map(({ session: id }) => id))).toEqual(new Set(row.openSessions));
  expect(row.calls.started - row.calls.ended - row.calls.failed - row.calls.cancelled - row.calls.crashed).toBe(open.length);
  for (const one of sessions) expect(open.filter(({ session: owner }) => owner === one.session)).toHaveLength(one.openCalls);
  for (const { session: owner } of open) expect(row.openSessions).toContain(owner);
  // Somebody is there to end it.
  if (row.state === "cleanup") expect(row.openSessions).toContain(row.cleanup?.coordinator);
  expect(row.ended === undefined).toBe(row.state === "running" || row.state === "cleanup");
}

/** What the events say, in their order. */
function checkHistory(operation: DecidedOperation, registry: EventRegistry): void {
  const events = operation.events as CatalogueEvent[];
  const started = new Set<string>();
  const closed = new Set<string>();
  const over = new Map<string, string>();
  let ended = false;
  let cleaning = 0;
  for (const event of events) {
    registry.validate(event);
    const { type, data } = event;
    if (ended) expect(afterTheEnd).toContain(type);
    if (type === "call.started") {
      expect(started).not.toContain(data.call);
      started.add(data.call);
    } else if (closings.includes(type)) {
      const { call: id } = data as unknown as { readonly call: string };
      expect(started).toContain(id);
      expect(closed).not.toContain(id);
      closed.add(id);
    } else if (type === "operation.cleanup-started") cleaning += 1;
    const own = (data as { readonly session?: string }).session;
    // What others append about the dead is in the name of their sessions; what they append themselves is refused.
    if (own !== undefined && over.has(own) && type !== "call.crashed" && type !== "operation.resource-removed") expect([over.get(own), type]).toEqual(["left", "operation.resource-released"]);
    if (type === "participant.left") over.set(data.session, "left");
    if (type === "operation.crash-detected") for (const one of data.sessions) over.set(one, "crashed");
    if (type === "operation.failed" || type === "operation.completed") {
      ended = true;
      expect(closed.size).toBe(started.size);
      expect(type === "operation.completed" ? cleaning : 0).toBe(0);
    }
  }
  expect(cleaning).toBeLessThanOrEqual(1);
  expect(events.filter(({ type }) => type === "operation.created" || type === "operation.failed" || type === "operation.completed").length).toBe(ended ? 2 : 1);
  expect(operation.states["open-calls"].size).toBe(started.size - closed.size);
  expect([...operation.states["open-calls"].keys()].every((key) => key.startsWith(`${op}/`))).toBe(true);
}
