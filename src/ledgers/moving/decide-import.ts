import { runStream } from "../../events/names.js";
import { Status } from "../../events/status.js";
import type { AppendEvent } from "../../log/port.js";
import type { Rows } from "../../projections/projection.js";
import type { RunRow, StatusRow } from "../../projections/views/run-row.js";
import type { LegacyRun, LegacyStatus, Untaken } from "./legacy-run.js";

/** What the import of some runs comes to. */
export interface ImportDecision {
  readonly events: readonly AppendEvent[];
  /** Runs that were not there; runs that were, and got something new; runs of which all was there. Conflicts are none of these. */
  readonly runs: number;
  readonly grown: number;
  readonly already: number;
  readonly skipped: readonly Untaken[];
}

/** Files of one event, as JSON: an event must fit into a line. */
const maxFilesText = 64 * 1024;

/**
 * What has to be appended so that the ledger holds these runs too. A run that is there under its uid is taken for the same one when its hash and
 * its first status, with the moment, are the same; then only what is new of it is added. Nothing that the ledger has is changed: where the two
 * have gone different ways, that is a conflict. `cause` goes into every event.
 */
export function decideImport(states: { readonly runs: Rows<RunRow> }, runs: readonly LegacyRun[], cause: string): ImportDecision {
  const events: AppendEvent[] = [];
  const skipped: Untaken[] = [];
  const counts = { runs: 0, grown: 0, already: 0 };
  for (const run of runs) {
    const row = states.runs.get(runStream(run.identifier, run.relpath, run.uid));
    const found = row === undefined ? { events: eventsOfNew(run) } : decideOne(row, run, skipped);
    if (found === undefined) continue;
    for (const event of found.events) events.push({ ...event, cause });
    counts[row === undefined ? "runs" : found.events.length > 0 ? "grown" : "already"] += 1;
  }
  return { events, ...counts, skipped };
}

/** How many events a run has at most, to make parts of an import. */
export const mostEvents = (run: LegacyRun): number => run.history.length + Object.keys(run.files).length;

function eventsOfNew(run: LegacyRun): AppendEvent[] {
  const stream = streamOf(run);
  const [first, ...later] = run.history as [LegacyStatus, ...LegacyStatus[]];
  const data = {
    uid: run.uid,
    ...(run.paramHash === undefined ? {} : { paramHash: run.paramHash }),
    ...(first.status === Status.PENDING ? {} : { status: first.status }),
  };
  return [{ stream, type: "run.allocated", data, ...moment(first) }, ...reported(stream, run.files, later)];
}

function decideOne(row: RunRow, run: LegacyRun, skipped: Untaken[]): { readonly events: readonly AppendEvent[] } | undefined {
  const conflict = (why: string): undefined => void skipped.push({ kind: "conflict", place: run.place, why: `${why}; nothing of it was added` });
  if (row.paramHash !== run.paramHash) return conflict(`is another run than the ${row.uid} of this daybook: it has another hash`);
  const common = commonStart(row.history, run.history);
  const [had, has] = [row.history[0] as StatusRow, run.history[0] as LegacyStatus];
  if (common === 0) return conflict(`is another run than the ${row.uid} of this daybook: that began ${had.status} at ${had.time}, this ${has.status}${has.at === undefined ? "" : ` at ${has.at} (a naive time depends on the time zone it is read in)`}`);
  const goesOn = common === row.history.length;
  if (!goesOn && common < run.history.length) return conflict(`has gone on as ${run.history[common]?.status}, and run ${row.uid} of this daybook as ${row.history[common]?.status}`);
  const later = run.history.slice(common);
  const files: [string, string][] = [];
  for (const [name, file] of Object.entries(run.files)) {
    const known = Object.hasOwn(row.files, name) ? row.files[name] : undefined;
    if (known === file) continue;
    // A run that has gone on there, and not here, has the newer files there.
    if (known === undefined || later.length > 0) files.push([name, file]);
    else skipped.push({ kind: "conflict", place: run.place, why: `has the file ${JSON.stringify(name)} as ${JSON.stringify(file)}, run ${row.uid} of this daybook as ${JSON.stringify(known)}; that was kept` });
  }
  return { events: reported(streamOf(run), Object.fromEntries(files), later) };
}

/** How many statuses two histories have in common at their start. A moment that the file does not tell is like any. */
function commonStart(here: readonly StatusRow[], there: readonly LegacyStatus[]): number {
  let index = 0;
  for (; index < here.length && index < there.length; index += 1) {
    const [one, other] = [here[index] as StatusRow, there[index] as LegacyStatus];
    if (one.status !== other.status || (other.at !== undefined && Date.parse(one.time) !== Date.parse(other.at))) break;
  }
  return index;
}

/** Files before the last status: who sees that sees what led to it. When they were attached, the file does not tell. */
function reported(stream: string, files: Readonly<Record<string, string>>, statuses: readonly LegacyStatus[]): AppendEvent[] {
  const changes = statuses.map((one) => ({ stream, type: "run.status-changed", data: { status: one.status }, ...moment(one) }));
  const attached = inParts(files).map((part) => ({ stream, type: "run.files-attached", data: { files: part } }));
  return [...changes.slice(0, -1), ...attached, ...changes.slice(-1)];
}

function inParts(files: Readonly<Record<string, string>>): Readonly<Record<string, string>>[] {
  const parts: [string, string][][] = [];
  let room = 0;
  for (const [name, file] of Object.entries(files)) {
    const length = JSON.stringify([name, file]).length;
    if (room < length) {
      parts.push([]);
      room = maxFilesText;
    }
    parts.at(-1)?.push([name, file]);
    room -= length;
  }
  return parts.map((part) => Object.fromEntries(part));
}

const streamOf = (run: LegacyRun): string => runStream(run.identifier, run.relpath, run.uid);
const moment = ({ at }: LegacyStatus): { readonly at?: string } => (at === undefined ? {} : { at });
