import { checkedFlag } from "../../../base/checks.js";
import { checkpointStream } from "../../../events/checkpoint-names.js";
import type { AppendEvent } from "../../../log/port.js";
import { checkpointsProjection } from "../../../projections/views/checkpoints.js";
import type { CheckpointRow, SaveRow } from "../../../projections/views/checkpoints.js";
import { checkpointEventTypes } from "../../../projections/views/experiments.js";
import { hashesProjection } from "../../../projections/views/hashes.js";
import type { CheckpointContext } from "../context.js";
import { assertPresent, checkCareOptions, signalOf } from "./care-options.js";
import type { CareOptions, FileFailure } from "./care-options.js";
import { deleteFiles } from "./delete-files.js";
import type { DoomedFile } from "./delete-files.js";
import { isIntact } from "./intact.js";
import { resolvePolicy } from "./policy.js";
import type { ResolvedPolicy, RetentionPolicy } from "./policy.js";
import { planRetention } from "./retention.js";
import type { Judged, RetentionInput } from "./retention.js";
import { bytesInStore, filesOfSave, namedFiles, readRows } from "./rows.js";

/** How checkpoints are pruned. */
export interface PruneOptions extends CareOptions {
  /** Only say what would go. Default false. */
  readonly dryRun?: boolean;
}

/** A save that was judged. `rule`: what keeps it, or the rule that did not. */
export interface JudgedSave {
  readonly hash: string;
  readonly step: number;
  readonly save: number;
  /** Of its files, as they lie there. */
  readonly bytes: number;
  readonly rule: string;
}

/** What became of pruning. */
export interface PruneReport {
  readonly dryRun: boolean;
  readonly pruned: readonly JudgedSave[];
  readonly kept: readonly JudgedSave[];
  /** Bytes that the pruned ones took. */
  readonly bytes: number;
  /** Files that are given up and could not be deleted. */
  readonly failed: readonly FileFailure[];
}

/** So many steps are given up by one append. */
const batchSteps = 500;

/**
 * Gives up the checkpoints that a policy does not keep: first in the log, then on the disk. So a process that dies in between leaves files that `gc` finds, and never
 * an entry without its files. Of each hash one checkpoint stays that was read and found intact; where none is, all of them stay.
 * @throws InvalidOptionError @throws LogReadOnlyError
 */
export async function prune(context: CheckpointContext, policy: RetentionPolicy, options: PruneOptions = {}): Promise<PruneReport> {
  const resolved = resolvePolicy(policy);
  checkCareOptions(options, ["dryRun"]);
  const { dryRun = false, onProgress } = options;
  checkedFlag("dryRun", dryRun);
  assertPresent(context, !dryRun);
  const signal = signalOf(context, options);
  const input: RetentionInput = { ...(await readRows(context)), nowMs: context.host.clock() };
  const plan = planRetention(resolved, input);
  const spared = await spareIntact(context, [...plan.kept], plan.victims, options);
  const victims = plan.victims.filter(({ row }) => !spared.whole.has(row.folder)).filter(({ save }) => !spared.saves.has(save));
  const going = new Set(victims);
  const kept = [...plan.kept, ...plan.victims.filter((one) => !going.has(one)).map((one) => ({ ...one, rule: spared.saves.has(one.save) ? "the only one of its hash that is intact" : "none of its hash is intact" }))];
  if (dryRun) return report(true, victims, kept, []);
  const pruned: Judged[] = [];
  const failed: FileFailure[] = [];
  const steps = [...new Set(victims.map(({ row }) => row))];
  for (let from = 0; from < steps.length; from += batchSteps) {
    signal?.throwIfAborted();
    const batch = new Set(steps.slice(from, from + batchSteps).map(({ folder, step }) => checkpointStream(folder, step)));
    const given = await giveUp(context, resolved, victims.filter(({ row }) => batch.has(checkpointStream(row.folder, row.step))), spared.witnesses, input.nowMs, signal);
    pruned.push(...given.victims);
    // Once given up, their files go even if the caller has enough: what is left would only wait for gc.
    failed.push(...(await deleteFiles(context, given.files, { signal: undefined, onProgress })).failed);
  }
  return report(false, pruned, kept, failed);
}

/** A save that stays and is intact: what the pruning of its hash relies on. */
interface Witness {
  readonly stream: string;
  readonly save: number;
}

/** Looks in each hash with victims for one that is intact: among those that stay, else among the victims, of which the newest intact one stays then. */
async function spareIntact(context: CheckpointContext, kept: readonly Judged[], victims: readonly Judged[], options: CareOptions): Promise<{ readonly witnesses: Map<string, Witness>; readonly saves: Set<SaveRow>; readonly whole: Set<string> }> {
  const [witnesses, saves, whole] = [new Map<string, Witness>(), new Set<SaveRow>(), new Set<string>()];
  const folders = [...new Set(victims.map(({ row }) => row.folder))];
  const signal = signalOf(context, options);
  let bytes = 0;
  for (const folder of folders) {
    const inFolder = (judged: readonly Judged[]): Judged[] => judged.filter(({ row }) => row.folder === folder).reverse();
    const staying = inFolder(kept);
    for (const one of [...staying, ...inFolder(victims)]) {
      const intact = await isIntact(context, one.save.files, signal);
      bytes += bytesOf(one);
      options.onProgress?.({ step: "checking", bytes, totalBytes: bytes });
      if (!intact) continue;
      witnesses.set(folder, { stream: checkpointStream(folder, one.row.step), save: one.save.save });
      if (!staying.includes(one)) saves.add(one.save);
      break;
    }
    if (!witnesses.has(folder)) whole.add(folder);
  }
  return { witnesses, saves, whole };
}

/** Appends that saves are given up, of those that the policy does not keep even now. */
async function giveUp(
  { host }: CheckpointContext,
  policy: ResolvedPolicy,
  victims: readonly Judged[],
  witnesses: ReadonlyMap<string, Witness>,
  nowMs: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly victims: readonly Judged[]; readonly files: readonly DoomedFile[] }> {
  const wanted = new Set(victims.map(keyOf));
  const { result } = await host.transact(
    [checkpointsProjection, hashesProjection],
    ({ checkpoints, hashes }) => {
      const rowsOf = <Row>(rows: { entries(): IterableIterator<[string, Row]> }): Row[] => Array.from(rows.entries(), ([, row]) => row);
      const now = { checkpoints: rowsOf<CheckpointRow>(checkpoints), hashes: rowsOf(hashes) };
      const plan = planRetention(policy, { ...now, nowMs });
      // Somebody may have pinned it, loaded it, or given up the one that was to stay.
      const stands = ({ stream, save }: Witness): boolean => checkpoints.get(stream)?.saves.some((one) => one.save === save && one.pruned === undefined) === true;
      const going = plan.victims.filter((one) => {
        const witness = witnesses.get(one.row.folder);
        return wanted.has(keyOf(one)) && witness !== undefined && stands(witness);
      });
      const doomed = new Set(going.flatMap(({ row, save }) => filesOfSave(row, save).map(({ file }) => file)));
      const stays = new Set([...namedFiles({ ...now, parts: [] })].filter(({ file }) => !doomed.has(file)).map(({ file }) => file.path));
      const files = [...doomed].filter(({ path }) => !stays.has(path)).map((file) => ({ path: file.path, bytes: bytesInStore(file) }));
      return { events: eventsOf(going), result: { victims: going, files } };
    },
    { types: checkpointEventTypes, ...(signal === undefined ? {} : { signal }) },
  );
  return result;
}

/** One event for the saves of a step that go by the same rule. */
function eventsOf(victims: readonly Judged[]): AppendEvent[] {
  const groups = new Map<string, { readonly stream: string; readonly reason: string; readonly saves: number[] }>();
  for (const { row, save, rule } of victims) {
    const stream = checkpointStream(row.folder, row.step);
    const group = groups.get(`${stream} ${rule}`) ?? { stream, reason: rule.slice(0, 1000).toWellFormed(), saves: [] };
    group.saves.push(save.save);
    groups.set(`${stream} ${rule}`, group);
  }
  return Array.from(groups.values(), ({ stream, reason, saves }) => ({ stream, type: "checkpoint.pruned", data: { saves, reason } }));
}

const keyOf = ({ row, save }: Judged): string => `${checkpointStream(row.folder, row.step)} ${save.save}`;
const bytesOf = ({ row, save }: Judged): number => filesOfSave(row, save).reduce((sum, { file }) => sum + bytesInStore(file), 0);
const shown = (one: Judged): JudgedSave => ({ hash: one.row.folder, step: one.row.step, save: one.save.save, bytes: bytesOf(one), rule: one.rule });

const report = (dryRun: boolean, pruned: readonly Judged[], kept: readonly Judged[], failed: readonly FileFailure[]): PruneReport => ({
  dryRun,
  pruned: pruned.map(shown),
  kept: kept.map(shown),
  bytes: pruned.reduce((sum, one) => sum + bytesOf(one), 0),
  failed,
});
