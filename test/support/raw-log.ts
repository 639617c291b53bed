import { openSegmentLog } from "../../src/log/open-segment-log.js";
import type { SegmentLogOptions } from "../../src/log/open-segment-log.js";
import type { SegmentLog } from "../../src/log/segment-log.js";
import type { AppendContext, AppendEvent } from "../../src/log/port.js";

/** Opens a log of segment files without anything above it. */
export function openRawLog(root: string, options: Partial<SegmentLogOptions> = {}): Promise<SegmentLog> {
  return openSegmentLog(root, {
    segmentBytes: 1 << 24,
    maxEventBytes: 1 << 20,
    lockTimeoutMs: 5000,
    unsafeFileSystem: false,
    verifyBytes: 1 << 26,
    nowMs: Date.now(),
    ...options,
  });
}

/** The context of an ordinary durable append. */
export const durably: AppendContext = { by: "w", clock: Date.now, durability: "fsync", lockTimeoutMs: 5000, clockGuard: () => undefined };

/** An event of an application. */
export const note = (number: number, text = ""): AppendEvent => ({ stream: `note/${number}`, type: "note.taken", v: 1, data: { number, text } });

/** Seals every closed segment now, as a writer does in the background once it has time. */
export async function sealAll(root: string, options: Partial<SegmentLogOptions> = {}): Promise<void> {
  const log = await openRawLog(root, options);
  await log.seal();
  await log.close();
}
