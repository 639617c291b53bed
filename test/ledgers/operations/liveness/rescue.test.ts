import { createHash } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import type { Daybook } from "../../../../src/index.js";
import { Rescue } from "../../../../src/ledgers/operations/liveness/rescue.js";
import { LocalTransport } from "../../../../src/ledgers/operations/local/local-transport.js";
import type { OperationRow } from "../../../../src/projections/views/operations.js";
import { thisProcess } from "../../../../src/ledgers/runs/process-identity.js";
import { eventsOf, temporaryBook } from "../../runs/temporary-book.js";
import { newSession } from "../decided-operation.js";
import { ManualTime } from "./manual-time.js";

const id = "20261128T09:30:00.000-build-00000001";

interface Rescued {
  readonly book: Daybook;
  readonly transport: LocalTransport;
  readonly time: ManualTime;
  readonly rescue: Rescue;
  readonly gone: Set<string>;
  readonly row: () => Promise<OperationRow | undefined>;
  readonly types: () => Promise<string[]>;
  readonly errors: string[];
}

/** An operation that s1 and s2 of another host are in. `gone`: sessions whose processes can be seen to be gone. */
async function rescued(): Promise<Rescued> {
  const book = await temporaryBook();
  const transport = await LocalTransport.open(book);
  await transport.send(id, { kind: "create", initiator: book.participantId, token: createHash("sha256").update("t").digest("hex"), first: newSession("s1") });
  await transport.send(id, { kind: "join", joining: newSession("s2", { staleAfterMs: 9000 }) });
  const [time, gone] = [new ManualTime(), new Set<string>()];
  const errors: string[] = [];
  let count = 90;
  const rescue = new Rescue({
    transport,
    newSession: () => newSession(`s${(count += 1)}`, thisProcess()),
    pace: { intervalMs: 100, jitterMs: 0, staleAfterMs: 1000, cleanupWithinMs: 1000 },
    onError: (error) => void errors.push(String(error)),
    time,
    sees: ({ pid }) => (gone.has(`s${pid - 100}`) ? "gone" : "unseen"),
  });
  onTestFinished(() => rescue.stop());
  onTestFinished(() => void expect(errors).toEqual([]));
  const row = async (): Promise<OperationRow | undefined> => (await transport.snapshot(id))?.operation;
  return { book, transport, time, rescue, gone, errors, row, types: async () => (await eventsOf(book)).map(({ type }) => type) };
}

test("an operation whose processes are all gone has failed when the connect is done", async () => {
  const { rescue, gone, row, types } = await rescued();
  for (const session of ["s1", "s2"]) gone.add(session);
  await rescue.run();
  expect(await row()).toMatchObject({ state: "failed", openSessions: [] });
  expect((await types()).slice(-4)).toEqual(["participant.joined", "operation.crash-detected", "operation.cleanup-started", "operation.failed"]);
});

test("of processes on other hosts only silence can tell: observed for as long as they may be silent, then the operation ends", async () => {
  const { rescue, gone, row, time, types } = await rescued();
  gone.add("s1");
  await rescue.run();
  await time.pass(14_999);
  expect(await row()).toMatchObject({ state: "running" });
  await time.pass(100);
  await expect.poll(row).toMatchObject({ state: "failed" });
  expect((await types()).filter((type) => type === "operation.crash-detected")).toHaveLength(2);
});

test("an operation in which anybody gives a sign of life meanwhile is left to those who are in it", async () => {
  const { rescue, row, time, transport, book } = await rescued();
  await rescue.run();
  await transport.send(id, { kind: "beat", session: "s2", nextWithinMs: 100, staleAfterMs: 9000 });
  const { seq } = await book.log.head();
  await time.pass(100_000);
  await rescue.stop();
  expect([(await row())?.state, (await book.log.head()).seq]).toEqual(["running", seq]);
});

test("a rescuer that was stopped itself while it observed observes anew: the silence may have been its own", async () => {
  const { rescue, row, time, transport } = await rescued();
  const send = transport.send.bind(transport);
  const sentAt: number[] = [];
  Object.assign(transport, {
    send: (...args: Parameters<typeof send>) => {
      sentAt.push(time.now());
      return send(...args);
    },
  });
  await rescue.run();
  time.stall(30_000);
  const continuedAt = time.now();
  await time.pass(0);
  await expect.poll(() => time.awaited).toBe(1);
  await time.pass(15_100);
  await expect.poll(row).toMatchObject({ state: "failed" });
  expect(Math.min(...sentAt)).toBeGreaterThan(continuedAt + 15_000);
});

test("one that joins meanwhile is a sign of life, too", async () => {
  const { rescue, row, time, transport } = await rescued();
  await rescue.run();
  await transport.send(id, { kind: "join", joining: newSession("s3") });
  await time.pass(100_000);
  await rescue.stop();
  expect(await row()).toMatchObject({ state: "running", openSessions: ["s1", "s2", "s3"] });
});

test("neither is anything done to an operation that everybody left, that has ended, or that was imported, nor by who only reads", async () => {
  const { rescue, transport, book, gone } = await rescued();
  await transport.send(id, { kind: "leave", session: "s1" });
  await transport.send(id, { kind: "leave", session: "s2" });
  await transport.send(`${id}b`, { kind: "create", initiator: book.participantId, token: "0".repeat(64), first: newSession("s3") });
  await transport.send(`${id}b`, { kind: "complete", session: "s3" });
  const { seq } = await book.log.head();
  await rescue.run();
  expect((await book.log.head()).seq).toBe(seq);
  gone.add("s4");
  await transport.send(`${id}c`, { kind: "create", initiator: book.participantId, token: "0".repeat(64), first: newSession("s4") });
  const imported = { imported: transport.imported.bind(transport) };
  Object.assign(transport, { imported: () => Promise.resolve(true) });
  await rescue.run();
  Object.assign(transport, imported);
  Object.defineProperty(transport, "readOnly", { value: true, configurable: true });
  await rescue.run();
  expect((await book.log.head()).seq).toBe(seq + 2);
  Object.defineProperty(transport, "readOnly", { value: false });
  await rescue.run();
  expect((await transport.snapshot(`${id}c`))?.operation.state).toBe("failed");
});

test("a rescue that is stopped in the middle hands over what it has begun", async () => {
  const { rescue, gone, row, transport, types, errors } = await rescued();
  for (const session of ["s1", "s2"]) gone.add(session);
  const send = transport.send.bind(transport);
  const refused = new Promise<void>((resolve) => {
    Object.assign(transport, {
      send: (...args: Parameters<typeof send>) => {
        if (args[1].kind !== "finish-cleanup") return send(...args);
        resolve();
        return Promise.reject(new Error("disk full"));
      },
    });
  });
  void rescue.run();
  await refused;
  expect(await row()).toMatchObject({ state: "cleanup", openSessions: ["s91"] });
  await rescue.stop();
  expect(errors.splice(0)).toEqual(["Error: disk full"]);
  expect((await types()).slice(-2)).toEqual(["participant.left", "operation.failed"]);
});
