import { expect, test } from "vitest";
import { openDaybook } from "../../../src/index.js";
import { Ledger } from "../../../src/operations.js";
import { runProgram } from "../../support/programs.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

/** A multiple of 16. `DAYBOOK_CALLS=10000` makes more of them, which takes half a minute. */
const calls = Number(process.env["DAYBOOK_CALLS"] ?? 3200);
const processes = 16;

test("16 processes make thousands of calls in one operation: each has one end, the one that its process was told, and none is lost", { timeout: 120_000 }, async () => {
  const root = temporaryFolder();
  const ledger = await Ledger.connect({ basePath: root, participantId: "starter", staleThresholdMs: 120_000, daybook: { durability: "os", lockTimeoutMs: 60_000 } });
  const operation = await ledger.createOperation();
  const each = calls / processes;
  const told = await Promise.all(
    Array.from({ length: processes }, (_, index) => runProgram("make-calls", [root, operation.operationId, `worker-${index}`, each, 25])),
  );
  await operation.complete();
  await ledger.dispose();

  const outcomes = new Map(told.flat().map((line) => line.split(" ") as [string, string]));
  expect(outcomes.size).toBe(calls);
  const book = await openDaybook(root, { readOnly: true });
  const looking = await Ledger.connect({ book });
  const { operation: info, calls: records, sessions } = await looking.operation(operation.operationId);
  expect(info).toMatchObject({ state: "completed", sessions: processes + 1, openSessions: [], calls: { started: calls, open: 0, crashed: 0 } });
  expect(sessions.filter(({ state }) => state === "left")).toHaveLength(processes);
  expect(records).toHaveLength(calls);
  for (const { callId, outcome } of records) if (outcomes.get(callId) !== outcome) expect([callId, outcome]).toEqual([callId, outcomes.get(callId)]);
  // The fold takes the first end of a call; so they are counted, too.
  let ends = 0;
  for await (const { type } of book.history({ operation: operation.operationId })) if (["call.ended", "call.failed", "call.cancelled", "call.crashed"].includes(type)) ends += 1;
  expect(ends).toBe(calls);
  expect(await book.verify({ full: true })).toMatchObject({ ok: true });
  await book.close();
});

test("200 calls that are spawned in one tick all settle", async () => {
  const ledger = await Ledger.connect({ basePath: temporaryFolder(), participantId: "starter" });
  const operation = await ledger.createOperation();
  const spawned = Array.from({ length: 200 }, (_, index) => operation.spawnCall(() => (index % 2 === 0 ? index : Promise.reject(new Error(`no ${index}`))), { failOnCrash: false }));
  expect(new Set(spawned.map(({ callId }) => callId)).size).toBe(200);
  expect(spawned.some(({ isCompleted }) => isCompleted)).toBe(false);
  const result = await operation.sync(spawned);
  expect(result).toMatchObject({ operationFailed: false, allResolved: true, hasFailed: true });
  expect([result.successfulCalls.length, result.failedCalls.length, result.unknownCalls.length]).toEqual([100, 100, 0]);
  expect(spawned.filter(({ isSuccess }) => isSuccess).map(({ result: value }) => value)).toEqual(Array.from({ length: 100 }, (_, index) => 2 * index));
  expect(operation.hasPendingCalls()).toBe(false);
  await operation.complete();
  expect((await ledger.operation(operation.operationId)).operation.calls).toEqual({ started: 200, ended: 100, failed: 100, cancelled: 0, crashed: 0, open: 0 });
  await ledger.dispose();
});
