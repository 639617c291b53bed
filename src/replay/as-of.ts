import type { Clock } from "../base/clock.js";
import type { EngineCore } from "../engine-core.js";
import { BoundedLog } from "../log/bounded-log.js";
import type { Head, LogBackend } from "../log/port.js";
import { ProjectionEngine } from "../projections/engine.js";
import { noSnapshots } from "../projections/snapshot.js";
import type { SnapshotStore } from "../projections/snapshot.js";
import { seqOfMoment } from "./moment.js";
import type { Moment } from "./moment.js";

/** The core of a daybook as of a moment. It stands on the log of `core`, which has to stay open. */
export async function openAsOf(core: EngineCore, moment: Moment, clock: Clock): Promise<EngineCore> {
  const bound = await headAt(core.backend, await seqOfMoment(core.backend, clock, moment));
  const backend = new BoundedLog(core.backend, bound);
  const engine = new ProjectionEngine(backend, core.reading, upTo(core.engine.snapshots, bound.seq));
  for (const name of core.engine.names) engine.register(core.engine.definition(name));
  return { ...core, backend, engine, release: () => Promise.resolve(engine.close()) };
}

/** The end of the log as it was when its last event had that seq. */
async function headAt(backend: LogBackend, seq: number): Promise<Head> {
  const head = await backend.head();
  if (seq === head.seq) return head;
  const reader = await backend.reader(Math.max(0, seq - 1));
  try {
    if (seq === 0) return { seq, time: undefined, token: reader.position.token };
    let batch = reader.pull(1);
    // A reader that begins inside of a commit, or before others, gives them without their events.
    while (batch !== undefined && batch.events.length === 0) batch = reader.pull(1);
    // Inside of what was read at once no token is known; none is needed, as nobody goes on from there.
    return { seq, time: batch?.events[0]?.time, token: batch?.end.seq === seq ? batch.end.token : `${batch?.end.token}-${(batch?.end.seq ?? seq) - seq}` };
  } finally {
    reader.close();
  }
}

/** The snapshots that a log had by then; a past keeps none. */
function upTo(snapshots: SnapshotStore, seq: number): SnapshotStore {
  return {
    ...noSnapshots,
    *load(projection, version) {
      for (const snapshot of snapshots.load(projection, version)) if (snapshot.at.seq <= seq) yield snapshot;
    },
  };
}
