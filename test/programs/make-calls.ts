/**
 * Joins an operation, and makes so many calls in it, some at a time: most end, some fail (which is contained), some are cancelled. Prints `ID OUTCOME` for each, once it
 * is settled. Arguments: root, operation, participant, how many, how many at a time.
 */
import { Ledger } from "../../src/operations.js";
import type { Operation } from "../../src/operations.js";

const [root = "", operationId = "", participantId = "worker", count = "1", atATime = "1"] = process.argv.slice(2);
const ledger = await Ledger.connect({ basePath: root, participantId, staleThresholdMs: 120_000, daybook: { durability: "os", lockTimeoutMs: 60_000 } });
const operation = await ledger.joinOperation(operationId);
const outcomes: string[] = [];
let next = 0;
await Promise.all(Array.from({ length: Number(atATime) }, callsInTurn));
await operation.leave();
await ledger.dispose();
console.log(outcomes.join("\n"));

async function callsInTurn(): Promise<void> {
  while (next < Number(count)) {
    const index = next;
    next += 1;
    outcomes.push(await one(operation, index));
  }
}

/** Of ten calls one fails, one is cancelled, two are spawned. */
async function one(operation: Operation, index: number): Promise<string> {
  const kind = index % 10;
  if (kind < 2) {
    const spawned = operation.spawnCall<number>(() => (kind === 0 ? index : Promise.reject(new Error("no"))), { failOnCrash: false });
    await spawned.future;
    return `${spawned.callId} ${spawned.isSuccess ? "ended" : "failed"}`;
  }
  if (kind === 2) {
    const spawned = operation.spawnCall((_call, _operation, signal) => new Promise((resolve) => signal.addEventListener("abort", resolve)), { failOnCrash: false });
    await spawned.cancel();
    await spawned.future;
    return `${spawned.callId} ${spawned.isCancelled ? "cancelled" : "not cancelled"}`;
  }
  const call = await operation.startCall({ failOnCrash: false });
  await call.end(index);
  return `${call.callId} ended`;
}
