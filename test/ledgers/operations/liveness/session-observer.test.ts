import { expect, test } from "vitest";
import { hostAgent, SessionObserver } from "../../../../src/ledgers/operations/liveness/session-observer.js";
import type { SessionRow } from "../../../../src/projections/views/operation-sessions.js";

const row = (session: string, more: Partial<SessionRow> = {}, beatSeq = 1): SessionRow => ({
  operationId: "op", session, participant: session.replace("s", "p"), initiator: false, rescuer: false, failOnCrash: true, host: "h", boot: "b", pidNamespace: "n", pid: 7, processStart: "9",
  joined: { seq: Number(session.slice(1)), time: "2026-11-28T08:00:00.000Z" }, beat: { seq: beatSeq, time: "2026-11-28T08:00:00.000Z", nextWithinMs: 100, staleAfterMs: 300 }, state: "open", openCalls: 0, ...more,
});
const running = (): "running" => "running";
const names = (rows: readonly SessionRow[]): string[] => rows.map(({ session }) => session);

test("a session is silent once no new beat was seen for longer than it had promised; its clock says nothing", () => {
  const observer = new SessionObserver(["s1"]);
  // An hour ahead, an hour behind.
  const [ahead, behind] = [{ beat: { ...row("s2").beat, time: "2026-11-28T09:00:00.000Z" } }, { beat: { ...row("s3").beat, time: "2026-11-28T07:00:00.000Z" } }];
  observer.saw([row("s1"), row("s2", ahead), row("s3", behind)], 0);
  expect(observer.judge(300, running)).toEqual({ gone: [], silent: [] });
  observer.saw([row("s1"), row("s2", ahead), row("s3", { beat: { ...behind.beat, seq: 2 } })], 290);
  expect(names(observer.judge(301, running).silent)).toEqual(["s2"]);
  expect(observer.silenceOf("s3", 301)).toBe(11);
  expect(names(observer.judge(591, running).silent)).toEqual(["s2", "s3"]);
});

test("a process that does not exist any more is gone at once; sessions that are over, and one's own, are not judged", () => {
  const observer = new SessionObserver(["s1"]);
  observer.saw([row("s1"), row("s2", { pid: 8 }), row("s3"), row("s4", { state: "left" })], 0);
  const { gone, silent } = observer.judge(1, ({ pid }) => (pid === 8 ? "gone" : "running"));
  expect([names(gone), silent]).toEqual([["s2"], []]);
  observer.saw([row("s1")], 2);
  expect(observer.judge(10_000, () => "gone")).toEqual({ gone: [], silent: [] });
});

test("what an observer was held up for is nobody's silence; where it is more than half of what a session may be silent, that one is counted anew", () => {
  const observer = new SessionObserver();
  const patient = { beat: { ...row("s2").beat, staleAfterMs: 3000 } };
  observer.saw([row("s1"), row("s2", patient)], 0);
  observer.heldUp(-10, 100);
  observer.heldUp(140, 250);
  expect(observer.judge(440, running).silent).toEqual([]);
  expect(names(observer.judge(441, running).silent)).toEqual(["s1"]);
  observer.heldUp(160, 450);
  expect(observer.judge(750, running).silent).toEqual([]);
  expect(names(observer.judge(751, running).silent)).toEqual(["s1"]);
  expect(observer.silenceOf("s2", 751)).toBe(451);
  // It never was seen later than now.
  observer.saw([row("s2", patient, 2)], 800);
  observer.heldUp(1000, 900);
  expect(observer.silenceOf("s2", 900)).toBe(0);
});

test("the agent of a host is the session that began first of those open there", () => {
  const here = { host: "h", boot: "b", pidNamespace: "n", pid: 1, processStart: "1" };
  const sessions = [row("s1", { host: "other" }), row("s2", { state: "crashed" }), row("s5"), row("s4"), row("s3", { boot: "before" })];
  expect(hostAgent(sessions, here)).toBe("s4");
  expect(hostAgent([], here)).toBeUndefined();
});
