import type { Clock } from "../base/clock.js";
import { BoundedLog } from "../log/bounded-log.js";
import { headAt } from "../log/head-at.js";
import type { LogBackend } from "../log/port.js";
import { ProjectionEngine } from "../projections/engine.js";
import { noSnapshots } from "../projections/snapshot.js";
import type { SnapshotStore } from "../projections/snapshot.js";
import { seqOfMoment, timeOfMoment } from "./moment.js";
import type { Moment } from "./moment.js";

/** What a past is made of: a log, and the engine that knows its projections, how its events are read, and its snapshots. */
export interface Present {
  readonly backend: LogBackend;
  readonly engine: ProjectionEngine;
}

/** A log as of a moment, and an engine on it. It stands on the log of the present, which has to stay open. */
export interface Past extends Present {
  readonly backend: BoundedLog;
  /** The last event's seq. */
  readonly seq: number;
  /** The time that was asked for, else that of the last event (ISO 8601); undefined before the first event. */
  readonly time: string | undefined;
}

/** @throws MomentAheadError @throws InvalidOptionError @throws LogCorruptError */
export async function openPast({ backend, engine }: Present, moment: Moment, clock: Clock): Promise<Past> {
  const seq = await seqOfMoment(backend, clock, moment);
  const now = await backend.head();
  const bound = seq === now.seq ? now : await headAt(backend, seq);
  const past = new BoundedLog(backend, bound);
  const own = new ProjectionEngine(past, engine.reading, upTo(engine.snapshots, seq), true);
  for (const name of engine.names) own.register(engine.definition(name));
  return { backend: past, engine: own, seq, time: typeof moment === "number" ? bound.time : timeOfMoment(moment, "moment") };
}

/** The snapshots that a log had by then; a past keeps none. */
function upTo(snapshots: SnapshotStore, seq: number): SnapshotStore {
  return { ...noSnapshots, load: (projection, version, notAfter = Infinity) => snapshots.load(projection, version, Math.min(notAfter, seq)) };
}
