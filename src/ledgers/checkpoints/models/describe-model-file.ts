import { open, readFile } from "node:fs/promises";
import { InvalidOptionError, isDaybookError } from "../../../base/errors.js";
import { checkedPath } from "../../../base/checks.js";
import type { Architecture } from "./model-adapter.js";
import { describeOnnx } from "./onnx/describe-onnx.js";
import { headerLength, readSafetensorsHeader } from "./safetensors/read-safetensors.js";
import { describeHeader } from "./safetensors/safetensors-models.js";

/**
 * The architecture of the model in a file, by the end of its name: `.onnx`, `.safetensors` (of which only the header is read), or `.json`, a plain description. What
 * it gives counts as the model wherever a model is wanted.
 * @throws InvalidOptionError for another kind of file, and for one that cannot be read @throws UnhashablePartError @throws SafetensorsInvalidError
 */
export async function describeModelFile(path: string): Promise<Architecture> {
  const file = checkedPath("path", path);
  const kind = /\.(onnx|safetensors|json)$/i.exec(file)?.[1]?.toLowerCase();
  switch (kind) {
    case "onnx":
      return describeOnnx(await read(() => readFile(file)));
    case "safetensors":
      return await read(() => describeSafetensorsFile(file));
    case "json":
      return { algorithm: "plain-1", json: plainObject(file, await read(() => readFile(file, "utf8"))) };
    case undefined:
    default:
      throw new InvalidOptionError("path", "must end in .onnx, .safetensors or .json");
  }
}

async function describeSafetensorsFile(path: string): Promise<Architecture> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const start = await readStart(file, 8);
    return describeHeader(readSafetensorsHeader(await readStart(file, 8 + headerLength(start)), size));
  } finally {
    await file.close();
  }
}

/** The first bytes of a file; fewer where it is shorter. */
async function readStart(file: Awaited<ReturnType<typeof open>>, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(length, (await file.stat()).size));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function plainObject(path: string, text: string): Architecture["json"] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidOptionError("path", `${path} holds no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new InvalidOptionError("path", `${path} holds no JSON object`);
  return value as Architecture["json"];
}

async function read<T>(reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (error) {
    if (isDaybookError(error)) throw error;
    // Also what is longer than a Buffer or a string can be.
    throw new InvalidOptionError("path", `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
