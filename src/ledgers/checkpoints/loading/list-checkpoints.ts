import { checkedFlag, checkKnown, checkObject } from "../../../base/checks.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import type { HashPart, PartDigests } from "../../../events/checkpoint-events.js";
import { hashParts } from "../../../events/checkpoint-events.js";
import type { JsonObject } from "../../../events/recorded-event.js";
import type { CheckpointRow, SaveRow } from "../../../projections/views/checkpoints.js";
import type { HashOrigin } from "../../../projections/views/hashes.js";
import type { CheckpointContext } from "../context.js";
import { allCheckpoints, hashRows, requireHash, wantedHash } from "./checkpoint-rows.js";

/** A file of a checkpoint or of a hash. */
export interface CheckpointFile {
  /** Where it is: an absolute path, or as the artifact store says it. */
  readonly path: string;
  /** Of its content; where it is compressed, `storedBytes` says what it takes. */
  readonly bytes: number;
  readonly sha256: string;
  readonly codec?: "gzip";
  readonly storedBytes?: number;
}

/** A save of a step, as the log knows it: whether its files are still what they were is for `verifyCheckpoints` to say. */
export interface CheckpointEntry {
  /** The hash's folder. */
  readonly hash: string;
  readonly experiment: string;
  readonly step: number;
  /** Counts the saves of this step under this hash, from 1. */
  readonly save: number;
  /** When it was saved (ISO 8601), and by whom. */
  readonly time: string;
  readonly by: string;
  /** By what they are: `weights`, `optimizer`. */
  readonly files: { readonly [role: string]: CheckpointFile };
  readonly metadata?: JsonObject;
  readonly modelName?: string;
  readonly optimizerName?: string;
  /** Retention passes over its step. */
  readonly pinned?: { readonly time: string; readonly by: string; readonly reason?: string };
  /** Its files were given up then, and why. */
  readonly pruned?: { readonly time: string; readonly by: string; readonly reason: string };
}

/** Which checkpoints to list. */
export interface ListCheckpointsOptions {
  /** Those of this hash. Default: of all. */
  readonly hash?: string;
  /** Those that this experiment saved. Default: of all. */
  readonly experiment?: string;
  /** Also those whose files were given up. Default false. */
  readonly pruned?: boolean;
}

/** What is known of an experiment hash. */
export interface CheckpointInfo {
  /** The hash's folder: 24 digits, with a suffix where they stand for another hash too. */
  readonly expHash: string;
  readonly parts: PartDigests;
  /** Where in the root its files are. */
  readonly folder: string;
  /** Saves whose files were not given up; steps rising, and the saves of each. */
  readonly modelCheckpoints: readonly CheckpointEntry[];
  readonly latestStep: number | undefined;
  /** Its architecture is in the folder. */
  readonly architectureSaved: boolean;
  /** Names of the configurations in the folder: `config` is the one that was hashed. */
  readonly configs: readonly string[];
  readonly dataStateSaved: boolean;
  /** Names of the backups of data. */
  readonly dataBackups: readonly string[];
  /** By kind and name: `config/config`, `data-backup/data`. */
  readonly files: { readonly [name: string]: CheckpointFile };
  /** Everything that was hashed was put into the folder. */
  readonly dumped: boolean;
  /** How experiments came to it, the first way first. */
  readonly origins: readonly HashOrigin[];
  /** Parts whose 8 digits stand for another digest too, and a hash where that one is used. */
  readonly collides: { readonly [part in HashPart]?: string };
  /** When an experiment came to it first, and last (ISO 8601). */
  readonly created: string | undefined;
  readonly used: string;
}

/** The folders of all hashes that experiments of this root came to, oldest first. */
export async function listExperimentHashes(context: CheckpointContext): Promise<string[]> {
  return [...(await hashRows(context)).entries()].map(([folder]) => folder);
}

/**
 * The checkpoints that the log knows: by hash, oldest first, and of each the steps in rising order. @throws CheckpointNotFoundError for an unknown hash
 * @throws InvalidOptionError
 */
export async function listCheckpoints(context: CheckpointContext, options: ListCheckpointsOptions = {}): Promise<CheckpointEntry[]> {
  checkObject(options);
  checkKnown(options, ["hash", "experiment", "pruned"]);
  const { hash, experiment } = options;
  const pruned = checkedFlag("pruned", options.pruned);
  if (experiment !== undefined && typeof experiment !== "string") throw new InvalidOptionError("experiment", `must be the name of an experiment, not ${preview(experiment)}`);
  const folder = hash === undefined ? undefined : (await requireHash(context, hash)).folder;
  const order = new Map((await listExperimentHashes(context)).map((one, index) => [one, index]));
  const rows = [...(await allCheckpoints(context.host)).values()].filter((row) => folder === undefined || row.folder === folder);
  rows.sort((a, b) => (order.get(a.folder) ?? order.size) - (order.get(b.folder) ?? order.size) || a.step - b.step);
  return rows
    .flatMap((row) => row.saves.filter((save) => pruned || save.pruned === undefined).map((save) => entryOf(context, row, save)))
    .filter((entry) => experiment === undefined || entry.experiment === experiment);
}

/** What is in a hash's folder; by default of the hash that the manager is at, undefined before the first. @throws CheckpointNotFoundError for an unknown hash */
export async function getCheckpointInfo(context: CheckpointContext, hash?: string): Promise<CheckpointInfo | undefined> {
  const row = await wantedHash(context, hash);
  if (row === undefined) return undefined;
  const modelCheckpoints = await listCheckpoints(context, { hash: row.folder });
  // What was put there by itself later stands in the place of what was dumped under that name.
  const dumped = Object.entries(row.dumped?.files ?? {}).map(([role, file]) => [role === "architecture-text" ? "architecture/text" : `${role}/${role}`, shown(context, file)] as const);
  const added = row.added.map(({ kind, name, file }) => [`${kind}/${name}`, shown(context, file)] as const);
  const files = Object.fromEntries([...dumped, ...added].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  const named = (kind: string): string[] => Object.keys(files).flatMap((name) => (name.startsWith(`${kind}/`) ? [name.slice(kind.length + 1)] : []));
  return {
    expHash: row.folder,
    parts: structuredClone(row.parts),
    folder: context.artifacts.locate(`checkpoints/${row.folder}`),
    modelCheckpoints,
    latestStep: modelCheckpoints.at(-1)?.step,
    architectureSaved: named("architecture").some((name) => name !== "text"),
    configs: named("config"),
    dataStateSaved: named("data-state").length > 0,
    dataBackups: named("data-backup"),
    files,
    dumped: row.dumped !== undefined,
    origins: structuredClone(row.origins),
    collides: Object.fromEntries(hashParts.flatMap((part) => (row.collides?.[part] === undefined ? [] : [[part, row.collides[part]]]))),
    created: row.origins[0]?.time,
    used: row.used,
  };
}

/** A save, for whoever asked: a copy. */
export function entryOf(context: CheckpointContext, row: CheckpointRow, save: SaveRow): CheckpointEntry {
  const { seq: _, files, ...rest } = save;
  const paths = Object.fromEntries(Object.entries(files).map(([role, file]) => [role, shown(context, file)]));
  return { hash: row.folder, experiment: row.experiment, step: row.step, ...structuredClone(rest), files: paths, ...(row.pinned === undefined ? {} : { pinned: { ...row.pinned } }) };
}

const shown = ({ artifacts }: CheckpointContext, file: SaveRow["files"][string]): CheckpointFile => ({ ...file, path: artifacts.locate(file.path) });
