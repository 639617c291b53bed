import { checkKnown, checkObject, checkWhole } from "../../../base/checks.js";
import { isDaybookError } from "../../../base/errors.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import type { Rows } from "../../../projections/projection.js";
import { experimentsProjection } from "../../../projections/views/experiments.js";
import type { ExperimentRow } from "../../../projections/views/experiments.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import { compareExperiments } from "../compare/compare-experiments.js";
import type { ComparedExperiment, HashDiff } from "../compare/compare-experiments.js";
import type { ComparedSample } from "../compare/compare-samples.js";
import { lineageOf } from "../compare/lineage.js";
import type { Lineage } from "../compare/lineage.js";
import type { CheckpointContext } from "../context.js";
import { parseLine, parseStatus } from "../data-state/sample-line.js";
import { checkpointRows, hashRows, requireHash } from "../loading/checkpoint-rows.js";
import { loadDataState } from "../loading/load-data-state.js";
import { readPartJson } from "./part-content.js";

/** Which hash came from which, over all experiments of the root. */
export async function lineageHere(context: CheckpointContext): Promise<Lineage> {
  const experiments = (await context.host.query(experimentsProjection)).state as Rows<ExperimentRow>;
  return lineageOf([...(await hashRows(context)).entries()].map(([, row]) => row), [...experiments.entries()].map(([, row]) => row));
}

/** How what is behind one hash differs from what is behind another. @throws CheckpointNotFoundError @throws ArtifactCorruptError @throws InvalidOptionError */
export async function diffHashes(context: CheckpointContext, a: string, b: string, options: { readonly mostSamples?: number } = {}): Promise<HashDiff> {
  checkObject(options);
  checkKnown(options, ["mostSamples"]);
  const { mostSamples } = options;
  if (mostSamples !== undefined) checkWhole("mostSamples", mostSamples, 0, Number.MAX_SAFE_INTEGER);
  const [before, after] = [await requireHash(context, a), await requireHash(context, b)];
  const same = (part: "model" | "config" | "data"): boolean => before.parts[part]?.digest === after.parts[part]?.digest;
  const compared = async (row: HashRow): Promise<ComparedExperiment> => ({
    folder: row.folder,
    parts: row.parts,
    model: same("model") ? undefined : await jsonOf(context, row, "model"),
    config: same("config") ? undefined : await jsonOf(context, row, "config"),
    data: same("data") ? undefined : await linesOf(context, row),
    metadata: await newestMetadata(context, row.folder),
  });
  const lineage = await lineageHere(context);
  return compareExperiments(await compared(before), await compared(after), { parseLine: sampleOf, lineage, ...(mostSamples === undefined ? {} : { mostSamples }) });
}

async function jsonOf(context: CheckpointContext, { parts, folder }: HashRow, part: "model" | "config"): Promise<JsonObject | undefined> {
  const digest = parts[part];
  if (digest === undefined) return undefined;
  try {
    return (await readPartJson(context, part, digest, folder)) as JsonObject;
  } catch (error) {
    // The comparison says itself that it is not known.
    if (isDaybookError(error, "CHECKPOINT_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function linesOf(context: CheckpointContext, { parts, folder }: HashRow): Promise<readonly string[] | undefined> {
  if (parts.data === undefined) return undefined;
  try {
    return (await loadDataState(context, folder))?.lines();
  } catch (error) {
    if (isDaybookError(error, "CHECKPOINT_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function newestMetadata(context: CheckpointContext, folder: string): Promise<JsonObject | undefined> {
  const steps = (await checkpointRows(context, folder)).sort((a, b) => b.step - a.step);
  return steps.flatMap(({ saves }) => saves.findLast(({ pruned }) => pruned === undefined) ?? [])[0]?.metadata;
}

function sampleOf(line: string): ComparedSample {
  const { uid, status } = parseLine(line) ?? { uid: line, status: "d0:t" };
  return { uid, ...parseStatus(status) };
}
