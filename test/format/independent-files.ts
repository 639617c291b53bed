/**
 * The small JSON parts of a log folder: daybook.json, headers, the manifest. Written from docs/format.md alone, like
 * independent-reader.ts; the sections named are those of that page. Nothing here knows the library.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import xxhash from "xxhash-addon";

export type JsonObject = Readonly<Record<string, unknown>>;

/** What `daybook.json` says (section 3). */
export interface Info {
  readonly root: string;
  readonly sha256: string;
  readonly writes: readonly unknown[];
}

/** The first line of a segment (section 5). `start` is the offset behind it. */
export interface Header {
  readonly on: string;
  readonly start: number;
  readonly writes: readonly unknown[];
  readonly rewritten: { readonly last: number; readonly count: number; readonly end: string } | undefined;
}

/** A line of the manifest, as far as a reader needs it (section 10). */
export interface Sealed {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Manifest {
  readonly lines: readonly Sealed[];
  readonly goodBytes: number;
  /** The `prev` of a next line. */
  readonly chain: string;
  /** The first whole line that breaks a rule. Nothing from it on is used. */
  readonly fault: { readonly offset: number } | undefined;
}

/** Something that this program cannot read, and where it says so (section 5, features). Not damage. */
export class TooNew extends Error {
  constructor(readonly file: string) {
    super(`${file} needs a newer reader`);
  }
}

export const LF = 0x0a;
const HEADER_LINE = 65_536;
const SEGMENT = 2_147_483_648;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const xxh3 = (bytes: Buffer): string => xxhash.XXHash3.hash(bytes).toString("hex");
export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
export const segmentName = (first: number): string => `${String(first).padStart(20, "0")}.ndjson`;
export const isInteger = (value: unknown, least: number): value is number => Number.isSafeInteger(value) && (value as number) >= least;
export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
const isHex = (value: unknown, digits: number): value is string => typeof value === "string" && value.length === digits && /^[0-9a-f]*$/.test(value);
/** Section 6: always 24 characters. */
const isTime = (value: unknown): boolean => typeof value === "string" && value.length === 24;
const namesIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A JSON object in UTF-8 without a byte order mark (section 2), or nothing. */
export function parseObject(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Section 5, features: judged before anything else. */
function mustBeReadable(json: JsonObject, file: string): void {
  if ((typeof json.daybook === "number" && json.daybook > 1) || namesIn(json.needs).length > 0) throw new TooNew(file);
}

/** Section 3. Nothing where there is no `daybook.json`, or one that names no root. */
export function readInfo(root: string): Info | undefined {
  const path = join(root, "daybook.json");
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const json = bytes.length > HEADER_LINE ? undefined : parseObject(bytes);
  if (json === undefined) return undefined;
  mustBeReadable(json, "daybook.json");
  if (json.daybook !== 1 || typeof json.root !== "string" || json.root === "") return undefined;
  return { root: json.root, sha256: sha256(bytes), writes: namesIn(json.writes) };
}

/** Numbers of the segments in order (section 4). A file without a whole header line is none (section 5). */
export function segmentsOf(root: string): number[] {
  const folder = join(root, "log");
  if (!existsSync(folder)) return [];
  const numbers = readdirSync(folder)
    .filter((name) => /^[0-9]{20}\.ndjson(\.gz|\.br)?$/.test(name))
    .map((name) => Number(name.slice(0, 20)));
  return [...new Set(numbers)]
    .filter((number) => isInteger(number, 1) && headerEnd(segmentBytes(root, number) ?? Buffer.of(LF)) !== 0)
    .sort((a, b) => a - b);
}

/** The bytes of a segment, decompressed if need be: the plain file counts, then gzip (section 14). Nothing where they cannot be decompressed. */
export function segmentBytes(root: string, first: number): Buffer | undefined {
  const plain = join(root, "log", segmentName(first));
  const limit = { maxOutputLength: SEGMENT };
  try {
    if (existsSync(plain)) return readFileSync(plain);
    return existsSync(`${plain}.gz`) ? gunzipSync(readFileSync(`${plain}.gz`), limit) : brotliDecompressSync(readFileSync(`${plain}.br`), limit);
  } catch {
    return undefined;
  }
}

/** Offset behind the LF of the header line, 0 where its 64 KiB have none. */
const headerEnd = (bytes: Buffer): number => bytes.subarray(0, HEADER_LINE).indexOf(LF) + 1;

/** The header of segment `first`, which has to continue on `on` (section 5). Nothing where it is bad. */
export function readHeader(bytes: Buffer, info: Info, first: number, on: string): Header | undefined {
  const start = headerEnd(bytes);
  const json = parseObject(bytes.subarray(0, start));
  if (json === undefined) return undefined;
  mustBeReadable(json, segmentName(first));
  if (json.daybook !== 1 || json.root !== info.root || json.first !== first || json.on !== on) return undefined;
  const plain = { on, start, writes: namesIn(json.writes) };
  if (json.gen === undefined) return { ...plain, rewritten: undefined };
  const { gen, last, count, end } = json;
  if (!isInteger(gen, 1) || !isInteger(last, first) || !isInteger(count, 0) || !isHex(end, 16)) return undefined;
  return { ...plain, rewritten: { last, count, end } };
}

/** Section 10: lines up to the first that is torn or wrong. */
export function readManifest(root: string, info: Info): Manifest {
  const path = join(root, "log", "manifest.ndjson");
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const lines: Sealed[] = [];
  let chain = info.sha256;
  let start = 0;
  for (let lf = bytes.indexOf(LF); lf !== -1; lf = bytes.indexOf(LF, start)) {
    const line = bytes.subarray(start, lf);
    if (lf + 1 === bytes.length && line.includes(0)) break;
    const sealed = manifestLine(line, info.root, chain, (lines.at(-1)?.last ?? 0) + 1);
    if (sealed === undefined) return { lines, goodBytes: start, chain, fault: { offset: start } };
    lines.push(sealed);
    chain = sha256(line);
    start = lf + 1;
  }
  if (bytes.length - start >= HEADER_LINE) return { lines, goodBytes: start, chain, fault: { offset: start } };
  return { lines, goodBytes: start, chain, fault: undefined };
}

function manifestLine(line: Buffer, root: string, prev: string, first: number): Sealed | undefined {
  const json = line.length < HEADER_LINE ? parseObject(line) : undefined;
  if (json === undefined || json.root !== root || json.prev !== prev || json.first !== first) return undefined;
  const { last, count, from, to, bytes, end, sha256: digest, sig } = json;
  if (!isInteger(last, first) || !isInteger(count, 0) || count > last - first + 1 || !isInteger(bytes, 1)) return undefined;
  if (!isTime(from) || !isTime(to) || !isHex(end, 16) || !isHex(digest, 64)) return undefined;
  return sig === undefined || typeof sig === "string" ? { first, last, bytes, sha256: digest } : undefined;
}

/** Section 10: a sealed segment that is missing, has another size or another digest. Nothing where it is right. */
export function sealedProblem(root: string, { first, bytes, sha256: digest }: Sealed): string | undefined {
  if (!["", ".gz", ".br"].some((suffix) => existsSync(join(root, "log", segmentName(first) + suffix)))) return "a sealed segment is missing";
  const content = segmentBytes(root, first);
  if (content === undefined) return "a sealed segment cannot be decompressed";
  if (content.length !== bytes) return `a sealed segment of ${bytes} bytes has ${content.length}`;
  return sha256(content) === digest ? undefined : "a sealed segment has another SHA-256";
}
