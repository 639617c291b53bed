import { setImmediate as nextTurn } from "node:timers/promises";
import { LogCorruptError } from "../../base/errors.js";
import type { Head } from "../port.js";
import { rootHash } from "../root.js";
import { SegmentCheck } from "../segment-check.js";
import { listSegments, segmentPath } from "../segment-list.js";
import { SegmentWalker, segmentStart } from "../segment-walker.js";
import type { LogPlace } from "../segment-walker.js";

/**
 * Reads a log that was just written, every byte, before it counts: each segment whole, and continuing on the one before.
 * @throws LogCorruptError for the first fault
 */
export async function checkSegments(
  place: LogPlace,
  onProgress: (bytes: number, totalBytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<{ readonly events: number; readonly head: Head }> {
  const segments = listSegments(place);
  const sizes = segments.map((first) => place.files.statSync(segmentPath(place, first))?.size ?? 0);
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  let before: SegmentCheck["before"] = { hash: rootHash(place.root), seq: 0 };
  let [events, bytes] = [0, 0];
  for (const [index, first] of segments.entries()) {
    const check: SegmentCheck = new SegmentCheck(place, first, before);
    for (const step of check.run(false)) {
      onProgress(bytes + step, totalBytes);
      await nextTurn();
      signal?.throwIfAborted();
    }
    const next = segments[index + 1];
    if (next !== undefined) check.expectEnd(next);
    const [fault] = check.faults;
    if (fault !== undefined) throw new LogCorruptError(fault, fault.message);
    events += check.events;
    bytes += sizes[index] as number;
    before = check.end;
  }
  return { events, head: headOf(place, segments) };
}

/** The head, found by walking the last two segments: the last one may have no event yet, and then no time. */
export function headOf(place: LogPlace, segments: readonly number[]): Head {
  const from = segments.at(-2) ?? segments.at(-1);
  if (from === undefined) return { seq: 0, time: undefined, token: rootHash(place.root) };
  const walker = new SegmentWalker(place, segmentStart(place, from));
  try {
    const { seq, time, hash } = walker.toEnd();
    return { seq, time, token: hash };
  } finally {
    walker.close();
  }
}
