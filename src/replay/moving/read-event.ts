import { InvalidOptionError, preview } from "../../base/errors.js";
import type { EventFormat } from "./exported-event.js";
import { sourceOfRoot } from "./exported-event.js";
import { LineRefused } from "./incoming-event.js";
import type { IncomingEvent } from "./incoming-event.js";
import { readCloudEvent } from "./read-cloud-event.js";
import { dataOf, idOf, logTimeOf, numberOf, participantOf, sourceOf, textOf } from "./read-fields.js";
import type { Fields } from "./read-fields.js";
import type { SourceLine } from "./source-lines.js";

/** How lines are read. */
export interface ReadingOptions {
  /** Lines of the other format are refused. Default: each line says itself what it is. */
  readonly format?: EventFormat;
  /** Id of the root that lines without one come from. */
  readonly root?: string;
}

/** Makes events of lines. */
export class EventLines {
  readonly #format: EventFormat | undefined;
  #root: string | undefined;

  /** @throws InvalidOptionError */
  constructor({ format, root }: ReadingOptions) {
    if (format !== undefined && format !== "ndjson" && format !== "cloudevents") throw new InvalidOptionError("format", `must be "ndjson" or "cloudevents", not ${preview(format)}`);
    if (root !== undefined && (typeof root !== "string" || root === "")) throw new InvalidOptionError("root", `must be the id of a root, not ${preview(root)}`);
    this.#format = format;
    this.#root = root;
  }

  /** The event of a line; undefined for a segment's header, which says what root the lines behind it are of. @throws LineRefused */
  read({ number, value }: SourceLine): IncomingEvent | undefined {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new LineRefused(undefined, `is no event but ${preview(value)}`);
    const fields = value as Fields;
    if (typeof fields["specversion"] === "string") {
      if (this.#format === "ndjson") throw new LineRefused("specversion", "is there: the line is a CloudEvent, and ndjson was asked for");
      return readCloudEvent(number, fields);
    }
    if (this.#format === "cloudevents") throw new LineRefused("specversion", "is missing: the line is no CloudEvent");
    if (fields["seq"] === undefined && typeof fields["daybook"] === "number") {
      this.#root = textOf(fields, "root");
      return undefined;
    }
    return this.#logEvent(number, fields);
  }

  #logEvent(line: number, fields: Fields): IncomingEvent {
    const stream = textOf(fields, "stream");
    try {
      const time = logTimeOf(fields, "time");
      if (fields["root"] === undefined && this.#root === undefined) throw new LineRefused("root", "is missing: say of which daybook the event is (option root)");
      return {
        line,
        source: sourceOf(fields["root"] === undefined ? { root: this.#root } : fields, "root", sourceOfRoot),
        seq: numberOf(fields, "seq"),
        recorded: time,
        stream,
        type: textOf(fields, "type"),
        v: numberOf(fields, "v"),
        ...dataOf(fields["data"]),
        by: participantOf(fields, "by"),
        at: fields["at"] === undefined ? time : logTimeOf(fields, "at"),
        cause: fields["cause"] === undefined ? undefined : typeof fields["cause"] === "number" ? numberOf(fields, "cause") : idOf(fields, "cause"),
        id: fields["id"] === undefined ? undefined : idOf(fields, "id"),
      };
    } catch (error) {
      throw error instanceof LineRefused ? new LineRefused(error.field, error.message, stream) : error;
    }
  }
}
