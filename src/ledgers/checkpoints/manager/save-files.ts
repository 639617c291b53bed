import { createReadStream } from "node:fs";
import * as path from "node:path";
import { checkedPath, checkKnown, checkObject } from "../../../base/checks.js";
import { InvalidOptionError, NothingRegisteredError, preview, ReadFailedError } from "../../../base/errors.js";
import { isPart } from "../../../events/alphabet.js";
import type { Json } from "../../../events/recorded-event.js";
import { canonicalContent } from "../hashing/canonical-content.js";
import { addFile } from "./add-file.js";
import { configText } from "./config-text.js";
import { backupPath, dataStatePath, namedConfigPath } from "./folder-paths.js";
import type { ManagerContext } from "./open-context.js";

/** How a file of data is backed up. */
export interface DataBackupOptions {
  /** One part as of an identifier. Default: the file's name without its extension. */
  readonly backupName?: string | undefined;
}

/** The folder that a manager saves into. @throws NothingRegisteredError before the first hash */
export function folderHere({ position, experiment }: ManagerContext): string {
  if (position !== undefined) return position.folder;
  throw new NothingRegisteredError("hash", `The experiment ${experiment} has no hash yet: update its hash first, or register what it is made of`);
}

/** A name of a file in a hash's folder. @throws InvalidOptionError */
export function fileName(field: string, value: unknown): string {
  if (typeof value === "string" && isPart(value) && value.length <= 128) return value;
  throw new InvalidOptionError(field, `must be one part as of an identifier, such as optimizer_config, not ${preview(value)}`);
}

/** A configuration other than the one that is hashed, as it is now. @throws UnhashablePartError for what is no JSON */
export function namedConfig(config: unknown): Json {
  return canonicalContent("config", config);
}

/** @returns where it is: an absolute path, or what the artifact store says */
export async function saveNamedConfig(context: ManagerContext, config: Json, name: string): Promise<string> {
  const folder = folderHere(context);
  const text = await configText(config);
  const file = await addFile(context, folder, { kind: "config", name, content: () => text, pathOf: (number) => namedConfigPath(folder, name, number) });
  return context.artifacts.locate(file.path);
}

/** Copies a file of data into the folder of the manager's hash. @throws ReadFailedError @returns where the copy is */
export async function saveDataBackup(context: ManagerContext, file: string, options: DataBackupOptions = {}): Promise<string> {
  checkObject(options);
  checkKnown(options, ["backupName"]);
  const { backupName } = options;
  const from = path.resolve(checkedPath("path", file));
  const { name: base, ext } = path.parse(from);
  const name = backupName === undefined ? fileName("path", base) : fileName("backupName", backupName);
  const extension = /^\.[A-Za-z0-9_-]{1,32}$/.test(ext) && ext !== ".new" ? ext : "";
  const folder = folderHere(context);
  // A data state of the hash itself is to be there under that name.
  const first = backupPath(folder, name, 1, extension) === dataStatePath(folder) ? 1 : 0;
  const copy = await addFile(context, folder, { kind: "data-backup", name, content: () => bytesOf(from), pathOf: (number) => backupPath(folder, name, number + first, extension) });
  return context.artifacts.locate(copy.path);
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) yield chunk as Uint8Array;
  } catch (error) {
    throw new ReadFailedError(error, file);
  }
}
