import { readLog } from "../../format/independent-reader.js";
import type { TortureFailure } from "../suite.js";
import { readNotes } from "./notes.js";

/** Where an append of the load is, as its events say themselves. */
interface Found {
  readonly first: number;
  readonly of: number;
  parts: number;
}

interface LoadData {
  readonly by: string;
  readonly number: number;
  readonly part: number;
  readonly of: number;
}

/** What a log holds, by the reader that shares no code with the library. */
export interface CheckedLog {
  readonly events: number;
  readonly commits: number;
  readonly sealed: number;
  readonly acknowledgements: number;
  readonly failures: readonly TortureFailure[];
}

const mostFailures = 200;

/** Holds a log against what its writers were told: everything acknowledged once, at its place; nothing refused. */
export function checkLog(root: string, notes: string): CheckedLog {
  const failures: TortureFailure[] = [];
  const fail = (where: string, problem: string): void => void (failures.length < mostFailures && failures.push({ where, problem }));
  const { events, commits, damage, torn, sealed, manifest } = readLog(root);
  if (damage !== undefined) fail(`${damage.segment}@${damage.offset}, seq ${damage.seq}`, damage.problem);
  if (torn !== undefined) fail(`${torn.segment}@${torn.offset}`, `${torn.bytes} bytes are torn, though nobody crashed`);
  for (const { segment, offset, problem } of sealed.faults) fail(`${segment}@${offset}`, problem);
  if (manifest?.fault !== undefined) fail(`manifest.ndjson@${manifest.fault.offset}`, "the manifest is damaged");

  const appends = new Map<string, Found>();
  const metrics = new Map<string, number>();
  const runs = new Runs(fail);
  for (const event of events) {
    const seq = event["seq"] as number;
    if (event["type"] === "load.written") place(appends, event["data"] as LoadData, seq, fail);
    else runs.take(event["stream"] as string, event["type"] as string, event["data"] as Record<string, unknown>, seq);
    const ack = ((event["data"] as Record<string, unknown>)["metrics"] as Record<string, unknown> | undefined)?.["ack"];
    if (typeof ack === "string") metrics.set(ack, (metrics.get(ack) ?? 0) + 1);
  }
  for (const [name, { parts, of }] of appends) if (parts !== of) fail(name, `${parts} of its ${of} events are in the log`);
  for (const [name, count] of metrics) if (count !== 1) fail(name, `its metrics are in the log ${count} times`);

  let acknowledgements = 0;
  for (const note of readNotes(notes)) {
    acknowledgements += 1;
    const name = `${note.by} ${note.number}`;
    const found = appends.get(name);
    if (note.kind === "refused") {
      if (found !== undefined) fail(name, `was refused, and is in the log at seq ${found.first}`);
    } else if (note.kind === "metric") {
      if (!metrics.has(`${note.by}:${note.number}`)) fail(`${note.by}:${note.number}`, "its metrics were acknowledged, and are not in the log");
    } else if (found === undefined) fail(name, `was acknowledged at seq ${note.firstSeq}, and is not in the log`);
    else if (found.first !== note.firstSeq || found.first + found.of - 1 !== note.lastSeq) fail(name, `was acknowledged at seq ${note.firstSeq} to ${note.lastSeq}, and is at ${found.first}`);
  }
  return { events: events.length, commits: commits.length, sealed: sealed.checked, acknowledgements, failures };
}

type Fail = (where: string, problem: string) => void;

/** The parts of an append stand together, in order, and nowhere else. */
function place(appends: Map<string, Found>, { by, number, part, of }: LoadData, seq: number, fail: Fail): void {
  const name = `${by} ${number}`;
  const known = appends.get(name);
  if (known === undefined) appends.set(name, { first: seq, of, parts: 1 });
  else known.parts += 1;
  const first = known?.first ?? seq;
  if (seq !== first + part) fail(name, `its part ${part} is at seq ${seq}, its first one at ${first}`);
}

/** Each uid is given out once, and nobody takes up a run that a living process holds. */
class Runs {
  readonly #held = new Map<string, boolean>();

  constructor(readonly fail: Fail) {}

  take(stream: string, type: string, data: Readonly<Record<string, unknown>>, seq: number): void {
    if (type === "run.allocated") {
      if (this.#held.has(stream)) this.fail(stream, `is allocated again at seq ${seq}`);
      this.#held.set(stream, false);
    } else if (type === "run.attempt-started") {
      if (this.#held.get(stream) === true) this.fail(stream, `is taken up at seq ${seq} (attempt ${String(data["attempt"])}) while it is held`);
      this.#held.set(stream, true);
    } else if (type === "run.attempt-ended") {
      this.#held.set(stream, false);
    }
  }
}
