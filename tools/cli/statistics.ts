import type { Daybook } from "../../src/index.js";
import type { OperationRow } from "../../src/operations.js";
import { Growth } from "./growth.js";
import type { DayGrowth } from "./growth.js";
import { startProgress } from "./progress.js";
import { measureRoot } from "./root-sizes.js";
import type { RootBytes, SegmentCounts } from "./root-sizes.js";

type Counts = Readonly<Record<string, number>>;

/** What `daybook stats` says. */
export interface Statistics {
  readonly root: string;
  readonly events: number;
  readonly segments: number;
  readonly segmentStates: SegmentCounts;
  readonly bytes: RootBytes;
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** Over the time from the first event to the last. */
  readonly eventsPerDay: number | undefined;
  /** Days with events, oldest first. */
  readonly days: readonly DayGrowth[];
  readonly types: Counts;
  /** By the first part of the stream, such as `run`. */
  readonly streams: Counts;
  readonly participants: Counts;
  readonly runs: { readonly total: number; readonly byStatus: Counts; readonly byLiveness: Counts };
  /** Operations, and their calls by what became of them; null where that cannot be folded. */
  readonly operations: { readonly total: number; readonly byState: Counts; readonly calls: Counts & { readonly total: number } } | null;
  /** Rows of each view; null for one that cannot be folded. */
  readonly projections: Readonly<Record<string, number | null>>;
}

const dayMs = 86_400_000;

/** Reads the whole log once, and asks every projection. */
export async function gatherStatistics(book: Daybook): Promise<Statistics> {
  const [types, streams, participants] = [new Tally(), new Tally(), new Tally()];
  const growth = new Growth();
  const { seq: head } = await book.log.head();
  const progress = await startProgress("Counting", "events");
  let [events, first, last]: [number, string | undefined, string | undefined] = [0, undefined, undefined];
  try {
    for await (const event of book.log.read({ to: head })) {
      const { seq, time, stream, type, by } = event;
      events += 1;
      first ??= time;
      last = time;
      types.add(type);
      streams.add(stream.split("/", 1)[0] ?? "");
      participants.add(by);
      // As it stands in the log, but for what a commit adds to its last line.
      growth.add(time, Buffer.byteLength(JSON.stringify(event)) + 1);
      if (events % 5000 === 0) progress.update(seq, head);
    }
  } finally {
    progress.stop();
  }
  const days = first === undefined || last === undefined ? 0 : (Date.parse(last) - Date.parse(first)) / dayMs;
  return {
    root: book.root,
    events,
    ...measureRoot(book.root),
    first,
    last,
    eventsPerDay: days > 0 ? Math.round((events / Math.max(days, 1)) * 10) / 10 : undefined,
    days: growth.days(),
    types: types.counts(),
    streams: streams.counts(),
    participants: participants.counts(),
    runs: await countRuns(book),
    operations: await countOperations(book),
    projections: await countRows(book),
  };
}

class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Most first. */
  counts(): Counts {
    return Object.fromEntries([...this.#counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)));
  }
}

async function countRuns(book: Daybook): Promise<Statistics["runs"]> {
  const [byStatus, byLiveness] = [new Tally(), new Tally()];
  const records = await book.runs.list();
  for (const { status, liveness } of records) {
    byStatus.add(status);
    byLiveness.add(liveness);
  }
  return { total: records.length, byStatus: byStatus.counts(), byLiveness: byLiveness.counts() };
}

async function countOperations(book: Daybook): Promise<Statistics["operations"]> {
  const view = (await book.view("operations").catch(() => undefined)) as Readonly<Record<string, OperationRow>> | undefined;
  if (view === undefined) return null;
  const byState = new Tally();
  const calls = { total: 0, ended: 0, failed: 0, cancelled: 0, crashed: 0, open: 0 };
  for (const { state, calls: { started, ...settled } } of Object.values(view)) {
    byState.add(state);
    calls.total += started;
    calls.open += started;
    for (const outcome of ["ended", "failed", "cancelled", "crashed"] as const) {
      calls[outcome] += settled[outcome];
      calls.open -= settled[outcome];
    }
  }
  return { total: Object.keys(view).length, byState: byState.counts(), calls };
}

async function countRows(book: Daybook): Promise<Record<string, number | null>> {
  const rows: [string, number | null][] = [];
  for (const name of book.views) {
    try {
      const view = await book.view(name);
      rows.push([name, typeof view === "object" && view !== null ? Object.keys(view).length : 1]);
    } catch {
      // A fold that fails is one projection's trouble; `rebuild-projections` says which event.
      rows.push([name, null]);
    }
  }
  return Object.fromEntries(rows);
}
