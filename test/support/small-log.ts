import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { RecordedEvent } from "../../src/index.js";

/** Names of the segment files of a root, in order. */
export function segmentFiles(root: string): string[] {
  return readdirSync(join(root, "log"))
    .filter((name) => /^[0-9]{20}\.ndjson$/.test(name))
    .sort();
}

/** Path of the last segment. */
export const activeSegment = (root: string): string => join(root, "log", segmentFiles(root).at(-1) as string);

/** Appends `commits` durable commits of one to three events each, one after another. */
export async function writeSmallLog(root: string, commits: number, segmentBytes?: number): Promise<void> {
  const book = await openDaybook(root, { participantId: "w", ...(segmentBytes === undefined ? {} : { segmentBytes }) });
  for (let number = 0; number < commits; number += 1) {
    const events = Array.from({ length: 1 + (number % 3) }, (_, index) => ({ stream: `note/${number}`, type: "note.taken", data: { number, index, text: "grün 🌱" } }));
    await book.log.append(events);
  }
  await book.close();
}

/** All events that a root serves. */
export async function readAll(root: string, options: { readonly readOnly?: boolean } = {}): Promise<RecordedEvent[]> {
  const book = await openDaybook(root, options);
  const events: RecordedEvent[] = [];
  try {
    for await (const event of book.log.read()) events.push(event);
    return events;
  } finally {
    await book.close();
  }
}

/** A copy of a root that is gone when the test has ended. */
export function copyOf(root: string): string {
  const copy = mkdtempSync(join(tmpdir(), "daybook-copy-"));
  cpSync(root, copy, { recursive: true });
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  return copy;
}
