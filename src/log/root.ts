import { isUtf8 } from "node:buffer";
import * as path from "node:path";
import { LogCorruptError, LogNotFoundError } from "../base/errors.js";
import { maxHeaderBytes } from "../events/limits.js";
import type { LogFileSystem } from "./file-system.js";
import { readSmallFile, syncFolder, writeDurably } from "./file-system.js";
import { formatVersion, parseSegmentFileName, rootFileName, segmentFileName } from "./format.js";
import { checkFeatures, headerLine, isFormat, unknownFeatures } from "./header.js";
import { nodeCrypto } from "./node-crypto.js";
import { xxh3 } from "./xxh3.js";

/** What daybook.json says. */
export interface RootInfo {
  /** The root's UUID. */
  readonly root: string;
  /** ISO 8601. */
  readonly created: string;
  /** The file's bytes: the manifest's chain begins with their SHA-256. */
  readonly bytes: Buffer;
  /** Features without which the root may be read but not written. */
  readonly unknownWrites: readonly string[];
}

/** Where things lie under a root. */
export const rootPaths = (root: string) => ({
  description: path.join(root, rootFileName),
  log: path.join(root, "log"),
  lock: path.join(root, "log", "lock"),
  failed: path.join(root, "log", "failed"),
  manifest: path.join(root, "log", "manifest.ndjson"),
  quarantine: path.join(root, "quarantine"),
  snapshots: path.join(root, "snapshots"),
  index: path.join(root, "index"),
});

/** Reads daybook.json; undefined when there is none. @throws LogCorruptError @throws FormatTooNewError */
export function readRoot(files: LogFileSystem, root: string): RootInfo | undefined {
  const bytes = readSmallFile(files, rootPaths(root).description, maxHeaderBytes + 1);
  if (bytes === undefined) return undefined;
  const fail = (problem: string): never => {
    throw new LogCorruptError({ segment: rootFileName, offset: 0, seq: 0 }, problem);
  };
  if (bytes.length > maxHeaderBytes) return fail("the file is longer than 64 KiB");
  if (!isUtf8(bytes)) return fail("the file is not UTF-8");
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return fail("the file is not JSON");
  }
  if (typeof value !== "object" || value === null || !("daybook" in value)) return fail("the file is not one of daybook");
  const info = value as Record<string, unknown>;
  if (!isFormat(info["daybook"])) return fail("the file has no format number");
  checkFeatures(rootFileName, info);
  if (typeof info["root"] !== "string" || info["root"].length === 0) return fail("the file names no root id");
  return { root: info["root"], created: typeof info["created"] === "string" ? info["created"] : "", bytes, unknownWrites: unknownFeatures(info["writes"]) };
}

/** As {@link readRoot}. @throws LogNotFoundError */
export function requireRoot(files: LogFileSystem, root: string): RootInfo {
  const info = readRoot(files, root);
  if (info !== undefined) return info;
  assertNoSegments(files, root);
  throw new LogNotFoundError(root);
}

/**
 * Makes a root where there is none; the caller holds the lock and nobody else can be here. Each file appears whole and
 * durable or not at all: temporary file, sync, link, sync of the folder.
 */
export function createRoot(files: LogFileSystem, root: string, nowMs: number): RootInfo {
  const paths = rootPaths(root);
  assertNoSegments(files, root);
  const description = { daybook: formatVersion, root: nodeCrypto().randomUUID(), created: new Date(nowMs).toISOString() };
  const bytes = Buffer.from(`${JSON.stringify(description)}\n`, "utf8");
  placeOnce(files, paths.description, bytes);
  return { root: description.root, created: description.created, bytes, unknownWrites: [] };
}

/** @throws LogCorruptError for segments without a daybook.json */
function assertNoSegments(files: LogFileSystem, root: string): void {
  const { log } = rootPaths(root);
  if (files.statSync(log) !== undefined && files.readdirSync(log).some((name) => parseSegmentFileName(name) !== undefined)) {
    throw new LogCorruptError({ segment: rootFileName, offset: 0, seq: 1 }, "there are segments but no daybook.json to say whose they are; a repair or a backup that was not finished leaves it so");
  }
}

/** The hash that a log's first segment continues on: of the root id's text. */
export const rootHash = (root: string): string => xxh3(Buffer.from(root, "utf8"));

/** Makes a segment that holds only its header, whole and durable but for its name: the folder is synced by whoever enters it. */
export function createSegment(files: LogFileSystem, folder: string, root: string, first: number, on: string): void {
  const target = path.join(folder, segmentFileName(first));
  const temporary = writeTemporary(files, target, headerLine(root, first, on));
  files.renameSync(temporary, target);
}

/** Places daybook.json with link(2), which never replaces a file that is there. */
export function placeOnce(files: LogFileSystem, target: string, bytes: Buffer): void {
  const temporary = writeTemporary(files, target, bytes);
  files.linkSync(temporary, target);
  files.unlinkSync(temporary);
  syncFolder(files, path.dirname(target));
}

function writeTemporary(files: LogFileSystem, target: string, bytes: Buffer): string {
  const temporary = `${target}.new`;
  // A crash may have left this name as a second link to a file in use: take it away, never write through it.
  if (files.statSync(temporary) !== undefined) files.unlinkSync(temporary);
  writeDurably(files, temporary, "wx", bytes);
  return temporary;
}
