import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { closeQuietly, readFully, syncFile, writeFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { nodeCrypto } from "../node-crypto.js";
import { nodeZlib } from "../node-zlib.js";
import type { Codec } from "./codec.js";
import { gzipMember, memberBytes } from "./gzip-member.js";

/** A file that is made from another one. */
export interface Rewriting {
  readonly files: LogFileSystem;
  /** What is read: a descriptor and its size. */
  readonly from: { readonly fd: number; readonly size: number };
  /** The name of the new file; there is none yet. */
  readonly to: string;
  /** Told of bytes as they are read. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** What was read: its SHA-256, 64 hex digits, and length. */
export interface ReadContent {
  readonly sha256: string;
  readonly bytes: number;
}

/** So many members are compressed at a time, in the thread pool: few, because the pool also does the syncs of whoever appends. */
const atOnce = 2;
/** Of 0 to 11. Higher ones take longer and make event lines no shorter (ADR 0033). */
const brotliQuality = 4;

/** Writes a file's compressed form, durably but for its name. Gives way to other work all along. */
export async function writeCompressed(rewriting: Rewriting, codec: Codec): Promise<ReadContent> {
  return writing(rewriting, codec === "gzip" ? gzipped : brotlied);
}

/** Writes a copy, durably but for its name. */
export async function writeCopy(rewriting: Rewriting): Promise<ReadContent> {
  return writing(rewriting, (pieces) => pieces);
}

async function writing(
  { files, from, to, onBytes, signal }: Rewriting,
  through: (pieces: AsyncGenerator<Buffer>, size: number, signal: AbortSignal | undefined) => AsyncGenerator<Buffer>,
): Promise<ReadContent> {
  const hash = nodeCrypto().createHash("sha256");
  let bytes = 0;
  async function* pieces(): AsyncGenerator<Buffer> {
    while (bytes < from.size) {
      signal?.throwIfAborted();
      const piece = Buffer.allocUnsafe(Math.min(memberBytes, from.size - bytes));
      const length = readFully(files, from.fd, piece, piece.length, bytes);
      if (length === 0) return;
      const read = piece.subarray(0, length);
      hash.update(read);
      bytes += length;
      onBytes(length);
      yield read;
      await nextTurn();
    }
  }
  const fd = files.openSync(to, "wx");
  try {
    let written = 0;
    for await (const part of through(pieces(), from.size, signal)) {
      writeFully(files, fd, part, written);
      written += part.length;
    }
    syncFile(files, fd);
  } finally {
    closeQuietly(files, fd);
  }
  return { sha256: hash.digest("hex"), bytes };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function* gzipped(pieces: AsyncGenerator<Buffer>, size: number): AsyncGenerator<Buffer> {
  const zlib = nodeZlib();
  const deflate = promisify<Buffer, Buffer>(zlib.deflateRaw);
  const member = async (piece: Buffer): Promise<Buffer> => gzipMember(await deflate(piece), zlib.crc32(piece), piece.length, size);
  const pending: Promise<Buffer>[] = [];
  try {
    for await (const piece of pieces) {
      pending.push(member(piece));
      if (pending.length === atOnce) yield (await pending.shift()) as Buffer;
    }
    while (pending.length > 0) yield (await pending.shift()) as Buffer;
  } finally {
    await Promise.allSettled(pending);
  }
}

async function* brotlied(pieces: AsyncGenerator<Buffer>, size: number, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const zlib = nodeZlib();
  const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_LGWIN: window, BROTLI_PARAM_SIZE_HINT: hint } = zlib.constants;
  const brotli = zlib.createBrotliCompress({ params: { [quality]: brotliQuality, [window]: 22, [hint]: size } });
  const fed = pipeline(pieces, brotli, signal === undefined ? {} : { signal });
  // Its failure is one of the stream's too, which is what is waited for.
  fed.catch(() => undefined);
  for await (const part of brotli) yield part as Buffer;
  await fed;
}
