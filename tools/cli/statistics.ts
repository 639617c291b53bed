import * as fs from "node:fs";
import * as path from "node:path";
import type { Daybook } from "../../src/index.js";
import { coloursOf } from "./colours.js";
import { startProgress } from "./progress.js";
import { tableLines } from "./table.js";
import { bytes, clean, counted, localTime } from "./text.js";

type Counts = Readonly<Record<string, number>>;

/** What `daybook stats` says. */
export interface Statistics {
  readonly root: string;
  readonly events: number;
  readonly segments: number;
  /** Bytes of the log; of what lies in quarantine/; of caches. */
  readonly bytes: { readonly log: number; readonly quarantine: number; readonly snapshots: number };
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** Over the time from the first event to the last. */
  readonly eventsPerDay: number | undefined;
  readonly types: Counts;
  /** By the first part of the stream, such as `run`. */
  readonly streams: Counts;
  readonly participants: Counts;
  readonly runs: { readonly total: number; readonly byStatus: Counts; readonly byLiveness: Counts };
  /** Rows of each view; null for one that cannot be folded. */
  readonly projections: Readonly<Record<string, number | null>>;
}

const dayMs = 86_400_000;

/** Reads the whole log once, and asks every projection. */
export async function gatherStatistics(book: Daybook): Promise<Statistics> {
  const [types, streams, participants] = [new Tally(), new Tally(), new Tally()];
  const { seq: head } = await book.log.head();
  const progress = await startProgress("Counting", "events");
  let [events, first, last]: [number, string | undefined, string | undefined] = [0, undefined, undefined];
  try {
    for await (const { seq, time, stream, type, by } of book.log.read({ to: head })) {
      events += 1;
      first ??= time;
      last = time;
      types.add(type);
      streams.add(stream.split("/", 1)[0] ?? "");
      participants.add(by);
      if (events % 5000 === 0) progress.update(seq, head);
    }
  } finally {
    progress.stop();
  }
  const days = first === undefined || last === undefined ? 0 : (Date.parse(last) - Date.parse(first)) / dayMs;
  return {
    root: book.root,
    events,
    ...logFiles(book.root),
    first,
    last,
    eventsPerDay: days > 0 ? Math.round((events / Math.max(days, 1)) * 10) / 10 : undefined,
    types: types.counts(),
    streams: streams.counts(),
    participants: participants.counts(),
    runs: await countRuns(book),
    projections: await countRows(book),
  };
}

/** Statistics, as lines for a person. */
export async function statisticsLines(found: Statistics): Promise<string[]> {
  const colours = coloursOf();
  const facts = [
    ["root", clean(found.root)],
    ["log", `${counted(found.events, "event")}, ${counted(found.segments, "segment")}, ${bytes(found.bytes.log)}`],
    ["other bytes", `snapshots ${bytes(found.bytes.snapshots)}, quarantine ${bytes(found.bytes.quarantine)}`],
    ["time", found.first === undefined || found.last === undefined ? "no events yet" : `${localTime(found.first)} to ${localTime(found.last)}`],
    ["events per day", found.eventsPerDay === undefined ? "" : found.eventsPerDay.toLocaleString("en-US")],
    ["runs", `${found.runs.total}${inWords(found.runs.byStatus)}${inWords(found.runs.byLiveness)}`],
  ].filter(([, value]) => value !== "");
  const lines = facts.map(([label = "", value = ""]) => `${colours.bold(label.padEnd(14))}  ${value}`);
  const tables: [title: string, counts: Readonly<Record<string, number | null>>][] = [
    ["event type", found.types],
    ["stream", found.streams],
    ["participant", found.participants],
    ["projection", found.projections],
  ];
  for (const [title, counts] of tables) {
    const columns = [{ head: colours.bold(title) }, { head: colours.bold(title === "projection" ? "rows" : "events"), align: "right" as const }];
    const rows = Object.entries(counts).map(([name, count]) => [clean(name), count === null ? colours.red("failed") : count.toLocaleString("en-US")]);
    if (rows.length > 0) lines.push("", ...(await tableLines(columns, rows)));
  }
  return lines;
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

function logFiles(root: string): Pick<Statistics, "segments" | "bytes"> {
  const sizes = (folder: string, wanted: RegExp): number[] => {
    const top = path.join(root, folder);
    const entries = fs.existsSync(top) ? fs.readdirSync(top, { recursive: true, withFileTypes: true }) : [];
    const files = entries.filter((entry) => entry.isFile() && wanted.test(entry.name));
    return files.map((entry) => fs.statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0);
  };
  const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
  const segments = sizes("log", /^\d{20}\.ndjson$/);
  return { segments: segments.length, bytes: { log: sum(segments), quarantine: sum(sizes("quarantine", /./)), snapshots: sum(sizes("snapshots", /./)) } };
}

function inWords(counts: Counts): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? "" : `  (${parts.join(", ")})`;
}
