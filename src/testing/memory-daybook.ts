import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Daybook } from "../daybook.js";
import { resolveOptions } from "../daybook-options.js";
import type { DaybookOptions } from "../daybook-options.js";
import { EventRegistry } from "../events/validation.js";
import { MemoryLog } from "../log/memory-log.js";
import { ProjectionEngine } from "../projections/engine.js";
import { noSnapshots } from "../projections/snapshot.js";

/** How a daybook in memory is opened: what there is no disk for is left out. */
export type MemoryDaybookOptions = Pick<DaybookOptions, "participantId" | "clock" | "allowClockJump" | "maxEventBytes" | "durability">;

/**
 * A daybook whose log is in memory, empty, for tests: fast, nobody else sees it, gone once closed. Its `root` is a path in
 * the system's temporary folder, where nothing is until something is put there, such as a run's files; closing removes it.
 * @throws InvalidOptionError @throws InvalidIdError
 */
export async function openMemoryDaybook(options: MemoryDaybookOptions = {}): Promise<Daybook> {
  const resolved = resolveOptions(options);
  const registry = new EventRegistry();
  const backend = new MemoryLog(resolved.maxEventBytes === undefined ? {} : { maxEventBytes: resolved.maxEventBytes });
  const reading = {
    upcast: registry.upcast.bind(registry),
    newestVersion: registry.newestVersion.bind(registry),
  };
  const engine = new ProjectionEngine(backend, reading, noSnapshots);
  const rootId = randomUUID();
  const root = join(tmpdir(), `daybook-memory-${rootId}`);
  const release = async (): Promise<void> => {
    await backend.close();
    engine.close();
    await rm(root, { recursive: true, force: true });
  };
  // As `openDaybook` does: opening waits for the log.
  await backend.head();
  return new Daybook({ root, rootId, backend, engine, registry, reading, damage: () => undefined, failed: () => false, segmentBytes: 0, maxEventBytes: 0, release }, resolved);
}
