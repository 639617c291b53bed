import { constants } from "node:fs";
import { open } from "node:fs/promises";
import * as path from "node:path";
import { inspectJson } from "../../events/json-walk.js";
import type { JsonObject } from "../../events/recorded-event.js";
import { isObject } from "./flatten-json.js";

/** Why a file is missing from an aggregate. */
export type MissingReason = "NO_RUN" | "NO_PARAMS" | "NOT_ATTACHED" | "NOT_FOUND" | "NOT_READABLE" | "NOT_JSON" | "NOT_AN_OBJECT" | "TOO_LARGE";

/** What a file held, or why it could not be had. */
export type AttachedJson = { readonly value: JsonObject; readonly why?: undefined } | { readonly why: MissingReason; readonly message: string };

/** The largest file that is read, in bytes: it is a file of results, not of data. */
export const maxAttachedBytes = 64 * 1_048_576;

/** Reads a JSON object from a file that a run has attached; a relative path is relative to `folder`. Never throws. */
export async function readAttachedJson(folder: string, file: string): Promise<AttachedJson> {
  const place = path.resolve(folder, file);
  let bytes: Buffer;
  try {
    // Not blocking: a pipe that nobody writes to would never be open.
    const handle = await open(place, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await handle.stat();
      if (!status.isFile()) return { why: "NOT_READABLE", message: `${place} is no file` };
      if (status.size > maxAttachedBytes) return { why: "TOO_LARGE", message: `${place} has ${status.size} bytes, more than ${maxAttachedBytes}` };
      bytes = await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { why: "NOT_FOUND", message: `${place} is not there` };
    return { why: "NOT_READABLE", message: `${place} cannot be read: ${message}` };
  }
  return parseObject(bytes, place);
}

function parseObject(bytes: Buffer, place: string): AttachedJson {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    // Python writes NaN as it stands, which is no JSON.
    const hint = /(?<![\w"])(?:NaN|-?Infinity)(?![\w"])/.test(bytes.toString("latin1")) ? ": NaN and Infinity are no JSON, write null" : "";
    return { why: "NOT_JSON", message: `${place} is no JSON (${error instanceof Error ? error.message : String(error)})${hint}` };
  }
  if (!isObject(value)) return { why: "NOT_AN_OBJECT", message: `${place} holds no JSON object` };
  const { fault } = inspectJson(value, "$");
  return fault === undefined ? { value } : { why: "NOT_JSON", message: `${place}: ${fault.path} ${fault.problem}` };
}
