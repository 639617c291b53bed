import type { ArtifactEntry } from "../../artifacts/artifact-store.js";
import { checkedFlag, checkKnown, checkObject, checkSignal } from "../../base/checks.js";
import { InvalidOptionError, LogReadOnlyError, preview } from "../../base/errors.js";
import { slotKey, warmStartsProjection } from "../../projections/views/warm-starts.js";
import { assertWritable } from "./context.js";
import type { WarmStartContext } from "./context.js";
import { isOwnFile, slotOfFile, warmStartsFolder } from "./entry-files.js";
import { allRows } from "./list-entries.js";

/** How leftovers are cleared away. */
export interface WarmStartGcOptions {
  /** Only say what would go. Default false. */
  readonly dryRun?: boolean;
  /** What is younger may belong to a save under way, and stays. Milliseconds, by the times of the files. Default: an hour. */
  readonly graceMs?: number;
  /** Gives up where it is. */
  readonly signal?: AbortSignal;
}

/** A file that no entry names. */
export interface WarmStartOrphan {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** What became of clearing away. */
export interface WarmStartGcReport {
  readonly dryRun: boolean;
  readonly deleted: readonly WarmStartOrphan[];
  /** Orphans that are too young. */
  readonly young: readonly WarmStartOrphan[];
  /** Files below `warm-starts/` that are not daybook's own; they are never touched. */
  readonly foreign: readonly string[];
  /** Bytes of what was deleted. */
  readonly bytes: number;
  readonly failed: readonly { readonly path: string; readonly problem: string }[];
}

/** What is younger than this is no orphan by default. */
export const graceMs = 3_600_000;

/**
 * Deletes files of payloads that no entry names: what a killed process left between a file and its event, or between an event and the deletion it stands for.
 * @throws InvalidOptionError @throws LogReadOnlyError @throws ReadFailedError
 */
export async function gc(context: WarmStartContext, options: WarmStartGcOptions = {}): Promise<WarmStartGcReport> {
  checkObject(options);
  checkKnown(options, ["dryRun", "graceMs", "signal"]);
  checkSignal(options.signal);
  const dryRun = checkedFlag("dryRun", options.dryRun);
  const grace = options.graceMs ?? graceMs;
  if (!(typeof grace === "number" && grace >= 0)) throw new InvalidOptionError("graceMs", `must be a number of milliseconds from 0 on, not ${preview(grace)}`);
  if (!dryRun) assertWritable(context);
  const { orphans, foreign } = await leftovers(context, options.signal);
  const before = Date.now() - grace;
  const isOld = ({ modifiedMs }: WarmStartOrphan): boolean => grace === 0 || modifiedMs <= before;
  const old = orphans.filter(isOld);
  const young = orphans.filter((one) => !isOld(one));
  const deleted: WarmStartOrphan[] = [];
  const failed: { path: string; problem: string }[] = [];
  for (const one of old) {
    options.signal?.throwIfAborted();
    try {
      if (dryRun || (!(await isNamed(context, one.path)) && (await context.artifacts.delete(one.path)))) deleted.push(one);
    } catch (error) {
      failed.push({ path: one.path, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { dryRun, deleted, young, foreign, bytes: deleted.reduce((sum, { bytes }) => sum + bytes, 0), failed };
}

/** Asked just before a file goes: a process that was stopped for long may have told of it by now. */
async function isNamed({ host }: WarmStartContext, path: string): Promise<boolean> {
  const slot = slotOfFile(path);
  if (slot === undefined) return false;
  const [row] = await host.lookUp(warmStartsProjection, [slotKey(slot.key, slot.run)]);
  return row?.file.path === path;
}

/** Files that no entry names. The files are listed before the entries: what is named by then is no orphan. @throws LogReadOnlyError of a past */
export async function leftovers(context: WarmStartContext, signal: AbortSignal | undefined): Promise<{ readonly orphans: WarmStartOrphan[]; readonly foreign: string[] }> {
  if (context.host.past) throw new LogReadOnlyError("This daybook stands as of a moment that is past; its files are those of now");
  const entries: ArtifactEntry[] = [];
  for await (const entry of context.artifacts.list(warmStartsFolder)) {
    signal?.throwIfAborted();
    entries.push(entry);
  }
  const named = new Set((await allRows(context)).map(({ file }) => file.path));
  const [orphans, foreign]: [WarmStartOrphan[], string[]] = [[], []];
  for (const { path, bytes, modifiedMs } of entries) {
    if (named.has(path)) continue;
    if (isOwnFile(path)) orphans.push({ path, bytes, modifiedMs });
    else foreign.push(path);
  }
  return { orphans, foreign };
}
