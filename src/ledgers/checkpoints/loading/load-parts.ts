import { ArtifactCorruptError, CheckpointNotFoundError, InvalidOptionError, preview } from "../../../base/errors.js";
import { checkedFlag, checkKnown, checkObject, checkSignal } from "../../../base/checks.js";
import type { ArtifactRef, HashPart, PartContent } from "../../../events/checkpoint-events.js";
import type { Json, JsonObject } from "../../../events/recorded-event.js";
import { hashPartsProjection, knownPart } from "../../../projections/views/hash-parts.js";
import type { HashPartsRow } from "../../../projections/views/hash-parts.js";
import type { HashRow } from "../../../projections/views/hashes.js";
import type { Rows } from "../../../projections/projection.js";
import type { CheckpointContext } from "../context.js";
import { wantedHash } from "./checkpoint-rows.js";
import { readAsThen } from "./read-save.js";

/** How a part of a hash is loaded. */
export interface LoadPartOptions {
  /** Where the file is damaged or missing, take what the log keeps of it. Default false: `ARTIFACT_CORRUPT`. */
  readonly fallback?: boolean;
  readonly signal?: AbortSignal;
}

/** Which configuration. */
export interface LoadConfigOptions extends LoadPartOptions {
  /** The name it was saved under. Default `config`, the one that was hashed. */
  readonly configName?: string;
}

/**
 * A configuration of a hash, by default of the one that the manager is at: from its file, verified, once it was dumped; as the log fixed it when it was hashed while it
 * is pending. Undefined where there is none, of that name or at all.
 * @throws CheckpointNotFoundError for an unknown hash @throws ArtifactCorruptError @throws InvalidOptionError
 */
export async function loadConfig(context: CheckpointContext, hash?: string, options: LoadConfigOptions = {}): Promise<JsonObject | undefined> {
  checkPartOptions(options, ["configName"]);
  const { configName = "config", signal = context.signal } = options;
  if (typeof configName !== "string") throw new InvalidOptionError("configName", `must be a text, not ${preview(configName)}`);
  const row = await wantedHash(context, hash);
  if (row === undefined) return undefined;
  if (configName === "config") return await partOf(context, row, "config", "config", parseYaml, options);
  const file = row.added.find(({ kind, name }) => kind === "config" && name === configName)?.file;
  return file === undefined ? undefined : await parsed(context, file, parseYaml, signal);
}

/** The architecture of a hash, as it was described when it was hashed. As {@link loadConfig} otherwise. */
export async function loadArchitecture(context: CheckpointContext, hash?: string, options: LoadPartOptions = {}): Promise<JsonObject | undefined> {
  checkPartOptions(options);
  const row = await wantedHash(context, hash);
  return row === undefined ? undefined : await partOf(context, row, "model", "architecture", (text) => JSON.parse(text) as Json, options);
}

/** Also where there is nothing to load. @throws InvalidOptionError naming the option */
function checkPartOptions(options: LoadPartOptions, more: readonly string[] = []): void {
  checkObject(options);
  checkKnown(options, ["fallback", "signal", ...more]);
  checkedFlag("fallback", options.fallback);
  checkSignal(options.signal);
}

/** What a part of a hash is as JSON: from the file of that role, else from the log. */
async function partOf(context: CheckpointContext, row: HashRow, part: HashPart, role: string, parse: Parse, options: LoadPartOptions): Promise<JsonObject | undefined> {
  const { fallback = false, signal = context.signal } = options;
  if (row.parts[part] === undefined) return undefined;
  const file = row.dumped?.files[role];
  try {
    if (file !== undefined) return await parsed(context, file, parse, signal);
  } catch (error) {
    if (!fallback || !(error instanceof ArtifactCorruptError)) throw error;
  }
  const { json, file: kept } = await contentOf(context, row, part);
  if (json !== undefined) return structuredClone(json) as JsonObject;
  if (kept !== undefined) return await parsed(context, kept, (text) => JSON.parse(text) as Json, signal);
  throw unknownContent(row, part);
}

/** What the log keeps of a part. @throws CheckpointNotFoundError where it has nothing of it */
export async function contentOf({ host }: CheckpointContext, row: HashRow, part: HashPart): Promise<PartContent> {
  const rows = (await host.query(hashPartsProjection)).state as Rows<HashPartsRow>;
  const content = knownPart(rows, part, row.parts[part]?.digest ?? "")?.content;
  if (content === undefined) throw unknownContent(row, part);
  return content;
}

/** That the log does not say what a part was. */
export const unknownContent = (row: HashRow, part: HashPart): CheckpointNotFoundError =>
  new CheckpointNotFoundError(row.folder, undefined, `The log does not have what the ${part} of hash ${row.folder} was, and it was never dumped`);

type Parse = (text: string) => Json | Promise<Json>;

const parseYaml: Parse = async (text) => {
  const { parse } = await import("yaml");
  return parse(text) as Json;
};

/** @throws ArtifactCorruptError */
async function parsed(context: CheckpointContext, file: ArtifactRef, parse: Parse, signal: AbortSignal | undefined): Promise<JsonObject> {
  const bytes = await readAsThen(context, file, signal);
  try {
    return (await parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))) as JsonObject;
  } catch (error) {
    throw new ArtifactCorruptError(context.artifacts.locate(file.path), "cannot be read, although it is as it was saved", error);
  }
}
