import { setImmediate as nextTurn } from "node:timers/promises";
import { closeQuietly, readFully } from "../file-system.js";
import { nodeCrypto } from "../node-crypto.js";
import { segmentPath } from "../segment-list.js";
import type { LogPlace } from "../segment-walker.js";

const chunkBytes = 1024 * 1024;

/** The SHA-256 of a segment's first bytes; undefined when it is missing or has not so many. Gives way to other work between chunks. */
export async function digestOfPart(place: LogPlace, first: number, bytes: number, signal?: AbortSignal): Promise<string | undefined> {
  const path = segmentPath(place, first);
  if ((place.files.statSync(path)?.size ?? -1) < bytes) return undefined;
  const hash = nodeCrypto().createHash("sha256");
  const fd = place.files.openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, bytes)));
    for (let offset = 0; offset < bytes; ) {
      const length = readFully(place.files, fd, chunk, Math.min(chunk.length, bytes - offset), offset);
      if (length === 0) return undefined;
      hash.update(chunk.subarray(0, length));
      offset += length;
      await nextTurn();
      signal?.throwIfAborted();
    }
  } finally {
    closeQuietly(place.files, fd);
  }
  return hash.digest("hex");
}
