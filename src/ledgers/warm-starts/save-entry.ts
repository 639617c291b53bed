import { putArtifact } from "../../artifacts/put-artifact.js";
import { isDaybookError, PayloadTooLargeError } from "../../base/errors.js";
import type { ArtifactRef } from "../../events/checkpoint-events.js";
import type { WarmStartKind, WarmStartSeed } from "../../events/warm-start-events.js";
import { slotKey, warmStartEventTypes, warmStartsProjection, warmStartTotalsProjection } from "../../projections/views/warm-starts.js";
import type { WarmStartRow } from "../../projections/views/warm-starts.js";
import { assertWritable, policyNow } from "./context.js";
import type { WarmStartContext } from "./context.js";
import { decideSave } from "./decide-save.js";
import type { SaveOutcome } from "./decide-save.js";
import { deleteFiles, isThere, newEntryPath } from "./entry-files.js";
import { evict } from "./evict.js";
import { graceMs } from "./gc.js";
import { newRunId } from "./run-id.js";

/** What is saved, checked. Nobody changes the payload any more. */
export interface EntryToSave {
  readonly key: string;
  /** Undefined for a new slot. */
  readonly run: string | undefined;
  readonly payload: Uint8Array;
  readonly kind: WarmStartKind;
  readonly objective: number | undefined;
  readonly iteration: number | undefined;
  readonly seed: WarmStartSeed | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Every so many saves of a store, and with the first one, it looks for what has expired, too. */
const sweepEvery = 32;

/**
 * Puts a payload into a file of its own, durably, says so in the log, and then deletes what the slot had before, and what had to go for it.
 * @returns the slot
 * @throws LogReadOnlyError @throws PayloadTooLargeError @throws WriteFailedError and what appending throws: then what was there before is there still
 */
export async function saveEntry(context: WarmStartContext, entry: EntryToSave): Promise<string> {
  assertWritable(context);
  const { key, payload } = entry;
  if (payload.length > context.sizeBudgetBytes) throw new PayloadTooLargeError(payload.length, context.sizeBudgetBytes);
  for (;;) {
    const run = entry.run ?? newRunId(context.clock);
    const begun = Date.now();
    const { file, outcome } = await saveOnce(context, { ...entry, run }, entry.run === undefined);
    if (outcome.taken) {
      await deleteFiles(context, [{ key, run, file }]);
      continue;
    }
    await deleteFiles(context, [...(outcome.former === undefined ? [] : [{ key, run, file: outcome.former }]), ...(outcome.plan?.victims ?? []).map(({ row }) => row)]);
    if (outcome.plan?.more === true) await evict(context, { signal: entry.signal });
    // Stopped for so long in between that gc may have taken the file for one that nobody names, and the log does not let it go.
    if (Math.abs(Date.now() - begun) > graceMs / 2 && (await isLost(context, { key, run, file }))) {
      await saveEntry(context, { ...entry, run });
    }
    return run;
  }
}

async function saveOnce(context: WarmStartContext, { key, run, payload, signal, ...told }: EntryToSave & { readonly run: string }, isNew: boolean): Promise<{ readonly file: ArtifactRef; readonly outcome: SaveOutcome }> {
  const { host } = context;
  const sweeps = context.saves % sweepEvery === 0;
  // Whoever looks at all slots reads them before it holds the lock.
  if (sweeps) await host.query(warmStartsProjection);
  const [before] = await host.lookUp(warmStartsProjection, [slotKey(key, run)]);
  const file = await putPayload(context, key, run, (before?.save ?? 0) + 1, payload, signal);
  const { kind, objective, iteration, seed } = told;
  const entry = {
    key, run, kind, file,
    ...(objective === undefined ? {} : { objective }),
    ...(iteration === undefined ? {} : { iteration }),
    ...(seed === undefined ? {} : { seed }),
    ...(context.ownClock ? { writtenAt: new Date(context.clock()).toISOString() } : {}),
  };
  try {
    const terms = { isNew, sweeps, policy: policyNow(context) };
    const { result } = await host.transact([warmStartsProjection, warmStartTotalsProjection], (states) => decideSave(states, entry, terms), { types: warmStartEventTypes, ...(signal === undefined ? {} : { signal }) });
    if (!result.taken) context.saves += 1;
    return { file, outcome: result };
  } catch (error) {
    await takeBack(context, { key, run, file }, error);
    throw error;
  }
}

async function putPayload({ artifacts }: WarmStartContext, key: string, run: string, save: number, payload: Uint8Array, signal: AbortSignal | undefined): Promise<ArtifactRef> {
  for (;;) {
    const file = await putArtifact(artifacts, newEntryPath(key, run, save), payload, { signal });
    if (file !== undefined) return file;
  }
}

const holds = async ({ host }: WarmStartContext, { key, run, file }: Pick<WarmStartRow, "file" | "key" | "run">): Promise<boolean> => {
  const [row] = await host.lookUp(warmStartsProjection, [slotKey(key, run)]);
  return row?.file.path === file.path;
};

/** Deletes a file that no event names; one that may be named stays: at worst it is an orphan, which `gc` finds. */
async function takeBack(context: WarmStartContext, entry: Pick<WarmStartRow, "file" | "key" | "run">, error: unknown): Promise<void> {
  if (isDaybookError(error, "SYNC_FAILED")) return;
  try {
    if (!(await holds(context, entry))) await context.artifacts.delete(entry.file.path);
  } catch {
    // What made the save fail is what the caller has to hear of.
  }
}

const isLost = async (context: WarmStartContext, entry: Pick<WarmStartRow, "file" | "key" | "run">): Promise<boolean> => (await holds(context, entry)) && !(await isThere(context, entry.file.path));
