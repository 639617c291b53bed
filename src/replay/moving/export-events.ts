import type { Clock } from "../../base/clock.js";
import { checkFunction, checkObject, checkSignal, checkTexts } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import type { LogCorruptError } from "../../base/errors.js";
import { parseStream } from "../../events/names.js";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { eventsFrom, findEvents } from "../../log/find-events.js";
import type { LogBackend } from "../../log/port.js";
import { rangeOfMoments } from "../moment-range.js";
import type { Moment } from "../moment.js";
import { cloudEvent } from "./cloud-event.js";
import type { CloudEvent } from "./cloud-event.js";
import { exportedEvent } from "./exported-event.js";
import type { EventFormat, ExportedEvent } from "./exported-event.js";

/** Which events leave the log, and how. */
export interface ExportOptions<Format extends EventFormat = EventFormat> {
  /** `ndjson`: as in the log, with the root's id. `cloudevents`: CloudEvents 1.0 in their JSON format. Default `ndjson`. */
  readonly format?: Format;
  /** The first event: a seq, or a time, which means the first event that is not before it. Default: the first of the log. */
  readonly from?: Moment;
  /** The last event, inclusive: a seq, or a time. Default: the head when the iteration begins. */
  readonly to?: Moment;
  readonly types?: readonly string[];
  /** Only this stream and everything below it. */
  readonly stream?: string;
  /** Called now and then, and at the end. */
  readonly onProgress?: (progress: ExportProgress) => void;
  readonly signal?: AbortSignal;
}

/** How far an export is: events of the log that were looked at, of how many. */
export interface ExportProgress {
  readonly events: number;
  readonly total: number;
}

/** What an export needs of its daybook. */
export interface Exportable {
  readonly backend: LogBackend;
  readonly rootId: string;
  readonly damage: () => LogCorruptError | undefined;
}

const known: ReadonlySet<string> = new Set<keyof ExportOptions>(["format", "from", "to", "types", "stream", "onProgress", "signal"]);

const progressEvery = 1000;

/** @throws InvalidOptionError @throws InvalidIdError */
export function checkExport(options: ExportOptions): void {
  checkObject(options);
  for (const field of Object.keys(options)) if (!known.has(field)) throw new InvalidOptionError(field, `is none of ${[...known].join(", ")}`);
  const { format, types, stream, onProgress, signal } = options;
  if (format !== undefined && format !== "ndjson" && format !== "cloudevents") throw new InvalidOptionError("format", `must be "ndjson" or "cloudevents", not ${preview(format)}`);
  checkTexts("types", types);
  if (stream !== undefined) parseStream(stream);
  checkFunction("onProgress", onProgress);
  checkSignal(signal);
}

/** Events as the log holds them, none brought up to date, in their order; see `Daybook.export`. */
export async function* exportEvents(log: Exportable, clock: Clock, assertOpen: () => void, options: ExportOptions): AsyncGenerator<ExportedEvent | CloudEvent> {
  const { backend, rootId, damage } = log;
  const { format = "ndjson", types, onProgress, signal } = options;
  const { from, to } = await rangeOfMoments(backend, clock, options);
  const wanted = types === undefined ? undefined : new Set(types);
  const total = Math.max(0, to - from + 1);
  for await (const event of inRange(backend, from, to, options.stream === undefined ? undefined : parseStream(options.stream))) {
    signal?.throwIfAborted();
    assertOpen();
    if (event.seq % progressEvery === 0) onProgress?.({ events: event.seq - from + 1, total });
    if (wanted?.has(event.type) === false) continue;
    yield format === "ndjson" ? exportedEvent(event, rootId) : cloudEvent(event, rootId);
  }
  const fault = damage();
  // What was asked for ends here because the log does.
  if (fault !== undefined && (options.to === undefined || fault.seq <= to)) throw fault;
  onProgress?.({ events: total, total });
}

async function* inRange(backend: LogBackend, from: number, to: number, stream: string | undefined): AsyncGenerator<RecordedEvent> {
  if (from > to) return;
  if (stream !== undefined) {
    yield* findEvents(backend, { stream, from, to });
    return;
  }
  for await (const event of eventsFrom(backend, from - 1)) {
    if (event.seq > to) return;
    yield event;
  }
}
