/**
 * Allocates uids straight on a log of segment files, with the real lock or with one that excludes nobody: the sabotage run
 * that shows what the lock is good for. Arguments: root, how many, "locked" or "unlocked".
 */
import { LockTimeoutError } from "../../src/base/errors.js";
import { EventRegistry } from "../../src/events/validation.js";
import { decideAllocation } from "../../src/ledgers/runs/decide-runs.js";
import type { LogLock } from "../../src/log/file-lock.js";
import { openSegmentLog } from "../../src/log/open-segment-log.js";
import { ProjectionEngine } from "../../src/projections/engine.js";
import { noSnapshots } from "../../src/projections/snapshot.js";
import { runIndexProjection } from "../../src/projections/views/run-index.js";
import { runsProjection } from "../../src/projections/views/runs.js";

const noLock: LogLock = {
  tryAcquire: () => true,
  wait: () => Promise.resolve(true),
  timedOut: (waitedMs) => new LockTimeoutError("none", waitedMs, []),
  release: () => undefined,
  close: () => undefined,
};

const [root = "", count = "1", locking = "locked"] = process.argv.slice(2);
const log = await openSegmentLog(root, {
  segmentBytes: 1 << 24,
  maxEventBytes: 1 << 20,
  lockTimeoutMs: 10_000,
  unsafeFileSystem: false,
  verifyBytes: 1 << 26,
  nowMs: Date.now(),
  ...(locking === "unlocked" ? { lock: noLock } : {}),
});
const registry = new EventRegistry();
const engine = new ProjectionEngine(
  log,
  { upcast: (event) => registry.upcast(event), newestVersion: (type) => registry.newestVersion(type) },
  noSnapshots,
);
const wanted = {
  identifier: "train", relpath: "", paramHash: undefined, otherHashes: [], params: undefined, status: "PENDING", storage: "subfolder", tags: [], note: undefined,
} as const;
const context = { by: `p${process.pid}`, clock: Date.now, durability: "fsync", lockTimeoutMs: 10_000, clockGuard: () => undefined } as const;
for (let index = 0; index < Number(count); index += 1) {
  const { result } = await engine.transact([runsProjection, runIndexProjection], context, (states) => {
    const { events, uid } = decideAllocation(states, wanted);
    return { events, result: uid };
  });
  console.log(result);
}
engine.close();
await log.close();
