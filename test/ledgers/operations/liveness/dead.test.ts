import { expect, test } from "vitest";
import { resourcesToRemove } from "../../../../src/ledgers/operations/liveness/clean-for-dead.js";
import { killWorker, orphanWorkers } from "../../../../src/ledgers/operations/liveness/orphan-workers.js";
import { rescueNeed } from "../../../../src/ledgers/operations/liveness/rescue.js";
import type { OpenCallRow } from "../../../../src/projections/views/open-calls.js";
import type { SessionRow } from "../../../../src/projections/views/operation-sessions.js";
import type { TempResourceRow } from "../../../../src/projections/views/temp-resources.js";
import type { ProcessIdentity } from "../../../../src/ledgers/runs/process-identity.js";
import { DecidedOperation, op } from "../decided-operation.js";

const time = "2026-11-28T08:00:00.000Z";
const session = (name: string, state: SessionRow["state"], pid: number): SessionRow => ({
  operationId: "op", session: name, participant: "p", initiator: false, rescuer: false, failOnCrash: true, host: "h", boot: "b", pidNamespace: "n", pid, processStart: "9", joined: { seq: 1, time },
  beat: { seq: 1, time, nextWithinMs: 1, staleAfterMs: 2 }, state, openCalls: 0,
});
const resource = (name: string, path: string): TempResourceRow => ({ operationId: "op", path, session: name, seq: 1, time });
/** Processes with an odd pid are gone. */
const sees = ({ pid }: ProcessIdentity) => (pid % 2 === 1 ? "gone" : "running");
const owners = new Map([session("dead", "crashed", 1), session("stopped", "crashed", 2), session("unreported", "open", 3), session("left", "left", 5), session("alive", "open", 4)].map((row) => [`op/${row.session}`, row]));

test("resources go whose session is over and whose process is gone: not of one that is only silent, open, or unknown", () => {
  const rows = ["dead", "stopped", "unreported", "left", "alive", "imported"].map((name) => resource(name, `/t/${name}`));
  expect(resourcesToRemove(rows, owners, sees).map((row) => row.session)).toEqual(["dead", "left"]);
});

test("a path that somebody else has registered too stays for him, also where one lies in the other", () => {
  const rows = [resource("dead", "/t/a"), resource("dead", "/t/b"), resource("dead", "/t/c/d"), resource("dead", "/t/bb"), resource("alive", "/t/a"), resource("alive", "/t/b/below"), resource("alive", "/t/c")];
  expect(resourcesToRemove(rows, owners, sees).map((row) => row.path)).toEqual(["/t/bb"]);
  expect(resourcesToRemove([resource("dead", "/t/a"), resource("left", "/t/a")], owners, sees)).toHaveLength(2);
});

test("orphans are running workers of gone sessions, told from later processes by their start", () => {
  const call = (name: string, of: string, worker?: OpenCallRow["worker"]): OpenCallRow => ({ operationId: "op", call: name, session: of, participant: "p", kind: "worker", failOnCrash: true, seq: 1, time, ...(worker === undefined ? {} : { worker }) });
  const at = (pid: number, more = {}): NonNullable<OpenCallRow["worker"]> => ({ pid, processStart: "5", command: ["x"], ...more });
  const calls = [call("runs", "dead", at(20)), call("ended", "dead", at(21)), call("exited", "dead", at(22, { exited: true })), call("unknown", "dead", at(24, { processStart: "" })), call("other", "alive", at(26)), call("none", "dead")];
  expect(orphanWorkers(calls, [session("dead", "open", 1)], sees).map((row) => row.call)).toEqual(["runs"]);
  expect(killWorker(0)).toBe(false);
  expect(killWorker(1)).toBe(false);
});

test("an operation is rescued at once when all are gone, observed when only silence can tell, and else left alone", () => {
  const need = (operation: DecidedOperation, gone: readonly string[]) => {
    const { row, states } = operation;
    const sessions = row.openSessions.flatMap((name) => states["operation-sessions"].get(`${op}/${name}`) ?? []);
    return rescueNeed(row, sessions, ({ pid }) => (gone.includes(`s${pid - 100}`) ? "gone" : "unseen"));
  };
  const running = new DecidedOperation().join("s2");
  expect(need(running, ["s1", "s2"])).toBe("now");
  expect(need(running, ["s1"])).toBe("observe");
  running.send({ kind: "leave", session: "s1" });
  running.send({ kind: "leave", session: "s2" });
  expect(need(running, [])).toBe("nothing");
  const failing = new DecidedOperation().join("s2").start("s1", "c1");
  failing.send({ kind: "fail-call", session: "s1", call: "c1", error: { message: "no" }, cleanupWithinMs: 10 });
  expect(need(failing, ["s1", "s2"])).toBe("now");
  failing.send({ kind: "finish-cleanup", session: "s1" });
  expect(need(failing, ["s1", "s2"])).toBe("nothing");
});

test("a beat that came behind the observer's look refutes its report of a silence", () => {
  const operation = new DecidedOperation().join("s2", "s3");
  const seen = operation.states["operation-sessions"].get(`${op}/s2`)?.beat.seq ?? 0;
  operation.send({ kind: "beat", session: "s2", nextWithinMs: 1, staleAfterMs: 2 });
  const report = { kind: "report-crash", session: "s1", crashed: ["s2"], evidence: "silent", cleanupWithinMs: 10 } as const;
  expect(operation.send({ ...report, lastBeats: { s2: seen } })).toEqual([]);
  expect(operation.send({ ...report, lastBeats: { s2: operation.events.length } }).map(({ type }) => type)).toEqual(["operation.crash-detected", "operation.cleanup-started"]);
});
