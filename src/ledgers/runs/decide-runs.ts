import { AmbiguousRunError, LeaseLostError, RunBusyError, RunNotFoundError } from "../../base/errors.js";
import type { NewCatalogueEvent } from "../../events/catalogue.js";
import { runAddress, runStream } from "../../events/names.js";
import { Status } from "../../events/status.js";
import type { Rows } from "../../projections/projection.js";
import { nextUid, relpathsOf, uidOfHash } from "../../projections/views/run-index.js";
import type { runIndexProjection } from "../../projections/views/run-index.js";
import type { StateOf } from "../../projections/projection.js";
import type { ErrorRow, RunRow } from "../../projections/views/run-row.js";
import { judgeLiveness } from "./liveness.js";
import type { Observer } from "./liveness.js";
import type { ProcessIdentity } from "./process-identity.js";
import type { Allocation, RunReference } from "./run-commands.js";
import type { RunPatch } from "./run-input.js";

/** What decisions about runs look at. */
export interface RunStates {
  readonly runs: Rows<RunRow>;
  readonly "run-index": StateOf<typeof runIndexProjection>;
}

/** A uid that was given out, with the event that says so. */
export interface Allocated {
  readonly events: readonly NewCatalogueEvent[];
  readonly uid: string;
}

/** Gives out the next uid. */
export function decideAllocation(states: Pick<RunStates, "run-index">, wanted: Allocation): Allocated {
  const { identifier, relpath, paramHash, params, status, storage, tags, note } = wanted;
  const uid = nextUid(states["run-index"], identifier, relpath);
  const data = {
    uid,
    ...(paramHash === undefined ? {} : { paramHash }),
    ...(params === undefined ? {} : { params }),
    ...(status === Status.PENDING ? {} : { status }),
    ...(storage === "prefix" ? { storage } : {}),
  };
  const stream = runStream(identifier, relpath, uid);
  const events: NewCatalogueEvent[] = [{ stream, type: "run.allocated", data }];
  if (note !== undefined) events.push({ stream, type: "run.noted", data: { note } });
  if (tags.length > 0) events.push({ stream, type: "run.tagged", data: { tags } });
  return { uid, events };
}

/** The run with the same parameters, under whichever of its hashes, or a new one. Without a hash there is nothing to find: always a new one. */
export function decideFindOrAllocate(states: Pick<RunStates, "run-index">, wanted: Allocation): Allocated & { readonly created: boolean } {
  const { identifier, relpath, paramHash, otherHashes } = wanted;
  const hashes = paramHash === undefined ? [] : [paramHash, ...otherHashes];
  const uids = hashes.map((hash) => uidOfHash(states["run-index"], identifier, relpath, hash)).filter((uid) => uid !== undefined);
  const found = uids.sort((a, b) => Number(a) - Number(b))[0];
  return found === undefined ? { ...decideAllocation(states, wanted), created: true } : { events: [], uid: found, created: false };
}

/**
 * The run that is meant. Without a relpath: the root's, else the only one of that uid anywhere.
 * @throws AmbiguousRunError
 */
export function findRun(states: RunStates, { identifier, uid, relpath }: RunReference): RunRow | undefined {
  const at = (where: string): RunRow | undefined => states.runs.get(runStream(identifier, where, uid));
  if (relpath !== undefined) return at(relpath);
  const root = at("");
  if (root !== undefined) return root;
  const only = onlyRelpath(relpathsOf(states["run-index"], identifier, uid), identifier, uid);
  return only === undefined ? undefined : at(only);
}

/** The only relpath of those under which a uid exists; undefined when there is none. @throws AmbiguousRunError */
export function onlyRelpath(relpaths: readonly string[], identifier: string, uid: string): string | undefined {
  if (relpaths.length > 1) throw new AmbiguousRunError(`${identifier}/${uid}`, relpaths);
  return relpaths[0];
}

/** As {@link findRun}. @throws RunNotFoundError */
export function requireRun(states: RunStates, reference: RunReference): RunRow {
  const row = findRun(states, reference);
  if (row === undefined) throw new RunNotFoundError(runAddress(reference.identifier, reference.relpath ?? "", reference.uid));
  return row;
}

/**
 * The events that say what a report says; none when it says nothing. Status changes are always kept, repeated ones too.
 * @throws LeaseLostError when it speaks for an attempt that is not the run's latest
 */
export function decideReport(row: RunRow, patch: RunPatch): NewCatalogueEvent[] {
  const stream = streamOf(row);
  const events: NewCatalogueEvent[] = [];
  const { status, files, metrics, step, error, note, tags } = patch;
  if (files !== undefined && Object.keys(files).length > 0) events.push({ stream, type: "run.files-attached", data: { files } });
  if (metrics !== undefined && Object.keys(metrics).length > 0) {
    events.push({ stream, type: "run.metrics-recorded", data: { metrics, ...(step === undefined ? {} : { step }) } });
  }
  if (note !== undefined) events.push({ stream, type: "run.noted", data: { note } });
  if (tags !== undefined && tags.length > 0) events.push({ stream, type: "run.tagged", data: { tags: [...new Set(tags)] } });
  if (error !== undefined) events.push({ stream, type: "run.error-recorded", data: error satisfies ErrorRow });
  // Last, so that whoever sees the status change sees what led to it.
  if (status !== undefined) events.push({ stream, type: "run.status-changed", data: { status } });
  if (events.length > 0 && patch.attempt !== undefined) requireLatest(row, patch.attempt);
  return events;
}

/** True while nobody has taken the run up since that attempt, whether or not it has ended. */
export const isLatest = (row: RunRow | undefined, attempt: number): boolean => row?.attempts.at(-1)?.attempt === attempt;

/** @throws LeaseLostError when that attempt is not the run's latest */
export function requireLatest(row: RunRow, attempt: number): void {
  if (!isLatest(row, attempt)) throw new LeaseLostError(addressOf(row), attempt);
}

/** What an attempt says of itself. */
export interface AttemptTerms {
  readonly beatWithinMs: number;
  readonly command?: readonly string[];
  readonly cwd?: string;
}

/** An attempt that begins, with the events that say so. */
export interface Started {
  readonly events: readonly NewCatalogueEvent[];
  readonly attempt: number;
}

/** Why a run was not taken up: it is DONE already, or a live process holds it. */
export type NotStarted = "done" | "live";

/** The refusal to take up a run that a live process holds. */
export function busyError({ identifier, relpath, uid, attempts }: Pick<RunRow, "identifier" | "relpath" | "uid" | "attempts">): RunBusyError {
  const current = attempts.at(-1);
  return new RunBusyError(runAddress(identifier, relpath, uid), `pid ${current?.pid} on ${current?.host} (${current?.by}, attempt ${current?.attempt})`);
}

/**
 * Takes a run up unless it is DONE or held by a live process: then nothing is to be said. With `again` a DONE one is taken up too. A run
 * that has failed, was lost, or is held by nobody (whatever its status) is taken up.
 */
export function decideTryStart(
  row: RunRow,
  holder: ProcessIdentity,
  terms: AttemptTerms,
  observer: Observer,
  again: boolean,
): Started | { readonly events: readonly []; readonly because: NotStarted } {
  if (row.status === Status.DONE && !again) return { events: [], because: "done" };
  if (judgeLiveness(row, observer) === "live") return { events: [], because: "live" };
  return decideStart(row, holder, terms, observer);
}

/** Takes a run up: a further attempt, RUNNING. @throws RunBusyError when a live process holds it */
export function decideStart(row: RunRow, holder: ProcessIdentity, terms: AttemptTerms, observer: Observer): Started {
  if (judgeLiveness(row, observer) === "live") throw busyError(row);
  const number = (row.attempts.at(-1)?.attempt ?? 0) + 1;
  const stream = streamOf(row);
  return {
    attempt: number,
    events: [
      { stream, type: "run.attempt-started", data: { attempt: number, ...holder, ...terms } },
      { stream, type: "run.status-changed", data: { status: Status.RUNNING } },
    ],
  };
}

/** True while that attempt holds the run. */
export function holdsRun(row: RunRow | undefined, attempt: number): row is RunRow {
  const current = row?.attempts.at(-1);
  return current !== undefined && current.attempt === attempt && current.ended === undefined;
}

/** How an attempt ended, as far as that is known. */
export interface AttemptEnding {
  readonly exitCode?: number;
  readonly signal?: string;
}

/** Lets go of a run. @throws LeaseLostError when the attempt no longer holds it */
export function decideEnd(row: RunRow | undefined, attempt: number, ending: AttemptEnding): NewCatalogueEvent {
  if (!holdsRun(row, attempt)) throw new LeaseLostError(row === undefined ? "?" : addressOf(row), attempt);
  return { stream: streamOf(row), type: "run.attempt-ended", data: { attempt, ...ending } };
}

/** A sign of life; none once the attempt no longer holds the run. */
export function decideBeat(row: RunRow | undefined, attempt: number, beatWithinMs: number): NewCatalogueEvent | undefined {
  return holdsRun(row, attempt) ? { stream: streamOf(row), type: "run.heartbeat-recorded", data: { attempt, beatWithinMs } } : undefined;
}

/** The stream of a run. */
export const streamOf = (row: RunRow): string => runStream(row.identifier, row.relpath, row.uid);
const addressOf = (row: RunRow): string => runAddress(row.identifier, row.relpath, row.uid);
