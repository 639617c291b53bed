import type { Clock } from "../base/clock.js";
import type { LogCorruptError } from "../base/errors.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import type { Head, LogBackend } from "../log/port.js";
import type { EventReading } from "../projections/fold-state.js";

/** What history, changes and blame need of a daybook. */
export interface TrailSource {
  readonly backend: LogBackend;
  readonly reading: EventReading;
  readonly clock: Clock;
  /** The end of the log at the call. */
  readonly head: Promise<Head>;
  /** What stops a read-only log from being served whole. */
  readonly damage: () => LogCorruptError | undefined;
  /** Events of a stream and of everything below it, in order, brought up to date. */
  read(query: { readonly stream: string; readonly from: number; readonly to: number; readonly signal: AbortSignal | undefined }): AsyncIterable<RecordedEvent>;
  /** The stream of the run that an address means. @throws InvalidIdError @throws RunNotFoundError @throws AmbiguousRunError */
  runStream(address: string): Promise<string>;
}
