/** What a thread runs that folds a range of a log. Reads only, takes no lock, and tells everything by messages. */
import { parentPort, workerData } from "node:worker_threads";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { nodeFileSystem } from "../../log/file-system.js";
import type { EventFilter } from "../../log/port.js";
import { requireRoot } from "../../log/root.js";
import { placeOf } from "../../log/sealed-segments.js";
import { SegmentReader } from "../../log/segment-reader.js";
import { segmentStart } from "../../log/segment-walker.js";
import { batchBytes } from "../fold-events.js";
import { GaveUp } from "./gave-up.js";
import { knownTo } from "./known-to-thread.js";
import type { Assignment, StreamsRequest, ThreadMessage } from "./messages.js";
import { RangeFolds } from "./range-folds.js";

/** Few enough that whoever receives them does other things in between. */
const atOnce = 500;

const tell = (message: ThreadMessage): void => parentPort?.postMessage(message);

const { root, range, division, modules, versions } = workerData as Assignment;
const place = placeOf(nodeFileSystem, root, requireRoot(nodeFileSystem, root));

/** Goes over the range once. @returns the hashes at its ends */
function goOver(filter: () => EventFilter, take: (event: RecordedEvent) => void, progress: (seq: number) => void): { readonly on: string; readonly end: string } {
  const start = segmentStart(place, range.first);
  const reader = new SegmentReader(place, start);
  while (reader.position.seq < range.last) {
    const batch = reader.pull(batchBytes, filter());
    if (batch === undefined) throw new GaveUp(`the log ends at seq ${reader.position.seq}`);
    for (const event of batch.events) {
      if (event.seq > range.last) break;
      take(event);
    }
    progress(Math.min(range.last, batch.end.seq));
  }
  const { token } = reader.position;
  reader.close();
  return { on: start.hash, end: token };
}

async function folded(): Promise<RangeFolds> {
  const { reading, named } = await knownTo(modules, versions);
  const folds = new RangeFolds({ split: division.split.map(named), combined: division.combined.map(named) }, reading);
  const ends = goOver(
    () => folds.filter(),
    (event) => folds.fold(event),
    (seq) => {
      folds.check();
      tell({ kind: "progress", seq });
    },
  );
  const { results, streams } = folds.contents();
  for (const [projection, { rows, born, unknown }] of results) {
    for (const [from, some] of pieces(rows)) tell({ kind: "rows", projection, rows: some, born: born.slice(from, from + some.length) });
    tell({ kind: "unknown", projection, count: unknown });
  }
  for (const [, some] of pieces([...streams])) tell({ kind: "streams", streams: some });
  tell({ kind: "folded", ...ends });
  return folds;
}

function collect(folds: RangeFolds, streams: ReadonlySet<string>): void {
  let events: RecordedEvent[] = [];
  const send = (): void => {
    if (events.length > 0) tell({ kind: "events", events });
    events = [];
  };
  const filter = folds.filterOf(streams);
  goOver(
    () => filter,
    (event) => {
      if (!streams.has(event.stream)) return;
      events.push(event);
      if (events.length === atOnce) send();
    },
    () => undefined,
  );
  send();
  tell({ kind: "collected" });
}

function* pieces<T>(all: readonly T[]): Generator<[from: number, some: T[]]> {
  for (let from = 0; from < all.length; from += atOnce) yield [from, all.slice(from, from + atOnce)];
}

const giveUp = (error: unknown): void => tell({ kind: "gave-up", problem: error instanceof Error ? error.message : String(error) });

const folding = folded();
folding.catch(giveUp);
// It listens until it is ended: what a thread tells just before it ends by itself may not arrive.
parentPort?.on("message", ({ streams }: StreamsRequest) => {
  folding.then((folds) => collect(folds, new Set(streams))).catch(giveUp);
});
