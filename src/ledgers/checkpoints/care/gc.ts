import { checkedFlag } from "../../../base/checks.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import type { CheckpointContext } from "../context.js";
import { assertPresent, checkCareOptions, signalOf } from "./care-options.js";
import type { CareOptions, FileFailure } from "./care-options.js";
import { deleteFiles } from "./delete-files.js";
import { filesInStore, leftoversOf } from "./orphans.js";
import type { Orphan } from "./orphans.js";
import { readRows } from "./rows.js";

/** How leftovers are cleared away. */
export interface GcOptions extends CareOptions {
  /** Only say what would go. Default false. */
  readonly dryRun?: boolean;
  /** What is younger may belong to a save under way, and stays. Default: an hour. */
  readonly graceMs?: number;
}

/** What became of clearing away. */
export interface GcReport {
  readonly dryRun: boolean;
  readonly deleted: readonly Orphan[];
  /** Orphans that are too young. */
  readonly young: readonly Orphan[];
  /** Files that are not daybook's own; they are never touched. */
  readonly foreign: readonly string[];
  /** Bytes of what was deleted. */
  readonly bytes: number;
  readonly failed: readonly FileFailure[];
}

const hourMs = 3_600_000;

/**
 * Deletes files that no event speaks of: what a killed process left between a file and its event, what was pruned and not deleted, what nobody finished writing.
 * The times of the files count, by the system's clock.
 * @throws InvalidOptionError @throws LogReadOnlyError @throws ReadFailedError
 */
export async function gc(context: CheckpointContext, options: GcOptions = {}): Promise<GcReport> {
  checkCareOptions(options, ["dryRun", "graceMs"]);
  const { dryRun = false, graceMs = hourMs, onProgress } = options;
  checkedFlag("dryRun", dryRun);
  if (!(typeof graceMs === "number" && graceMs >= 0)) throw new InvalidOptionError("graceMs", `must be a number of milliseconds from 0 on, not ${preview(graceMs)}`);
  assertPresent(context, !dryRun);
  const signal = signalOf(context, options);
  const before = Date.now() - graceMs;
  const entries = await filesInStore(context.artifacts, signal);
  const { orphans, foreign } = leftoversOf(entries, await readRows(context));
  // With a grace of 0 also what came in this very millisecond; what the file system rounds up is not taken for younger than now.
  const isOld = ({ modifiedMs }: { readonly modifiedMs: number }): boolean => graceMs === 0 || modifiedMs <= before;
  const old = orphans.filter(isOld);
  const young = orphans.filter((one) => !isOld(one));
  const given = dryRun ? { deleted: old, failed: [] } : await deleteFiles(context, old, { signal, onProgress, isStill: (file) => isUnchanged(context, file as Orphan) });
  const gone = new Set<unknown>(given.deleted);
  return { dryRun, deleted: old.filter((one) => gone.has(one)), young, foreign, bytes: given.deleted.reduce((sum, { bytes }) => sum + bytes, 0), failed: given.failed };
}

/** Somebody may have put another file there since. */
async function isUnchanged({ artifacts }: CheckpointContext, { path, bytes, modifiedMs }: Orphan): Promise<boolean> {
  for await (const entry of artifacts.list(path)) if (entry.path === path) return entry.bytes === bytes && entry.modifiedMs === modifiedMs;
  return false;
}
