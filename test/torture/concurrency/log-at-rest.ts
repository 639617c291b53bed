import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readLog } from "../../format/independent-reader.js";
import type { Landing } from "./models/streams.js";
import { Trail } from "./trail.js";
import type { SeenEvent } from "./trail.js";

/** The log at the end of a round, read by the independent reader: what everything else is held against. */
export interface LogAtRest {
  readonly lastSeq: number;
  /** Of all events, as readers count it. */
  readonly digest: string;
  /** By operation: where its events stand. */
  readonly landings: ReadonlyMap<string, Landing>;
  /** Seq of a run's allocation, by `IDENT/RELPATH/UID` as a number. */
  readonly allocations: ReadonlyMap<string, number>;
  /** Hash by last seq of each commit. */
  readonly commitEnds: ReadonlyMap<number, string>;
  /** News of torn tails that were cut off. */
  readonly recoveries: number;
  readonly problems: readonly string[];
}

export function readAtRest(root: string): LogAtRest {
  const { events, commits, damage, sealed, tooNew } = readLog(root);
  const trail = new Trail("the log at rest");
  const landings = new Map<string, Landing>();
  const allocations = new Map<string, number>();
  const problems: string[] = [];
  let recoveries = 0;
  for (const event of events as unknown as readonly SeenEvent[]) {
    trail.take(event);
    const op = operationOf(event);
    const known = op === undefined ? undefined : landings.get(op);
    if (op !== undefined && known !== undefined && known.last !== event.seq - 1) problems.push(`${op} stands at seq ${known.first} and again at ${event.seq}`);
    // The status of a report follows its note.
    const last = event.type === "run.noted" ? event.seq + 1 : event.seq;
    if (op !== undefined) landings.set(op, { first: known?.first ?? event.seq, last });
    if (event.type === "run.allocated") noteAllocation(allocations, event, problems);
    if (event.type === "log.recovered") {
      recoveries += 1;
      problems.push(...quarantineProblems(root, event));
    }
  }
  trail.commitEnd();
  problems.push(...trail.problems);
  if (damage !== undefined) problems.push(`the log is damaged: ${damage.segment} at ${damage.offset}, seq ${damage.seq}: ${damage.problem}`);
  if (tooNew !== undefined) problems.push(`${tooNew} is said to be too new`);
  problems.push(...sealed.faults.map((fault) => `sealed ${fault.segment}: ${fault.problem}`));
  const commitEnds = new Map(commits.map(({ lastSeq, hash }) => [lastSeq, hash]));
  return { lastSeq: trail.seq, digest: trail.digest, landings, allocations, commitEnds, recoveries, problems };
}

function operationOf({ type, data }: SeenEvent): string | undefined {
  if (type === "run.allocated") return (data["params"] as { readonly op?: string } | undefined)?.op;
  if (type === "run.noted") return data["note"] as string;
  return data["op"] as string | undefined;
}

function noteAllocation(allocations: Map<string, number>, { seq, stream, data }: SeenEvent, problems: string[]): void {
  const run = `${stream.slice("run/".length, stream.lastIndexOf("/"))}/${Number(data["uid"])}`;
  const before = allocations.get(run);
  if (before !== undefined) problems.push(`${run} was given out at seq ${before} and again at ${seq}`);
  allocations.set(run, seq);
}

/** The news of a torn tail name a copy of it, which is there. */
function quarantineProblems(root: string, { seq, data }: SeenEvent): string[] {
  const { file, bytes, sha256 } = data as { readonly file: string; readonly bytes: number; readonly sha256: string };
  try {
    const kept = readFileSync(join(root, file));
    const same = kept.length === bytes && createHash("sha256").update(kept).digest("hex") === sha256;
    return same ? [] : [`${file} is not the torn tail that seq ${seq} tells of`];
  } catch (error) {
    return [`the torn tail that seq ${seq} tells of was not kept: ${(error as Error).message}`];
  }
}
