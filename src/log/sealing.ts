import { setImmediate as nextTurn } from "node:timers/promises";
import { LogCorruptError } from "../base/errors.js";
import type { ScannedCommit } from "./commit-scan.js";
import { readFully } from "./file-system.js";
import { segmentFileName } from "./format.js";
import type { ManifestEntry } from "./manifest.js";
import { nodeCrypto } from "./node-crypto.js";
import { SegmentWalker, segmentStart } from "./segment-walker.js";
import type { LogPlace, WalkedCommits } from "./segment-walker.js";

const chunkBytes = 1024 * 1024;

/** A closed segment, read and checked whole: its manifest line but for the chain. */
export type SegmentDigest = Omit<ManifestEntry, "prev" | "sig">;

/**
 * Reads a closed segment: checks its chain and takes its digest. Gives way to other work between chunks.
 * @param take is given its commits, once they are checked
 * @throws LogCorruptError; a damaged segment is never sealed.
 */
export async function digestSegment(place: LogPlace, first: number, nextFirst: number, take?: (walked: WalkedCommits) => void): Promise<SegmentDigest> {
  const walker = new SegmentWalker(place, segmentStart(place, first));
  const segment = segmentFileName(first);
  let lines = 0;
  let from: string | undefined;
  try {
    for (let walked = walker.nextInSegment(chunkBytes); walked !== undefined; walked = walker.nextInSegment(chunkBytes)) {
      from ??= firstTime(walked.bytes, walked.commits[0] as ScannedCommit);
      for (const commit of walked.commits) lines += commit.lines;
      take?.(walked);
      await nextTurn();
    }
    const { end } = walker;
    const { fd } = walker.segment;
    const size = place.files.fstatSync(fd).size;
    const ends = walker.segment.header.rewritten?.last ?? end.seq;
    if (ends !== nextFirst - 1 || walker.remainder.kind !== "none" || end.time === undefined || from === undefined) {
      throw new LogCorruptError({ segment, offset: end.offset, seq: end.seq + 1 }, "a closed segment does not end where the next one begins");
    }
    const hash = walker.segment.header.rewritten?.end ?? end.hash;
    return { root: place.root, first, last: ends, count: lines, from, to: end.time, bytes: size, end: hash, sha256: await fileDigest(place, fd, size) };
  } finally {
    walker.close();
  }
}

/** A segment of at most this size is digested in the thread pool, as one piece in memory. */
const pieceBytes = 32 * 1024 * 1024;

async function fileDigest(place: LogPlace, fd: number, size: number): Promise<string> {
  const hash = size > pieceBytes ? nodeCrypto().createHash("sha256") : undefined;
  const bytes = Buffer.allocUnsafe(hash === undefined ? size : chunkBytes);
  let offset = 0;
  while (offset < size) {
    const target = hash === undefined ? bytes.subarray(offset) : bytes;
    const length = readFully(place.files, fd, target, Math.min(chunkBytes, size - offset), offset);
    if (length === 0) break;
    hash?.update(target.subarray(0, length));
    offset += length;
    await nextTurn();
  }
  return hash?.digest("hex") ?? Buffer.from(await nodeCrypto().webcrypto.subtle.digest("SHA-256", bytes.subarray(0, offset))).toString("hex");
}

function firstTime(bytes: Buffer, commit: ScannedCommit): string | undefined {
  return /"time":"([^"]{24})"/.exec(bytes.toString("latin1", commit.start, commit.start + 80))?.[1];
}
