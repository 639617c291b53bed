import { checkFunction, checkObject, checkSignal, checkTexts } from "../../base/checks.js";
import { InvalidOptionError } from "../../base/errors.js";
import type { AppendContext } from "../../log/port.js";
import type { EventFormat } from "./exported-event.js";
import type { NotImported } from "./incoming-event.js";
import { Intake } from "./intake.js";
import type { HandleLife, Importable } from "./intake.js";
import { EventLines } from "./read-event.js";
import { openSource, sourceParts } from "./source-lines.js";

export type { NotImported } from "./incoming-event.js";

/** Where events come from: the path of a file; what gives the bytes or texts of one, such as a stream; or events, such as `export` gives them. */
export type EventSource = string | URL | AsyncIterable<Uint8Array | string | object> | Iterable<Uint8Array | string | object>;

/** How events are taken over. */
export interface EventImportOptions {
  /** Takes lines of this format alone. Default: each line says by itself what it is. */
  readonly format?: EventFormat;
  /** Id of the root that lines come from which do not say so, such as those of `daybook log --json`. */
  readonly root?: string;
  /** What errors call the source. Default: its path. */
  readonly name?: string;
  /** Called after each part, and at the end. */
  readonly onProgress?: (progress: EventImportProgress) => void;
  /** Called for each line that is not taken, where its stream has not been told of before. */
  readonly onNotImported?: (refusal: NotImported) => void;
  /** Stops between two parts; what was taken stays. */
  readonly signal?: AbortSignal;
}

/** How far an import is. */
export interface EventImportProgress {
  /** Events looked at. */
  readonly events: number;
  readonly bytes: number;
  /** Undefined where it is not known. */
  readonly totalBytes: number | undefined;
}

/** What an import did. */
export interface EventImportReport {
  /** Events that are new here. */
  readonly events: number;
  /** Events that were here already. */
  readonly already: number;
  /** Events that tell of the other log itself, such as `log.recovered`: left out, they are none of this one. */
  readonly left: number;
  /** Events, and lines that are none, that were not taken. */
  readonly refused: number;
  /** Why, for each stream once, and at most 1000 of them; `onNotImported` gets all. */
  readonly skipped: readonly NotImported[];
}

const known: ReadonlySet<string> = new Set<keyof EventImportOptions>(["format", "root", "name", "onProgress", "onNotImported", "signal"]);

/** @throws InvalidOptionError */
export function checkImport(options: EventImportOptions): void {
  checkObject(options);
  for (const field of Object.keys(options)) if (!known.has(field)) throw new InvalidOptionError(field, `is none of ${[...known].join(", ")}`);
  checkTexts("name", options.name === undefined ? undefined : [options.name]);
  checkFunction("onProgress", options.onProgress);
  checkFunction("onNotImported", options.onNotImported);
  checkSignal(options.signal);
}

/** Takes events of elsewhere into the log; see `Daybook.import`. */
export async function importEvents(log: Importable, context: AppendContext, handle: HandleLife, source: EventSource, options: EventImportOptions): Promise<EventImportReport> {
  const lines = new EventLines(options);
  const opened = await openSource(source, options.name);
  const intake = new Intake(log, handle, options.signal === undefined ? context : { ...context, signal: options.signal }, lines, options.onNotImported);
  try {
    for await (const { lines: some, bytes, fault } of sourceParts(opened)) {
      options.signal?.throwIfAborted();
      for (const line of some) await intake.take(line);
      if (fault !== undefined) {
        await intake.finish();
        throw fault;
      }
      options.onProgress?.({ events: intake.looked, bytes, totalBytes: opened.totalBytes });
    }
    await intake.finish();
  } finally {
    await intake.close();
  }
  return intake.report();
}
