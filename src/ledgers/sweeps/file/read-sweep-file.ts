import { readFile, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { InvalidOptionError, InvalidValueError, isDaybookError, preview } from "../../../base/errors.js";
import { readSweep } from "../read-sweep.js";
import type { Sweep } from "../sweep.js";
import { parseYaml } from "./parse-yaml.js";

/** Largest file, in bytes: 16 MiB. */
const maxBytes = 16 * 1_048_576;

/**
 * The sweep that a file describes, in the form that `readSweep` reads: `.json`, or `.yaml` or `.yml` by the rules of YAML 1.2, in which
 * `no` and dates are texts. UTF-8, at most 16 MiB.
 * @throws InvalidOptionError for another extension, and for a file that cannot be read
 * @throws InvalidValueError naming the file, and line and column for a mistake of the language or the place in the value for any other
 */
export async function readSweepFile(path: string): Promise<Sweep> {
  if (typeof path !== "string") throw new InvalidOptionError("path", `must be a text, not ${preview(path)}`);
  const source = basename(path);
  const language = languageOf(path);
  const text = await readText(path, source);
  if (language === "json") checkJson(text, source);
  return readSweep(await parseYaml(text, source, language), source);
}

function languageOf(path: string): "json" | "yaml" {
  const extension = extname(path).toLowerCase();
  if (extension === ".json") return "json";
  if (extension === ".yaml" || extension === ".yml") return "yaml";
  throw new InvalidOptionError("path", `must end in .yaml, .yml or .json, not be ${preview(path)}`);
}

async function readText(path: string, source: string): Promise<string> {
  let bytes: Buffer;
  try {
    const file = await stat(path);
    // A device or pipe may never end.
    if (!file.isFile()) throw new InvalidOptionError("path", "names something that is no file");
    if (file.size > maxBytes) throw new InvalidValueError(source, `has ${file.size} bytes, more than ${maxBytes}`);
    bytes = await readFile(path);
  } catch (error) {
    if (isDaybookError(error)) throw error;
    throw new InvalidOptionError("path", `names a file that cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidValueError(source, "is not UTF-8");
  }
}

/** Nearly all JSON is YAML, but hardly any YAML is JSON. Duplicate keys and integers that would be rounded are left to the YAML parser. */
function checkJson(text: string, source: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
    // Some messages name the offset, the others quote what stands there.
    const offset = /at position (\d+)/.exec(message)?.[1];
    const before = offset === undefined ? undefined : text.slice(0, Number(offset)).split("\n");
    const place = before === undefined ? source : `${source}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw new InvalidValueError(place, `is no JSON that can be read: ${message}`);
  }
}
