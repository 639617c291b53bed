import type { EngineCore } from "./engine-core.js";
import { parseRunAddress, runAddress, runStream } from "./events/names.js";
import { RunNotFoundError } from "./base/errors.js";
import type { Clock } from "./base/clock.js";
import type { RecordedEvent } from "./events/recorded-event.js";
import type { DaybookLog } from "./daybook-log.js";
import { onlyRelpath } from "./ledgers/runs/decide-runs.js";
import type { Head } from "./log/port.js";
import { runIndexProjection, uidKey } from "./projections/views/run-index.js";
import type { IndexRow } from "./projections/views/run-index.js";
import { blameOf } from "./replay/blame.js";
import type { FieldBlame } from "./replay/blame.js";
import { changesOf } from "./replay/changes.js";
import type { HistoryChange } from "./replay/changes.js";
import { diff } from "./replay/diff.js";
import type { DiffOptions } from "./replay/diff.js";
import { eventsOf, findTrail } from "./replay/history.js";
import type { HistoryOptions } from "./replay/history.js";
import type { PatchOperation } from "./replay/json-patch.js";
import type { Moment } from "./replay/moment.js";
import type { TrailSource } from "./replay/trail-source.js";

/** What looking back needs of a daybook. */
export interface TrailHost {
  readonly core: EngineCore;
  readonly log: DaybookLog;
  readonly options: { readonly clock: Clock };
  at(moment: Moment): Promise<TrailHost & { close(): Promise<void> }>;
}

/** The ways to look back over a daybook: loaded by the first who does. */
export class DaybookTrail {
  readonly #source: TrailSource;

  constructor(
    readonly host: TrailHost,
    head: Promise<Head>,
  ) {
    const { core, log, options } = host;
    this.#source = {
      backend: core.backend,
      reading: core.reading,
      clock: options.clock,
      head,
      damage: core.damage,
      read: ({ stream, from, to, signal }) => log.read({ stream, from, to, ...(signal === undefined ? {} : { signal }) }),
      runStream: (address) => streamOfRun(host, head, address),
    };
  }

  async history(options: HistoryOptions): Promise<AsyncIterable<RecordedEvent>> {
    return eventsOf(this.#source, await findTrail(this.#source, options));
  }

  async changes(options: HistoryOptions): Promise<AsyncIterable<HistoryChange>> {
    return changesOf(this.#source, await findTrail(this.#source, options));
  }

  blame(run: string, options: { readonly signal?: AbortSignal }): Promise<FieldBlame[]> {
    return blameOf(this.#source, run, options);
  }

  diff(a: Moment, b: Moment, options: DiffOptions): Promise<PatchOperation[]> {
    const { core, options: { clock } } = this.host;
    const at = async (seq: number) => {
      const past = await this.host.at(seq);
      return { engine: past.core.engine, close: () => past.close() };
    };
    return diff({ backend: core.backend, engine: core.engine, reading: core.reading, clock, at }, a, b, options);
  }
}

/**
 * A run is found as the ledger finds it: `train/0001` names no relpath, `train/./0001` the root. By the event that made it, which is found without
 * folding a view; only a run that is not in the root and named without its relpath is looked up in the index of runs.
 */
async function streamOfRun({ core, log }: TrailHost, head: Promise<Head>, address: string): Promise<string> {
  const { identifier, relpath, uid } = parseRunAddress(address);
  const stream = runStream(identifier, relpath, uid);
  const { seq: to } = await head;
  for await (const event of log.read({ stream, to })) if (event.stream === stream && event.type === "run.allocated") return stream;
  const [row] = address.split("/").length > 2 ? [] : await core.engine.lookUp(runIndexProjection.name, [uidKey(identifier, uid)]);
  const only = onlyRelpath((row as IndexRow | undefined)?.relpaths ?? [], identifier, uid);
  if (only === undefined) throw new RunNotFoundError(runAddress(identifier, relpath, uid));
  return runStream(identifier, only, uid);
}
