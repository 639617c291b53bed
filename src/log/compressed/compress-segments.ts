import * as path from "node:path";
import { isDaybookError, LogCorruptError, WriteFailedError } from "../../base/errors.js";
import { acquireLock, FileLock } from "../file-lock.js";
import { asReadFailure, closeQuietly, readFully, removeQuietly, syncFolder } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { segmentFileName } from "../format.js";
import { readManifest } from "../manifest.js";
import type { ManifestEntry } from "../manifest.js";
import { nodeCrypto } from "../node-crypto.js";
import { requireRoot, rootPaths } from "../root.js";
import { codecs, parseSegmentForm, suffixes } from "./codec.js";
import type { Codec } from "./codec.js";
import { CompressedFile } from "./compressed-file.js";
import { onDisk } from "./compressed-files.js";
import type { CompressedSegment, CompressReport, ResolvedCompression } from "./compression.js";
import { writeCompressed, writeCopy } from "./write-compressed.js";
import type { ReadContent, Rewriting } from "./write-compressed.js";

/** The forms of the sealed segments of a log, as they lie on the disk. */
interface SealedSegment {
  readonly entry: ManifestEntry;
  readonly plain: boolean;
  readonly codec: Codec | undefined;
}

/**
 * Compresses sealed segments, or decompresses them again, one after another: a new file, synced, read back and held against the manifest's SHA-256, gets its
 * name, and only then is the old one removed. Processes that read or append meanwhile notice nothing. One such work at a time on a root.
 * @throws LogCorruptError for a segment that is not as it was sealed; it stays as it is @throws WriteFailedError @throws ReadFailedError
 * @throws LockTimeoutError
 */
export async function compressSegments(root: string, viewed: LogFileSystem, lockTimeoutMs: number, options: ResolvedCompression): Promise<CompressReport> {
  try {
    return await convertSegments(root, viewed, lockTimeoutMs, options);
  } catch (error) {
    throw asReadFailure(error);
  }
}

async function convertSegments(root: string, viewed: LogFileSystem, lockTimeoutMs: number, options: ResolvedCompression): Promise<CompressReport> {
  const files = onDisk(viewed);
  const { dryRun } = options;
  const paths = rootPaths(root);
  if (files.statSync(paths.manifest) === undefined) return { segments: [], dryRun };
  if (dryRun) return { segments: chosenSegments(files, root, options).map((one) => sizesOf(files, paths.log, one, options.codec === undefined)), dryRun };
  // A file that is there from the first seal on, and that nobody else locks: those who append take `lock`.
  const lock = new FileLock(paths.manifest, false);
  try {
    await acquireLock(lock, "exclusive", lockTimeoutMs);
    await tidy(files, root, options.signal);
    return { segments: await eachSegment(files, paths.log, chosenSegments(files, root, options), options), dryRun };
  } finally {
    lock.close();
  }
}

async function eachSegment(files: LogFileSystem, folder: string, chosen: readonly SealedSegment[], options: ResolvedCompression): Promise<CompressedSegment[]> {
  const done: CompressedSegment[] = [];
  const totalBytes = chosen.reduce((sum, { entry }) => sum + entry.bytes, 0);
  let bytes = 0;
  const onBytes = (more: number): void => options.onProgress?.({ bytes: (bytes += more), totalBytes });
  for (const one of chosen) {
    options.signal?.throwIfAborted();
    const conversion = { files, folder, entry: one.entry, onBytes, signal: options.signal };
    if (options.codec !== undefined) await compress(conversion, options.codec);
    const sizes = sizesOf(files, folder, one, true);
    if (options.codec === undefined && one.codec !== undefined) await decompress(conversion, one.codec);
    done.push(sizes);
  }
  return done;
}

/** In the order in which they are worked on: a compressed segment never follows on a plain one, also after a kill. */
function chosenSegments(files: LogFileSystem, root: string, { codec, keep }: ResolvedCompression): SealedSegment[] {
  const sealed = sealedSegments(files, root);
  if (codec === undefined) return sealed.filter((one) => !one.plain && one.codec !== undefined).reverse();
  return sealed.slice(0, Math.max(0, sealed.length - keep)).filter(({ plain }) => plain);
}

function sealedSegments(files: LogFileSystem, root: string): SealedSegment[] {
  const info = requireRoot(files, root);
  const { entries } = readManifest(files, rootPaths(root).manifest, info.root, info.bytes);
  const names = new Set(files.readdirSync(rootPaths(root).log));
  return entries.map((entry) => {
    const name = segmentFileName(entry.first);
    return { entry, plain: names.has(name), codec: codecs.find((one) => names.has(name + suffixes[one])) };
  });
}

function sizesOf(files: LogFileSystem, folder: string, { entry }: SealedSegment, compressed: boolean): CompressedSegment {
  const segment = segmentFileName(entry.first);
  const made = compressed ? codecs.map((codec) => files.statSync(path.join(folder, segment + suffixes[codec]))?.size) : [];
  return { segment, bytes: entry.bytes, compressedBytes: made.find((size) => size !== undefined) };
}

/**
 * What earlier work left that was killed: unfinished files, and compressed ones beside the plain file, which counts. Only beside one that is as it was sealed:
 * a `gunzip` by hand that was interrupted leaves half of it. The caller holds the lock.
 */
async function tidy(files: LogFileSystem, root: string, signal: AbortSignal | undefined): Promise<void> {
  const folder = rootPaths(root).log;
  const names = files.readdirSync(folder);
  const remove = (name: string): void => removing("What was left of compressing could not be removed", () => files.unlinkSync(path.join(folder, name)));
  for (const name of names) {
    const form = name.endsWith(".new") ? parseSegmentForm(name.slice(0, -4)) : undefined;
    // A plain one that is unfinished may be the next segment, which is being made.
    if (form !== undefined && (form.codec !== undefined || hasCompressed(names, form.first))) remove(name);
  }
  for (const { entry } of sealedSegments(files, root).filter(({ plain, codec }) => plain && codec !== undefined)) {
    const name = segmentFileName(entry.first);
    const read = await readingFile(files, path.join(folder, name), (fd) => digestOf((target, position) => readFully(files, fd, target, target.length, position), signal));
    if (read.bytes === entry.bytes && read.sha256 === entry.sha256) for (const codec of codecs) if (names.includes(name + suffixes[codec])) remove(name + suffixes[codec]);
  }
}

const hasCompressed = (names: readonly string[], first: number): boolean => codecs.some((codec) => names.includes(segmentFileName(first) + suffixes[codec]));

/** One segment that gets another form. */
interface Conversion extends Pick<Rewriting, "files" | "onBytes" | "signal"> {
  readonly folder: string;
  readonly entry: ManifestEntry;
}

async function compress(conversion: Conversion, codec: Codec): Promise<void> {
  const { files, folder, entry } = conversion;
  const plain = path.join(folder, segmentFileName(entry.first));
  const compressed = plain + suffixes[codec];
  await converting(conversion, compressed, async (to) => {
    await readingFile(files, plain, async (fd) => assertSealed(entry, path.basename(plain), await writeCompressed({ ...conversion, from: { fd, size: files.fstatSync(fd).size }, to }, codec)));
    // Not what was meant to be written, but what can be read again.
    await readingCompressed(conversion, to, codec, async (file) => assertSealed(entry, path.basename(compressed), await digestOf((target, position) => file.read(target, 0, target.length, position), conversion.signal)));
  });
  remove(conversion, plain);
}

async function decompress(conversion: Conversion, codec: Codec): Promise<void> {
  const { files, folder, entry } = conversion;
  const plain = path.join(folder, segmentFileName(entry.first));
  const compressed = plain + suffixes[codec];
  await converting(conversion, plain, (to) =>
    readingCompressed(conversion, compressed, codec, async (file, fd) => {
      const reading: LogFileSystem = { ...files, readSync: (from, buffer, offset, length, position) => (from === fd ? file.read(buffer, offset, length, position) : files.readSync(from, buffer, offset, length, position)) };
      assertSealed(entry, path.basename(compressed), await writeCopy({ ...conversion, files: reading, from: { fd, size: file.size }, to }));
    }),
  );
  remove(conversion, compressed);
}

/** Makes a file under a temporary name, and gives it its own. What cannot be finished is taken away again. */
async function converting({ files, folder }: Conversion, target: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${target}.new`;
  try {
    await make(temporary);
    files.renameSync(temporary, target);
    // Its name has to be on the disk before the other one goes.
    syncFolder(files, folder);
  } catch (error) {
    removeQuietly(files, temporary);
    if (isDaybookError(error) || !isSystemError(error)) throw error;
    throw new WriteFailedError(`${path.basename(target)} could not be made`, error);
  }
}

function remove({ files, folder }: Conversion, file: string): void {
  removing(`${path.basename(file)} could not be removed`, () => {
    files.unlinkSync(file);
    syncFolder(files, folder);
  });
}

function removing(what: string, remove: () => void): void {
  try {
    remove();
  } catch (error) {
    throw new WriteFailedError(what, error);
  }
}

function readingCompressed<T>({ files, entry }: Conversion, file: string, codec: Codec, use: (file: CompressedFile, fd: number) => Promise<T>): Promise<T> {
  return readingFile(files, file, (fd) => use(new CompressedFile(files, { path: file, fd, codec, first: entry.first }, () => entry.bytes), fd));
}

async function readingFile<T>(files: LogFileSystem, file: string, use: (fd: number) => Promise<T>): Promise<T> {
  const fd = files.openSync(file, "r");
  try {
    return await use(fd);
  } finally {
    closeQuietly(files, fd);
  }
}

const chunkBytes = 1024 * 1024;

async function digestOf(read: (target: Buffer, position: number) => number, signal: AbortSignal | undefined): Promise<ReadContent> {
  const hash = nodeCrypto().createHash("sha256");
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let bytes = 0;
  for (;;) {
    signal?.throwIfAborted();
    const length = read(chunk, bytes);
    if (length === 0) return { sha256: hash.digest("hex"), bytes };
    hash.update(chunk.subarray(0, length));
    bytes += length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** @throws LogCorruptError */
function assertSealed(entry: ManifestEntry, file: string, { sha256, bytes }: ReadContent): void {
  const place = { segment: file, offset: 0, seq: entry.first };
  if (bytes !== entry.bytes) throw new LogCorruptError(place, `a sealed segment has ${bytes} bytes instead of ${entry.bytes}`);
  if (sha256 !== entry.sha256) throw new LogCorruptError(place, `a sealed segment has SHA-256 ${sha256} instead of ${entry.sha256}`);
}

const isSystemError = (error: unknown): boolean => error instanceof Error && "syscall" in error;
