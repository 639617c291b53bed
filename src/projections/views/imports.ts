import type { RecordedEvent } from "../../events/recorded-event.js";
import { defineProjection } from "../projection.js";
import type { Rows } from "../projection.js";

/** Events in a row, at one place and at another: `count` of them from `from` on there, and from `to` on here. `to` is 0 where the other place counts none; `source` is empty in the rows of one source. */
type Range = readonly [from: number, count: number, to: number, source: string];
type ImportsRow = { readonly ranges: readonly Range[] };

/** So many seqs share a row: few rows for a log of millions, few ranges in each. */
const rowSeqs = 4096;

const rowOf = (seq: number): number => Math.floor(seq / rowSeqs);
const thereKey = (source: string, row: number): string => `from ${row} ${source}`;
const hereKey = (row: number): string => `here ${row}`;

/**
 * Which events of elsewhere are here: by the seq that they have there, and by the one that they have here. Kept as ranges, so that its
 * size does not grow with the events of an import, only with the gaps in it.
 */
export const importsProjection = defineProjection<"imports", ImportsRow>({
  name: "imports",
  version: 1,
  types: ["log.imported"],
  keys: (event) => [...rangesOf(event).keys()],
  evolve: (row, event, key) => ({ ranges: [...(row?.ranges ?? []), ...(rangesOf(event).get(key) ?? [])] }),
});

/** Where an event that was imported comes from. `seq`: its seq there, undefined where it has none. */
export interface Origin {
  readonly source: string;
  readonly seq: number | undefined;
}

/** The seq here of an event of elsewhere; undefined when it is not here. */
export function seqHere(rows: Rows<ImportsRow>, source: string, seq: number): number | undefined {
  const range = holding(rows.get(thereKey(source, rowOf(seq))), seq);
  return range === undefined ? undefined : range[2] + seq - range[0];
}

/** Where an event of this log comes from; undefined for one that was made here. */
export function originOf(rows: Rows<ImportsRow>, seq: number): Origin | undefined {
  const range = holding(rows.get(hereKey(rowOf(seq))), seq);
  return range === undefined ? undefined : { source: range[3], seq: range[2] === 0 ? undefined : range[2] + seq - range[0] };
}

const holding = (row: ImportsRow | undefined, seq: number): Range | undefined => row?.ranges.find(([from, count]) => from <= seq && seq < from + count);

/** The ranges of the event that was looked at last: `evolve` asks once for each of its rows. */
const remembered = new WeakMap<RecordedEvent, ReadonlyMap<string, readonly Range[]>>();

/** What an event adds to each row. Total: what is no range is left out. */
function rangesOf(event: RecordedEvent): ReadonlyMap<string, readonly Range[]> {
  const known = remembered.get(event);
  if (known !== undefined) return known;
  const added = new Map<string, Range[]>();
  const add = (key: string, range: Range): void => void (added.get(key)?.push(range) ?? added.set(key, [range]));
  const { sources } = event.data as { readonly sources?: unknown };
  for (const [source, ranges] of Object.entries(typeof sources === "object" && sources !== null ? sources : {})) {
    for (const range of Array.isArray(ranges) ? (ranges as unknown[]) : []) {
      if (!Array.isArray(range) || !range.every((number) => Number.isSafeInteger(number) && number >= 1)) continue;
      const [at, count, first = 0] = range as number[];
      // No event tells of more than a commit has.
      if (at === undefined || count === undefined || at + count > event.seq) continue;
      for (let row = rowOf(at); row <= rowOf(at + count - 1); row += 1) add(hereKey(row), [at, count, first, source]);
      if (first > 0) for (let row = rowOf(first); row <= rowOf(first + count - 1); row += 1) add(thereKey(source, row), [first, count, at, ""]);
    }
  }
  remembered.set(event, added);
  return added;
}
