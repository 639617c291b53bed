import { coloursOf } from "./colours.js";
import { sparkline } from "./growth.js";
import type { Statistics } from "./statistics.js";
import { tableLines } from "./table.js";
import type { Column } from "./table.js";
import { bytes, clean, counted, localTime } from "./text.js";

type Counts = Readonly<Record<string, number>>;

/** So many days have a line of their own; the others are in the sparkline, and in `--json`. */
const shownDays = 10;
const sparkDays = 60;

/** Statistics, as lines for a person. */
export async function statisticsLines(found: Statistics): Promise<string[]> {
  const colours = coloursOf();
  const lines = factsOf(found).map(([label, value]) => `${colours.bold(label.padEnd(14))}  ${value}`);
  const table = async (heads: readonly Column[], rows: readonly (readonly string[])[]): Promise<void> => {
    if (rows.length > 0) lines.push("", ...(await tableLines(heads.map((column) => ({ ...column, head: colours.bold(column.head) })), rows)));
  };
  const right = (head: string): Column => ({ head, align: "right" });
  await table([{ head: "event type" }, right("events")], countRows(found.types));
  await table([{ head: "stream" }, right("events")], countRows(found.streams));
  await table([{ head: "participant" }, right("events")], countRows(found.participants));
  await table([{ head: "projection" }, right("rows")], Object.entries(found.projections).map(([name, count]) => [clean(name), count === null ? colours.red("failed") : number(count)]));
  await table([{ head: "day (UTC)" }, right("events"), right("bytes")], found.days.slice(-shownDays).map(({ day, events, bytes: size }) => [clean(day), number(events), bytes(size)]));
  if (found.days.length > shownDays) lines.push(`and ${counted(found.days.length - shownDays, "earlier day")}`);
  if (found.days.length > 1) lines.push(sparkline(found.days, sparkDays));
  return lines;
}

function factsOf(found: Statistics): [label: string, value: string][] {
  const { bytes: size, segmentStates: states } = found;
  const { compressed, ...kinds } = states;
  const inStates = Object.entries(kinds).filter(([, count]) => count > 0).map(([state, count]) => `${number(count)} ${state}${state === "sealed" && compressed > 0 ? `, of them ${number(compressed)} compressed` : ""}`);
  const { operations } = found;
  const facts: [string, string][] = [
    ["root", clean(found.root)],
    ["log", `${counted(found.events, "event")}, ${counted(found.segments, "segment")}, ${bytes(size.log)}${size.logPlain === size.log ? "" : ` (${bytes(size.logPlain)} uncompressed)`}`],
    ["segments", inStates.join(", ")],
    ["caches", `snapshots ${bytes(size.snapshots)}, index ${bytes(size.index)}`],
    ["quarantine", size.quarantine === 0 ? "" : bytes(size.quarantine)],
    ["artifacts", Object.entries(size.artifacts).map(([folder, count]) => `${folder} ${bytes(count)}`).join(", ")],
    ["time", found.first === undefined || found.last === undefined ? "no events yet" : `${localTime(found.first)} to ${localTime(found.last)}`],
    ["events per day", found.eventsPerDay === undefined ? "" : number(found.eventsPerDay)],
    ["runs", `${found.runs.total}${inWords(found.runs.byStatus)}${inWords(found.runs.byLiveness)}`],
    ["operations", operations === null ? "cannot be counted" : operations.total === 0 ? "" : `${number(operations.total)}${inWords(operations.byState)}`],
    ["calls", operations === null || operations.calls.total === 0 ? "" : callsOf(operations.calls)],
  ];
  return facts.filter(([, value]) => value !== "");
}

/** `1,012  (1,009 ended, 3 failed)` */
function callsOf({ total, ...outcomes }: Counts & { readonly total: number }): string {
  return `${number(total)}${inWords(Object.fromEntries(Object.entries(outcomes).filter(([, count]) => count > 0)))}`;
}

const number = (count: number): string => count.toLocaleString("en-US");
const countRows = (counts: Counts): string[][] => Object.entries(counts).map(([name, count]) => [clean(name), number(count)]);

function inWords(counts: Counts): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? "" : `  (${parts.join(", ")})`;
}
