import { createHash } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { SessionExpiredError } from "../../../../src/index.js";
import type { OperationCommand } from "../../../../src/ledgers/operations/commands.js";
import { startLiveness } from "../../../../src/ledgers/operations/liveness/liveness.js";
import type { Liveness } from "../../../../src/ledgers/operations/liveness/liveness.js";
import type { HeartbeatError } from "../../../../src/ledgers/operations/liveness/heartbeat-result.js";
import { LocalTransport } from "../../../../src/ledgers/operations/local/local-transport.js";
import { OperationWatcher } from "../../../../src/ledgers/operations/operation-watch.js";
import type { OperationTransport } from "../../../../src/ledgers/operations/transport.js";
import { temporaryBook } from "../../runs/temporary-book.js";
import { newSession } from "../decided-operation.js";
import { ManualTime } from "./manual-time.js";

const id = "20261128T09:30:00.000-build-00000001";

interface Lively {
  readonly liveness: Liveness;
  readonly transport: OperationTransport;
  readonly time: ManualTime;
  readonly told: HeartbeatError[];
  /** What happens to the next command. */
  next: ((command: OperationCommand) => Promise<void>) | undefined;
  sessions(): Promise<Readonly<Record<string, string>>>;
}

/** Session s1 of an operation that s2 and s3 are in, from elsewhere, with thresholds of 1,000 and 9,000 ms; its interval is 100 ms. Their crash is contained. */
async function lively(more: Partial<OperationTransport> = {}): Promise<Lively> {
  const book = await temporaryBook();
  const transport = await LocalTransport.open(book);
  await transport.send(id, { kind: "create", initiator: book.participantId, token: createHash("sha256").update("t").digest("hex"), first: newSession("s1") });
  await transport.send(id, { kind: "join", joining: newSession("s2", { staleAfterMs: 1000, failOnCrash: false }) });
  await transport.send(id, { kind: "join", joining: newSession("s3", { staleAfterMs: 9000, failOnCrash: false }) });
  const watcher = await OperationWatcher.start(transport, id, { own: ["s1"], onError: (error) => expect.fail(String(error)) });
  const [time, told]: [ManualTime, HeartbeatError[]] = [new ManualTime(), []];
  const parts: { next: Lively["next"] } = { next: undefined };
  const liveness = startLiveness({
    transport: Object.assign(transport, more),
    session: "s1",
    watcher,
    send: async (command) => {
      const { next } = parts;
      parts.next = undefined;
      await next?.(command);
      return transport.send(id, command);
    },
    pace: { intervalMs: 100, jitterMs: 0, staleAfterMs: 1000, cleanupWithinMs: 1000 },
    cleanup: { run: () => Promise.resolve([]) },
    listener: { beat: () => undefined, beatError: (error) => void told.push(error), error: (error) => expect.fail(String(error)) },
    time,
    sees: () => "unseen",
  });
  onTestFinished(async () => {
    watcher.stop();
    await liveness.stop();
  });
  const sessions = async (): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(((await transport.snapshot(id, ["s1", "s2", "s3"]))?.sessions ?? []).map(({ session, state }) => [session, state]));
  return Object.assign(parts, { liveness, transport, time, told, sessions });
}

/** Beats every 100 ms for so long. */
async function beatFor({ time, liveness }: Lively, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    time.stall(100);
    await liveness.beatNow();
  }
}

test("a session that was silent for longer than it promised is reported, told of once, and stands in that beat's result", async () => {
  const one = await lively();
  await beatFor(one, 1000);
  expect(await one.sessions()).toEqual({ s1: "open", s2: "open", s3: "open" });
  one.time.stall(100);
  expect(await one.liveness.beatNow()).toMatchObject({ isStale: true, staleParticipants: ["tester"], heartbeatAgeMs: 100, abortFlag: false, callFrameCount: 0 });
  await beatFor(one, 300);
  expect(await one.sessions()).toEqual({ s1: "open", s2: "crashed", s3: "open" });
  expect(one.told.map(({ type }) => type)).toEqual(["heartbeatStale"]);
});

test("an observer that could not get into the log for too long counts anew: the others could not either", async () => {
  const one = await lively();
  await beatFor(one, 500);
  // Somebody holds the log, for longer than s2 may be silent; not for so long that it matters to s3.
  one.next = () => Promise.resolve(one.time.stall(4000));
  await one.liveness.beatNow();
  expect(await one.sessions()).toMatchObject({ s2: "open", s3: "open" });
  await beatFor(one, 1000);
  expect(await one.sessions()).toMatchObject({ s2: "open" });
  await beatFor(one, 100);
  expect(await one.sessions()).toMatchObject({ s2: "crashed", s3: "open" });
  // That time is not counted as its silence either.
  await beatFor(one, 7200);
  expect(await one.sessions()).toMatchObject({ s3: "open" });
  await beatFor(one, 500);
  expect(await one.sessions()).toMatchObject({ s3: "crashed" });
});

test("others that waited for the log as long as the observer did are not taken for silent, also where that was for less than half of their threshold", async () => {
  const one = await lively();
  // s2 beats every 500 ms. The log is held just before its next beat.
  const beatOfS2 = () => one.transport.send(id, { kind: "beat", session: "s2", nextWithinMs: 500, staleAfterMs: 1000 });
  await beatFor(one, 400);
  await beatOfS2();
  await beatFor(one, 600);
  one.next = () => Promise.resolve(one.time.stall(490));
  one.time.stall(100);
  await one.liveness.beatNow();
  expect(await one.sessions()).toMatchObject({ s2: "open" });
  await beatOfS2();
  await beatFor(one, 1100);
  expect(await one.sessions()).toMatchObject({ s2: "open" });
  await beatFor(one, 100);
  expect(await one.sessions()).toMatchObject({ s2: "crashed" });
});

test("a beat of the other that gets in before the report refutes it", async () => {
  const one = await lively();
  await beatFor(one, 1000);
  one.time.stall(100);
  let sent = 0;
  const race = async (command: OperationCommand): Promise<void> => {
    sent += 1;
    if (command.kind === "report-crash") await one.transport.send(id, { kind: "beat", session: "s2", nextWithinMs: 100, staleAfterMs: 1000 });
    else one.next = race;
  };
  one.next = race;
  await one.liveness.beatNow();
  expect(sent).toBe(2);
  expect(await one.sessions()).toMatchObject({ s2: "open" });
});

test("a beat that fails is told by its kind, and the next one is tried; one that was declared crashed is told nothing here", async () => {
  const one = await lively();
  one.next = () => Promise.reject(new Error("EIO"));
  await expect(one.liveness.beatNow()).rejects.toThrow("EIO");
  expect(one.told).toMatchObject([{ type: "ioError", message: "EIO" }]);
  one.next = () => Promise.reject(new Error("no lock", { cause: Object.assign(new Error("no such file"), { code: "ENOENT" }) }));
  await expect(one.liveness.beatNow()).rejects.toThrow("no lock");
  expect(one.told.splice(1)).toMatchObject([{ type: "ledgerNotFound", message: "no lock" }]);
  await one.liveness.beatNow();
  one.next = () => Promise.reject(new SessionExpiredError(id, "s1"));
  await expect(one.liveness.beatNow()).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
  expect(one.told).toHaveLength(1);
});

test("each abort is told", async () => {
  const one = await lively();
  await one.transport.send(id, { kind: "request-abort", value: true, reason: "enough" });
  await one.liveness.beatNow();
  await one.liveness.beatNow();
  await one.transport.send(id, { kind: "request-abort", value: false });
  await one.liveness.beatNow();
  await one.transport.send(id, { kind: "request-abort", value: true });
  await one.liveness.beatNow();
  expect(one.told.map(({ type, message }) => `${type} ${message}`)).toEqual(["abortFlagSet The operation was aborted by tester: enough", "abortFlagSet The operation was aborted by tester"]);
});

test("sessions of an imported operation are not reported", async () => {
  const one = await lively({ imported: () => Promise.resolve(true) });
  await beatFor(one, 2000);
  expect(await one.sessions()).toMatchObject({ s2: "open" });
  expect(one.told).toEqual([]);
});
