import { checkFunction, checkObject, checkSignal } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import { codecs } from "./codec.js";
import type { Codec } from "./codec.js";

export type { Codec };

/** How far compressing or decompressing is, in bytes of the plain segments. */
export interface CompressProgress {
  readonly bytes: number;
  readonly totalBytes: number;
}

/** How sealed segments are decompressed again. */
export interface DecompressOptions {
  /** Only say which segments it would be, and write nothing; also on a daybook that is opened read-only. Default false. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: CompressProgress) => void;
  /** Ends the work at once; what is done stays done. */
  readonly signal?: AbortSignal;
}

/** How sealed segments are compressed. */
export interface CompressOptions extends DecompressOptions {
  /** `"gzip"`: any place is read without the rest. `"brotli"`: smaller, but a segment is decompressed as a whole to read of it. Default `"gzip"`. */
  readonly codec?: Codec;
  /** So many of the newest sealed segments are left as they are. Default 1. */
  readonly keep?: number;
}

/** A segment that was compressed or decompressed, or would be. */
export interface CompressedSegment {
  /** The name of its plain file. */
  readonly segment: string;
  /** Size of its plain file. */
  readonly bytes: number;
  /** Size of its compressed file; undefined where it was not made. */
  readonly compressedBytes: number | undefined;
}

/** What was compressed or decompressed. */
export interface CompressReport {
  readonly segments: readonly CompressedSegment[];
  /** Nothing was written. */
  readonly dryRun: boolean;
}

/** Options, complete and checked. */
export interface ResolvedCompression {
  /** Undefined: decompress. */
  readonly codec: Codec | undefined;
  readonly keep: number;
  readonly dryRun: boolean;
  readonly onProgress: ((progress: CompressProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws InvalidOptionError naming the field */
export function resolveCompression(options: CompressOptions): ResolvedCompression {
  const common = resolveDecompression(options);
  const { codec = "gzip", keep = 1 } = options;
  if (!codecs.includes(codec)) throw new InvalidOptionError("codec", `must be one of ${codecs.join(", ")}, not ${preview(codec)}`);
  if (!Number.isSafeInteger(keep) || keep < 0) throw new InvalidOptionError("keep", `must be a whole number from 0, not ${preview(keep)}`);
  return { ...common, codec, keep };
}

/** @throws InvalidOptionError naming the field */
export function resolveDecompression(options: DecompressOptions): ResolvedCompression {
  checkObject(options);
  const { dryRun = false, onProgress, signal } = options;
  if (typeof dryRun !== "boolean") throw new InvalidOptionError("dryRun", `must be true or false, not ${preview(dryRun)}`);
  checkFunction("onProgress", onProgress);
  checkSignal(signal);
  return { codec: undefined, keep: 0, dryRun, onProgress, signal };
}
