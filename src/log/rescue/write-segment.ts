import * as path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { closingLines } from "../closing-lines.js";
import { closeQuietly, readFully, syncFile, writeFully } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import { closingBytes, formatVersion, hashKey } from "../format.js";
import { segmentPath } from "../segment-list.js";
import type { LogPlace } from "../segment-walker.js";
import { xxh3OfParts } from "../xxh3.js";
import { patchedFiles } from "./patched-files.js";
import type { PlannedSegment } from "./plan-repair.js";
import { tailOf } from "./scan-segment.js";

const chunkBytes = 1024 * 1024;

/** Writes a segment of the new log, durable but for its name. @param onBytes told of every part written @throws what the system refuses */
export async function writeSegment(
  place: LogPlace,
  target: LogPlace,
  segment: PlannedSegment,
  { onBytes, signal }: { readonly onBytes: (bytes: number) => void; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { files } = target;
  const source = patchedFiles(place.files, segment.source.patches);
  const input = source.openSync(path.join(place.folder, segment.source.name), "r");
  try {
    const output = files.openSync(segmentPath(target, segment.first), "wx");
    try {
      const parts = segment.copy === undefined ? rewritten(source, input, target.root, segment) : copied(source, input, segment.copy);
      let offset = 0;
      let paused = 0;
      for (const part of parts) {
        writeFully(files, output, part, offset);
        offset += part.length;
        onBytes(part.length);
        if (offset - paused < chunkBytes) continue;
        paused = offset;
        await nextTurn();
        signal?.throwIfAborted();
      }
      syncFile(files, output);
    } finally {
      closeQuietly(files, output);
    }
  } finally {
    closeQuietly(source, input);
  }
}

function* copied(files: LogFileSystem, fd: number, bytes: number): Generator<Buffer> {
  const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, bytes));
  for (let offset = 0; offset < bytes; ) {
    const length = readFully(files, fd, chunk, Math.min(chunk.length, bytes - offset), offset);
    if (length === 0) throw Object.assign(new Error("EIO: the segment became shorter while it was copied"), { code: "EIO" });
    yield chunk.subarray(0, length);
    offset += length;
  }
}

/** The lines as they were; only the hashes are new, because the header and what they continue on are. */
function* rewritten(files: LogFileSystem, fd: number, root: string, { first, on, end, events, runs, rewrite }: PlannedSegment): Generator<Buffer> {
  const { gen = 1, last = first } = rewrite ?? {};
  const header = Buffer.from(`${JSON.stringify({ daybook: formatVersion, root, first, on, gen, last, count: events, end })}\n`, "utf8");
  yield header;
  let before: Buffer = header;
  for (const run of runs) {
    let start = run.start;
    for (const line of closingLines(files, fd, run.start, run.end)) {
      const content = Buffer.allocUnsafe(line.end - closingBytes - start);
      readFully(files, fd, content, content.length, start);
      before = tailOf(xxh3OfParts([before, content]));
      yield Buffer.concat([content, Buffer.from(hashKey, "latin1"), before]);
      start = line.end;
    }
  }
}
