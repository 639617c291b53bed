import { availableParallelism } from "node:os";
import { isDaybookError } from "../../base/errors.js";
import { nodeFileSystem } from "../../log/file-system.js";
import type { LogBackend } from "../../log/port.js";
import { requireRoot } from "../../log/root.js";
import { placeOf } from "../../log/sealed-segments.js";
import { listSegments, segmentPath } from "../../log/segment-list.js";
import type { Feed } from "../../projections/feed.js";
import { FoldState } from "../../projections/fold-state.js";
import type { EventReading } from "../../projections/fold-state.js";
import type { Projection } from "../../projections/projection.js";
import { foldEvents } from "../fold-events.js";
import type { FoldingOptions } from "../fold-events.js";
import { foldLog } from "../fold-log.js";
import type { FoldsApart } from "./folds-apart.js";
import { GaveUp } from "./gave-up.js";
import { joinCombined, joinSplit, ongoingStreams } from "./join-ranges.js";
import type { Assignment } from "./messages.js";
import { divide, rangesOf, threadsThatPay } from "./plan.js";
import type { Division, SegmentRange } from "./plan.js";
import { RangeFolds } from "./range-folds.js";
import type { RangeResult } from "./range-folds.js";
import { FoldThread } from "./thread.js";
import type { FoldedRange } from "./thread.js";
import { workerEntry } from "./worker-entry.js";

/** How a fold is shared between threads. */
export interface ThreadOptions extends FoldingOptions {
  /** How many threads, this one included. Default: as many as pay. */
  readonly parallel?: number;
  /** What they run. Default: what is installed. */
  readonly entry?: URL;
}

/** Projections, folded by several threads. */
export interface FoldedInThreads {
  readonly states: readonly FoldState[];
  readonly threads: number;
}

/** What is folded, and how far. */
interface Task {
  readonly backend: LogBackend;
  readonly reading: EventReading;
  readonly projections: readonly Projection[];
  readonly to: number;
  readonly apart: FoldsApart;
}

/**
 * Folds projections from the first event up to a seq, inclusive, in several threads, each a range of whole segments as if nothing came before
 * it; then this thread puts the ranges together. Undefined where that would gain nothing, or did not come off: then nothing has
 * happened, and one thread has to do it. @throws LogCorruptError
 */
export async function foldInThreads(task: Task, options: ThreadOptions = {}): Promise<FoldedInThreads | undefined> {
  const { projections, apart, to } = task;
  const entry = options.entry ?? workerEntry();
  const segments = segmentsOf(apart.root);
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const threads = options.parallel ?? threadsThatPay(bytes, availableParallelism());
  const { whole, ...division } = divide(projections, (projection) => apart.canFold(projection));
  if (entry === undefined || threads < 2 || division.split.length + division.combined.length === 0) return undefined;
  // While this thread goes over all of the log for some, it has no time for a range.
  const ranges = rangesOf(segments, to, whole.length === 0 ? threads : threads - 1);
  const [own, others] = whole.length === 0 ? [ranges[0], ranges.slice(1)] : [undefined, ranges];
  if (others.length === 0) return undefined;
  try {
    const states = await new ThreadedFold(task, division, whole, options).run(entry, own, others);
    return { states, threads: others.length + 1 };
  } catch (error) {
    if (error instanceof GaveUp) return undefined;
    throw error;
  }
}

/** One fold by several threads. Every method: @throws GaveUp */
class ThreadedFold {
  readonly #threads: FoldThread[] = [];
  readonly #done = new Map<unknown, number>();
  #told = 0;

  constructor(
    readonly task: Task,
    readonly division: Division<Projection>,
    readonly whole: readonly Projection[],
    readonly options: ThreadOptions,
  ) {}

  async run(entry: URL, own: SegmentRange | undefined, others: readonly SegmentRange[]): Promise<FoldState[]> {
    const { promise: aborted, release } = rejectedBy(this.options.signal);
    try {
      for (const range of others) this.#threads.push(new FoldThread(entry, this.#assignment(range), (seq) => this.#progress(range, seq - range.first + 1)));
      const folded = own === undefined ? [] : [await this.#foldOwn(own)];
      const wholes = own === undefined ? await this.#foldWhole() : [];
      folded.push(...(await Promise.race([aborted, Promise.all(this.#threads.map((thread) => thread.folded))])));
      assertChain(folded);
      return await Promise.race([aborted, this.#join(folded, wholes)]);
    } finally {
      release();
      await Promise.all(this.#threads.map((thread) => thread.stop()));
    }
  }

  #assignment(range: SegmentRange): Assignment {
    const { apart } = this.task;
    const { split, combined } = this.division;
    const named = (some: readonly Projection[]) => some.map(({ name, version }) => ({ name, version }));
    return {
      root: apart.root,
      range,
      division: { split: named(split), combined: named(combined) },
      modules: apart.modulesOf([...split, ...combined]),
      versions: apart.versions(),
    };
  }

  async #foldOwn(range: SegmentRange): Promise<FoldedRange> {
    const { backend, reading } = this.task;
    const folds = new RangeFolds(this.division, reading);
    const reader = await backend.reader(0);
    const on = reader.position.token;
    try {
      await foldEvents(backend, reader, range.last, folds, this.#folding((seq) => {
        folds.check();
        this.#progress(range, seq);
      }));
      if (reader.position.seq < range.last) throw new GaveUp("the log ends early");
      return { ...folds.contents(), on, end: reader.position.token };
    } finally {
      reader.close();
    }
  }

  /** What can only be folded here, from the first event to the last. */
  async #foldWhole(): Promise<readonly FoldState[]> {
    const { backend, reading, to } = this.task;
    const reader = await backend.reader(0);
    const states = this.whole.map((projection) => new FoldState(projection));
    try {
      const feed: Pick<Feed, "reader" | "states"> = { reader, states };
      await foldLog(backend, reading, feed, to, this.#folding(() => undefined));
      if (reader.position.seq < to) throw new GaveUp("the log ends early");
      return states;
    } finally {
      reader.close();
    }
  }

  #folding(onProgress: (seq: number) => void): FoldingOptions {
    const { signal } = this.options;
    return {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (seq) => {
        for (const thread of this.#threads) thread.check();
        onProgress(seq);
      },
    };
  }

  /** Told of all ranges together. */
  #progress(range: SegmentRange, events: number): void {
    this.#done.set(range, events);
    const sum = [...this.#done.values()].reduce((all, one) => all + one, 0);
    if (sum > this.#told) this.options.onProgress?.((this.#told = sum));
  }

  async #join(folded: readonly FoldedRange[], wholes: readonly FoldState[]): Promise<FoldState[]> {
    const { reading, projections } = this.task;
    const streams = ongoingStreams(folded, this.division.split);
    // The first range has no ongoing streams, whoever has folded it.
    const skipped = folded.length - this.#threads.length;
    const collected = await Promise.all(this.#threads.map((thread, index) => thread.collect(streams[index + skipped] ?? [])));
    const states: FoldState[] = [];
    for (const projection of projections) {
      const results = folded.map(({ results: one }) => one.get(projection.name) as RangeResult);
      const whole = wholes.find((state) => state.projection === projection);
      if (whole !== undefined) states.push(whole);
      else if (this.division.combined.includes(projection)) states.push(await joinCombined(projection, results));
      else states.push(await joinSplit(projection, results.map((result, index) => ({ result, ongoing: collected[index - skipped] ?? [] })), reading));
    }
    return states;
  }
}

/** Each range begins where the one before it has ended: what a reader checks that passes from segment to segment. */
function assertChain(folded: readonly FoldedRange[]): void {
  for (const [index, { end }] of folded.entries()) {
    const next = folded[index + 1];
    if (next !== undefined && next.on !== end) throw new GaveUp("a segment does not continue on the one before it");
  }
}

function rejectedBy(signal: AbortSignal | undefined): { readonly promise: Promise<never>; readonly release: () => void } {
  let abort = (): void => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
    abort = () => reject(signal?.reason);
  });
  promise.catch(() => undefined);
  signal?.addEventListener("abort", abort, { once: true });
  return { promise, release: () => signal?.removeEventListener("abort", abort) };
}

/** The segments of a root; none where they cannot be listed. */
function segmentsOf(root: string): { readonly first: number; readonly bytes: number }[] {
  try {
    const place = placeOf(nodeFileSystem, root, requireRoot(nodeFileSystem, root));
    return listSegments(place).map((first) => ({ first, bytes: place.files.statSync(segmentPath(place, first))?.size ?? 0 }));
  } catch (error) {
    // Whoever folds it alone will say what is wrong.
    if (isDaybookError(error) || (error instanceof Error && "syscall" in error)) return [];
    throw error;
  }
}
