import * as path from "node:path";
import { isDaybookError, LogCorruptError } from "../../base/errors.js";
import { maxHeaderBytes } from "../../events/limits.js";
import { readSmallFile } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { formatVersion, parseSegmentFileName, rootFileName, segmentFileName } from "../format.js";
import { hashOfPart, readManifest } from "../manifest.js";
import type { ManifestEntry } from "../manifest.js";
import { readRoot, rootPaths } from "../root.js";
import { isLoss, problemOf } from "./lenient-files.js";

/** Whose log it is. */
export interface Identity {
  readonly root: string;
  readonly created: string | undefined;
  /** The bytes of daybook.json; undefined where it is lost. */
  readonly bytes: Buffer | undefined;
  readonly unknownWrites: readonly string[];
}

/**
 * The root id: by daybook.json, else by what most segments say. A daybook.json whose id no segment has, while they agree on another one, is damaged.
 * @throws FormatTooNewError @throws LogCorruptError where nothing says whose log it is
 */
export function identify(files: LogFileSystem, root: string, numbers: readonly number[], notes: string[]): Identity {
  let info;
  try {
    info = readRoot(files, root);
    if (info === undefined) notes.push("daybook.json is missing; the root id was taken from the segments");
  } catch (error) {
    if (!isLoss(error)) throw error;
    notes.push(`daybook.json is damaged (${problemOf(error)}); the root id was taken from the segments`);
  }
  const votes = new Map<string, number>();
  for (const number of numbers) {
    const claimed = claimedRoot(files, path.join(rootPaths(root).log, segmentFileName(number)));
    if (claimed !== undefined) votes.set(claimed, (votes.get(claimed) ?? 0) + 1);
  }
  if (info !== undefined && (votes.size === 0 || votes.has(info.root))) return info;
  const [elected] = [...votes].sort((one, other) => other[1] - one[1])[0] ?? [];
  if (elected === undefined) throw new LogCorruptError({ segment: rootFileName, offset: 0, seq: 0 }, "neither daybook.json nor any segment says whose log this is");
  if (info !== undefined) notes.push(`daybook.json names the root id ${info.root}, which no segment has; they say ${elected}`);
  return { root: elected, created: info?.created, bytes: undefined, unknownWrites: info?.unknownWrites ?? [] };
}

/** A daybook.json for a root that has lost its own. */
export const newDescription = (root: string, created: string): Buffer => Buffer.from(`${JSON.stringify({ daybook: formatVersion, root, created })}\n`, "utf8");

function claimedRoot(files: LogFileSystem, file: string): string | undefined {
  try {
    const head = readSmallFile(files, file, maxHeaderBytes);
    const value = JSON.parse(head?.toString("utf8", 0, Math.max(0, head.indexOf(0x0a))) ?? "") as Record<string, unknown> | null;
    return typeof value?.["root"] === "string" && value["root"] !== "" ? value["root"] : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isLoss(error)) return undefined;
    throw error;
  }
}

/** The numbers of all files with a segment's name, rising. */
export function segmentNumbers(files: LogFileSystem, folder: string): number[] {
  if (files.statSync(folder) === undefined) return [];
  const numbers = files.readdirSync(folder).map(parseSegmentFileName);
  return numbers.filter((first) => first !== undefined).sort((a, b) => a - b);
}

/**
 * The lines of a manifest up to the first that is wrong: what they name was there once. Without daybook.json the first line's chain cannot
 * be checked; the others' are.
 */
export function sealedLines(files: LogFileSystem, root: string, { root: id, bytes }: Identity, notes: string[]): readonly ManifestEntry[] {
  const { manifest } = rootPaths(root);
  const firstLine = bytes === undefined ? (readSmallFile(files, manifest, maxHeaderBytes)?.indexOf(0x0a) ?? -1) + 1 : 0;
  const rootBytes = bytes ?? Buffer.alloc(0);
  const trusted = firstLine === 0 ? undefined : { bytes: firstLine, xxh3: hashOfPart(files, manifest, rootBytes, firstLine) ?? "" };
  try {
    return readManifest(files, manifest, id, rootBytes, trusted).entries;
  } catch (error) {
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    const { offset, problem } = error as LogCorruptError;
    notes.push(`the manifest is damaged from byte ${offset} on: ${problem}`);
    return readManifest(upTo(files, offset), manifest, id, rootBytes, trusted).entries;
  }
}

/** The same files, as if each ended at an offset. */
const upTo = (files: LogFileSystem, end: number): LogFileSystem => ({
  ...files,
  readSync: (fd, buffer, offset, length, position) => (position >= end ? 0 : files.readSync(fd, buffer, offset, Math.min(length, end - position), position)),
});
