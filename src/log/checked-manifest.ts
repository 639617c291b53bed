import * as path from "node:path";
import type { LogFileSystem } from "./file-system.js";
import { closeQuietly, readSmallFile, removeQuietly, writeFully } from "./file-system.js";
import { hashOfPart } from "./manifest.js";
import type { CheckedPart, Manifest } from "./manifest.js";
import { nodeCrypto } from "./node-crypto.js";
import { rootPaths } from "./root.js";

const fileForm = 1;
const maxBytes = 1024;

const fileOf = (root: string): string => path.join(rootPaths(root).index, "manifest.json");

/**
 * What whoever sealed last has checked of the manifest, from a cache: SHA-256 of its lines need not be taken at each opening.
 * Undefined without one. `verify` does not ask for it.
 */
export function checkedPart(files: LogFileSystem, root: string): CheckedPart | undefined {
  try {
    const value = JSON.parse(readSmallFile(files, fileOf(root), maxBytes)?.toString("utf8") ?? "null") as Readonly<Record<string, unknown>> | null;
    const known = value !== null && value["checked"] === fileForm && Number.isSafeInteger(value["bytes"]) && (value["bytes"] as number) > 0 && typeof value["xxh3"] === "string";
    return known ? (value as unknown as CheckedPart) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps for later how much of a manifest was checked. A cache that cannot be written costs the next opening time, and nothing else. */
export function keepChecked(files: LogFileSystem, root: string, rootBytes: Buffer, { goodBytes }: Manifest): void {
  if (goodBytes === 0) return;
  const file = fileOf(root);
  const temporary = `${file}.${nodeCrypto().randomUUID()}.new`;
  try {
    const xxh3 = hashOfPart(files, rootPaths(root).manifest, rootBytes, goodBytes);
    files.mkdirSync(path.dirname(file));
    const fd = files.openSync(temporary, "wx");
    try {
      writeFully(files, fd, Buffer.from(`${JSON.stringify({ checked: fileForm, bytes: goodBytes, xxh3 })}\n`, "utf8"), 0);
    } finally {
      closeQuietly(files, fd);
    }
    files.renameSync(temporary, file);
  } catch {
    removeQuietly(files, temporary);
  }
}
