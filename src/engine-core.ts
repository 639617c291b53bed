import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidOptionError } from "./base/errors.js";
import type { LogCorruptError } from "./base/errors.js";
import { EventRegistry } from "./events/validation.js";
import { openReadOnlySegmentLog } from "./log/open-read-only-segment-log.js";
import { logExtent } from "./log/log-extent.js";
import type { LogBackend } from "./log/port.js";
import type { KeyInput, Signer } from "./log/proof/keys.js";
import { requireRoot, rootPaths } from "./log/root.js";
import { nodeFileSystem, reading as systemReads } from "./log/file-system.js";
import type { LogFileSystem } from "./log/file-system.js";
import type { LogLock } from "./log/file-lock.js";
import { maxEventBytes as defaultEventBytes } from "./events/limits.js";
import { defaultSegmentBytes } from "./daybook-options.js";
import type { ResolvedOptions } from "./daybook-options.js";
import type { EventReading } from "./projections/fold-state.js";
import { ProjectionEngine } from "./projections/engine.js";
import { noSnapshots } from "./projections/snapshot.js";
import { builtInProjections } from "./projections/views/built-in.js";
import { FoldsApart } from "./replay/threads/folds-apart.js";
import { SnapshotFiles } from "./projections/snapshot-files.js";

/** How much of a log is checked against its hashes when it is opened for writing. */
const verifyBytes = 64 * 1024 * 1024;

/** What all handles of one root in this process share. */
export interface EngineCore {
  readonly root: string;
  /** The root's id: what daybook.json says. */
  readonly rootId: string;
  readonly backend: LogBackend;
  readonly engine: ProjectionEngine;
  readonly registry: EventRegistry;
  readonly reading: EventReading;
  /** What stops a read-only log from being served whole. */
  readonly damage: () => LogCorruptError | undefined;
  /** For folding the log in several threads; undefined where others cannot get at it, as in memory. */
  readonly apart?: FoldsApart;
  readonly segmentBytes: number;
  readonly maxEventBytes: number;
  /** The key that signs what is sealed; undefined where none does. */
  readonly signer?: Signer | undefined;
  /** A sync has failed: only a core that is opened anew can write. */
  readonly failed: () => boolean;
  /** Lets go of it; the last one closes it. */
  release(): Promise<void>;
}

/** What a daybook stands on. Tests put file systems of their own in place, to fail, record or kill at each call. */
export interface DaybookSystem {
  readonly files: LogFileSystem;
  /** Default: flock(2) on `log/lock`. */
  readonly lock?: LogLock;
}

/** The machine itself. */
export const realSystem: DaybookSystem = { files: nodeFileSystem };

interface Shared {
  readonly core: Promise<EngineCore>;
  handles: number;
  /** Set while the last handle closes: an opening waits for that. */
  closing: Promise<void> | undefined;
}

/** What this process has open, by the system it stands on and then by root. */
const openOn = new WeakMap<DaybookSystem, Map<string, Shared>>();

function opened(system: DaybookSystem): Map<string, Shared> {
  const known = openOn.get(system) ?? new Map<string, Shared>();
  openOn.set(system, known);
  return known;
}

/** The core of a root: opened, or shared with the handles that this process has on it already. */
export async function acquireCore(root: string, options: ResolvedOptions, system: DaybookSystem): Promise<EngineCore> {
  const folder = path.resolve(root);
  const open = opened(system);
  for (;;) {
    const key = keyOf(folder, options.readOnly);
    const shared = open.get(key);
    if (shared?.closing !== undefined) {
      await shared.closing;
      continue;
    }
    if (shared === undefined) return openCore(folder, key, options, system);
    shared.handles += 1;
    const core = await shared.core;
    if (!core.failed()) {
      if (!options.readOnly) await assertSame(core, options);
      return core;
    }
    // The handles that are open stay refused; this one begins anew.
    if (open.get(key) === shared) open.delete(key);
    await core.release();
  }
}

/** What all handles share cannot differ between them. @throws InvalidOptionError */
async function assertSame(core: EngineCore, options: ResolvedOptions): Promise<void> {
  for (const field of ["segmentBytes", "maxEventBytes"] as const) {
    const wanted = options[field];
    if (wanted === undefined || wanted === core[field]) continue;
    await core.release();
    throw new InvalidOptionError(field, `is ${wanted}, but this process has the same root open with ${core[field]}`);
  }
  if (options.signingKey === undefined) return;
  try {
    const signer = await signerFor(options.signingKey);
    if (signer.id !== core.signer?.id) throw new InvalidOptionError("signingKey", `is ${signer.id}, but this process has the same root open with ${core.signer?.id ?? "no key"}`);
  } catch (error) {
    await core.release();
    throw error;
  }
}

/** @throws KeyUnreadableError */
async function signerFor(key: KeyInput): Promise<Signer> {
  const { signerOf } = await import("./log/proof/keys.js");
  return signerOf(key);
}

async function openCore(folder: string, key: string, options: ResolvedOptions, system: DaybookSystem): Promise<EngineCore> {
  const open = opened(system);
  const shared: Shared = { core: makeCore(folder, options, system, () => letGo(open, key, shared)), handles: 1, closing: undefined };
  open.set(key, shared);
  try {
    return await shared.core;
  } catch (error) {
    if (open.get(key) === shared) open.delete(key);
    throw error;
  }
}

async function makeCore(root: string, options: ResolvedOptions, system: DaybookSystem, release: () => Promise<void>): Promise<EngineCore> {
  const registry = new EventRegistry();
  const reading = {
    upcast: registry.upcast.bind(registry),
    newestVersion: registry.newestVersion.bind(registry),
  };
  const segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
  const { lockTimeoutMs, unsafeFileSystem } = options;
  const maxEventBytes = options.maxEventBytes ?? defaultEventBytes;
  // What a test puts in place of the machine is in this thread alone.
  const apart = system === realSystem ? { apart: new FoldsApart(root, registry) } : {};
  if (options.readOnly) {
    const info = systemReads(() => requireRoot(system.files, root));
    const snapshots = new SnapshotFiles(system.files, rootPaths(root).snapshots, info.root);
    const backend = await openReadOnlySegmentLog(root, info, { ...system, lockTimeoutMs, places: snapshots.places(builtInProjections) });
    const engine = new ProjectionEngine(backend, reading, { ...noSnapshots, load: snapshots.load.bind(snapshots), unusable: snapshots.unusable.bind(snapshots) });
    return { root, rootId: info.root, backend, engine, registry, reading, ...apart, damage: () => backend.damage, failed: () => false, segmentBytes, maxEventBytes, release };
  }
  // Loaded when somebody writes: it takes a while, and a reader opens a log in less.
  const { openSegmentLog } = await import("./log/open-segment-log.js");
  // Before anything is made: a key that cannot be read is no reason for a root.
  const signer = options.signingKey === undefined ? undefined : await signerFor(options.signingKey);
  const backend = await openSegmentLog(root, { ...system, signer, segmentBytes, maxEventBytes, lockTimeoutMs, unsafeFileSystem, verifyBytes, nowMs: options.clock() });
  const { root: id } = backend.store.options.info;
  const paths = rootPaths(root);
  const engine = new ProjectionEngine(backend, reading, new SnapshotFiles(system.files, paths.snapshots, id, () => logExtent(system.files, paths.log)));
  return { root, rootId: id, backend, engine, registry, reading, ...apart, damage: () => undefined, failed: () => backend.failed, segmentBytes, maxEventBytes, signer, release };
}

async function letGo(open: Map<string, Shared>, key: string, shared: Shared): Promise<void> {
  shared.handles -= 1;
  if (shared.handles > 0) return;
  shared.closing = close(await shared.core).finally(() => {
    if (open.get(key) === shared) open.delete(key);
  });
  await shared.closing;
}

/** The log first: what is queued there still decides on the folds. */
async function close({ backend, engine }: EngineCore): Promise<void> {
  try {
    await backend.close();
  } finally {
    engine.close();
  }
}

/** The real folder, so that two spellings of a path share one engine; the part that does not exist yet as it is spelt. */
function keyOf(folder: string, readOnly: boolean): string {
  let existing = folder;
  while (!fs.existsSync(existing) && path.dirname(existing) !== existing) existing = path.dirname(existing);
  return `${readOnly ? "r" : "w"}:${path.join(fs.realpathSync.native(existing), path.relative(existing, folder))}`;
}
