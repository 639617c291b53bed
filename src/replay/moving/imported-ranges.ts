import type { AppendEvent } from "../../log/port.js";

/** Events that follow on each other here and, where they count there, there: seq here, how many, seq there. */
export type ImportedRange = [at: number, count: number, first?: number];

/** What an object of one source takes beside its name and ranges: `:[],`. */
const perSource = 4;

/** Bytes that a source takes in the event that names it, with one range. */
export const sourceBytes = (source: string): number => Buffer.byteLength(JSON.stringify(source)) + perSource + maxRangeBytes;

const maxRangeBytes = 3 * String(Number.MAX_SAFE_INTEGER).length + 5;

/**
 * The events that tell where a part of an import came from: one, or as many as it takes for each to be no longer than this log allows.
 * @param room bytes of `sources` in one of them
 */
export function importedEvents(ranges: ReadonlyMap<string, readonly ImportedRange[]>, room: number): AppendEvent[] {
  const all: Record<string, ImportedRange[]>[] = [];
  let left = 0;
  for (const [source, list] of ranges) {
    let open: ImportedRange[] | undefined;
    for (const range of list) {
      const bytes = JSON.stringify(range).length + 1;
      if (open === undefined || bytes > left) {
        const name = Buffer.byteLength(JSON.stringify(source)) + perSource;
        if (all.length === 0 || name + bytes > left) {
          all.push({});
          left = room;
        }
        open = [];
        Object.defineProperty(all.at(-1), source, { value: open, enumerable: true });
        left -= name;
      }
      open.push(range);
      left -= bytes;
    }
  }
  return all.map((sources) => ({ stream: "log", type: "log.imported", v: 1, data: { sources } }));
}
