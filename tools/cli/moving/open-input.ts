import * as fs from "node:fs";
import { CliFault, messageOf } from "../errors.js";

/** What a file may hold that is imported. */
export const importFormats = ["metadata", "ndjson", "cloudevents"] as const;
export type ImportFormat = (typeof importFormats)[number];

/** A file, or standard input, of which the beginning is known. */
export interface Input {
  readonly name: string;
  /** Size of a file. */
  readonly totalBytes: number | undefined;
  readonly format: ImportFormat;
  /** All of it, from the first byte on. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** Longer first lines are no event's. */
const longestLine = 17 * 1024 * 1024;

/** Opens a file and looks what is in it. @param format what it is known to be @throws CliFault for what cannot be read */
export async function openInput(file: string, format: ImportFormat | undefined): Promise<Input> {
  const name = file === "-" ? "standard input" : file;
  try {
    const totalBytes = file === "-" ? undefined : fs.statSync(file).size;
    const stream = file === "-" ? process.stdin : fs.createReadStream(file, { highWaterMark: 256 * 1024 });
    const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    const head = await beginning(chunks);
    return { name, totalBytes, format: format ?? formatOf(firstLine(Buffer.concat(head))), chunks: rejoined(head, chunks) };
  } catch (error) {
    throw new CliFault("READ_FAILED", `${name} cannot be read: ${messageOf(error)}`);
  }
}

/** All of it as text. */
export async function textOf({ chunks }: Input): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString("utf8");
}

/** Chunks up to the end of the first line that is not empty. */
async function beginning(chunks: AsyncIterator<Buffer>): Promise<Buffer[]> {
  const head: Buffer[] = [];
  let bytes = 0;
  let begun = false;
  while (bytes < longestLine) {
    const next = await chunks.next();
    if (next.done === true) break;
    const chunk = next.value;
    head.push(chunk);
    bytes += chunk.length;
    const start: number = begun ? 0 : chunk.findIndex((byte) => byte > 0x20);
    begun ||= start !== -1;
    if (begun && chunk.includes(0x0a, start)) break;
  }
  return head;
}

async function* rejoined(head: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

const firstLine = (bytes: Buffer): string => bytes.toString("utf8").replace(/^\uFEFF?\s+/, "").split("\n", 1)[0] ?? "";

/** Events say what they are; everything else is taken for a metadata.json, whose reader says what is wrong with it. */
function formatOf(line: string): ImportFormat {
  let value: unknown;
  try {
    value = JSON.parse(line.replace(/^\uFEFF/, ""));
  } catch {
    return "metadata";
  }
  if (typeof value !== "object" || value === null) return "metadata";
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields["specversion"] === "string") return "cloudevents";
  const isHeader = typeof fields["daybook"] === "number" && typeof fields["root"] === "string";
  return isHeader || (typeof fields["seq"] === "number" && typeof fields["stream"] === "string") ? "ndjson" : "metadata";
}
