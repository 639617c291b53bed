import { describe, expect, it } from "vitest";
import type { EventCatalogue } from "../../../src/events/catalogue.js";
import type { RecordedEvent } from "../../../src/events/recorded-event.js";
import type { Json } from "../../../src/index.js";
import type { AnyKeyed, KeyedProjection } from "../../../src/projections/projection.js";
import { openCallsProjection } from "../../../src/projections/views/open-calls.js";
import { operationSessionsProjection } from "../../../src/projections/views/operation-sessions.js";
import { openCallsOf, operationsProjection } from "../../../src/projections/views/operations.js";
import { tempResourcesProjection } from "../../../src/projections/views/temp-resources.js";
import { foldRows, throughJson } from "./fold-rows.js";

let seq = 0;
function event<Type extends keyof EventCatalogue>(type: Type, data: EventCatalogue[Type], by = "w", more: Partial<RecordedEvent> = {}): RecordedEvent {
  seq += 1;
  return { seq, time: new Date(seq * 1000).toISOString(), stream: "operation/op", type, v: 1, data, by, ...more };
}
const created = () => event("operation.created", { initiator: "w", token: "0".repeat(64), description: "build" });
const joined = (session: string, by = "w") =>
  event("participant.joined", { session, host: "h", boot: "b", pidNamespace: "n", pid: 1, processStart: "1", nextWithinMs: 5, staleAfterMs: 15, failOnCrash: true }, by);
const started = (session: string, call: string) => event("call.started", { session, call, kind: "call", failOnCrash: true });
const cleanup = (coordinator: string, survivors: readonly string[]) => event("operation.cleanup-started", { coordinator, reason: "r", survivors, crashedCalls: [], withinMs: 10 });
const completed = (...sessions: readonly string[]) => event("operation.completed", { sessions });

const operation = (events: readonly RecordedEvent[]) => foldRows(operationsProjection, events).get("op");
const session = (events: readonly RecordedEvent[], id: string) => foldRows(operationSessionsProjection, events).get(`op/${id}`);

describe("the view of operations", () => {
  it("counts calls, and holds nothing that grows with them", () => {
    const few = operation([created(), joined("s1"), started("s1", "c1")]);
    const calls = Array.from({ length: 500 }, (_, index) => [started("s1", `c${index}`), event("call.ended", { session: "s1", call: `c${index}` })]).flat();
    const many = operation([created(), joined("s1"), ...calls, started("s1", "last")]);
    expect(many?.calls).toEqual({ started: 501, ended: 500, failed: 0, cancelled: 0, crashed: 0 });
    expect(many === undefined ? 0 : openCallsOf(many)).toBe(1);
    expect(JSON.stringify(many).length).toBeLessThan(JSON.stringify(few).length + 20);
  });

  it("knows who is in it, and who ever was", () => {
    const events = [created(), joined("s1"), joined("s2", "v"), joined("s3", "v"), event("participant.left", { session: "s2" }), event("operation.crash-detected", { sessions: ["s1"], evidence: "gone" })];
    expect(operation(events)).toMatchObject({ openSessions: ["s3"], sessions: 3, participants: ["w", "v"], state: "running" });
  });

  it("goes one way: a clean-up begins once, and what has ended stays as it was", () => {
    const failing = [created(), joined("s1"), joined("s2"), cleanup("s1", ["s1", "s2"]), cleanup("s2", []), event("participant.cleaned-up", { session: "s2" }), event("participant.cleaned-up", { session: "s2" })];
    expect(operation(failing)).toMatchObject({ state: "cleanup", cleanup: { coordinator: "s1", survivors: ["s1", "s2"], reported: ["s2"] } });
    const failed = [...failing, event("operation.failed", { reason: "r", crashedCalls: [], sessions: ["s1", "s2"], unreported: ["s1"] })];
    expect(operation(failed)).toMatchObject({ state: "failed", openSessions: [], ended: { reason: "r", unreported: ["s1"] } });
    const later = [completed(), joined("s9"), started("s9", "c9"), event("operation.abort-requested", {}), event("operation.coordinator-replaced", { coordinator: "s9", from: "s1" })];
    expect(operation([...failed, ...later])).toEqual(operation(failed));
  });

  it("has the flag of abort with who set it, until it is withdrawn", () => {
    const aborted = [created(), event("operation.abort-requested", { reason: "enough" }, "v")];
    expect(operation(aborted)?.aborted).toMatchObject({ by: "v", reason: "enough" });
    expect(operation([...aborted, event("operation.abort-withdrawn", {})])?.aborted).toBeUndefined();
  });

  it("tells the time of events that were imported as it was there", () => {
    const at = "2020-01-01T00:00:00.000Z";
    expect(operation([event("operation.created", { initiator: "w", token: "0".repeat(64) }, "w", { at })])?.time).toBe(at);
  });
});

describe("the view of sessions", () => {
  it("has the last sign of life, and what it promised", () => {
    const beat = event("heartbeat.recorded", { session: "s1", nextWithinMs: 7, staleAfterMs: 21 });
    expect(session([joined("s1"), beat], "s1")).toMatchObject({ operationId: "op", state: "open", participant: "w", beat: { seq: beat.seq, nextWithinMs: 7, staleAfterMs: 21 } });
  });

  it("revives nobody: not by a beat, not by another joining, not by an end", () => {
    const dead = [joined("s1"), started("s1", "c1"), event("operation.crash-detected", { sessions: ["s1"], evidence: "silent" })];
    expect(session(dead, "s1")).toMatchObject({ state: "crashed", openCalls: 1, over: { evidence: "silent" } });
    const beat = event("heartbeat.recorded", { session: "s1", nextWithinMs: 7, staleAfterMs: 21 });
    expect(session([...dead, beat, joined("s1"), event("participant.left", { session: "s1" }), completed("s1")], "s1")).toEqual(session(dead, "s1"));
    expect(session([...dead, event("call.crashed", { session: "s1", call: "c1" })], "s1")).toMatchObject({ state: "crashed", openCalls: 0 });
    expect(session([joined("s1"), completed("s1")], "s1")?.state).toBe("closed");
    expect(session([joined("s1"), event("participant.left", { session: "s1", signal: "SIGTERM" }), completed("s1")], "s1")).toMatchObject({ state: "left", over: { signal: "SIGTERM" } });
  });
});

describe("the view of open calls", () => {
  const rows = (events: readonly RecordedEvent[]) => [...foldRows(openCallsProjection, events).values()];

  it("has a row for each call that is open, with its worker, and none for one that is not", () => {
    const worker = [event("call.worker-started", { session: "s1", call: "c1", pid: 7, processStart: "5", command: ["cc"] })];
    expect(rows([started("s1", "c1"), ...worker])).toMatchObject([{ operationId: "op", call: "c1", session: "s1", participant: "w", worker: { pid: 7, processStart: "5" } }]);
    expect(rows([started("s1", "c1"), ...worker, event("call.worker-exited", { session: "s1", call: "c1", pid: 7 })])).toMatchObject([{ worker: { exited: true } }]);
    const ends = [event("call.ended", { session: "s1", call: "c1" }), event("call.failed", { session: "s1", call: "c1", error: { message: "no" } }), event("call.cancelled", { session: "s1", call: "c1" }), event("call.crashed", { session: "s1", call: "c1" })];
    for (const end of ends) expect(rows([started("s1", "c1"), started("s1", "c2"), end]).map(({ call }) => call)).toEqual(["c2"]);
    expect(rows([...worker, ...ends])).toEqual([]);
  });
});

describe("the view of temporary resources", () => {
  const rows = (events: readonly RecordedEvent[]) => [...foldRows(tempResourcesProjection, events).values()];
  const registered = (id: string, path: string) => event("operation.resource-registered", { session: id, path });
  const removed = (outcome: "removed" | "missing" | "failed" | "refused", problem?: string) =>
    event("operation.resource-removed", { session: "s1", path: "/t/x", outcome, ...(problem === undefined ? {} : { problem }) });

  it("has what is registered, each for its session, until it is released or gone", () => {
    expect(rows([registered("s1", "/t/x"), registered("s2", "/t/x"), event("operation.resource-released", { session: "s2", path: "/t/x" })])).toMatchObject([{ operationId: "op", path: "/t/x", session: "s1" }]);
    for (const outcome of ["removed", "missing"] as const) expect(rows([registered("s1", "/t/x"), removed(outcome)])).toEqual([]);
  });

  it("keeps what could not be removed, with the problem", () => {
    expect(rows([registered("s1", "/t/x"), removed("failed", "EACCES")])).toMatchObject([{ problem: "EACCES" }]);
    expect(rows([registered("s1", "/t/x"), removed("refused")])).toMatchObject([{ problem: "refused" }]);
    expect(rows([removed("failed")])).toEqual([]);
  });
});

describe("each of them", () => {
  const log = [
    created(), joined("s1"), joined("s2", "v"), started("s1", "c1"), started("s2", "c2"), event("operation.resource-registered", { session: "s2", path: "/t/x" }),
    event("heartbeat.recorded", { session: "s1", nextWithinMs: 5, staleAfterMs: 15 }), event("operation.crash-detected", { sessions: ["s2"], evidence: "gone", observer: "s1" }),
    event("call.crashed", { session: "s2", call: "c2" }), cleanup("s1", ["s1"]), event("participant.cleaned-up", { session: "s1" }),
    event("operation.resource-removed", { session: "s2", path: "/t/x", outcome: "failed", problem: "EIO" }), event("call.cancelled", { session: "s1", call: "c1" }),
    event("operation.failed", { reason: "r", crashedCalls: ["c2"], sessions: ["s1"] }), event("operation.logged", { level: "info", message: "m" }),
  ];
  const views = [operationsProjection, operationSessionsProjection, openCallsProjection, tempResourcesProjection] as readonly AnyKeyed[] as readonly KeyedProjection[];

  it.each(views.map((view) => [view.name, view] as const))("goes on from a snapshot as if there had been none: %s", (_, view) => {
    const whole = foldRows<Json>(view, log);
    for (let cut = 0; cut <= log.length; cut += 1) expect(foldRows<Json>(view, log.slice(cut), throughJson(foldRows<Json>(view, log.slice(0, cut))))).toEqual(whole);
  });

  it.each(views.map((view) => [view.name, view] as const))("takes events of other streams, and those of what was never there, for nothing: %s", (_, view) => {
    const elsewhere = log.map((one) => ({ ...one, stream: "run/train/0001" }));
    expect([...foldRows<Json>(view, elsewhere).keys()]).toEqual([]);
    const endsAlone = log.filter(({ type }) => !["operation.created", "participant.joined", "call.started", "operation.resource-registered"].includes(type));
    expect([...foldRows<Json>(view, endsAlone).keys()]).toEqual([]);
  });
});
