import type { JsonObject } from "../../events/recorded-event.js";

/** An event of elsewhere, read but not yet held against what this log takes. */
export interface IncomingEvent {
  /** Where it stands in what is imported, from 1. */
  readonly line: number;
  /** Where it comes from: a root as `urn:uuid:ROOT`, or the source of a CloudEvent. */
  readonly source: string;
  /** Its seq there; undefined for a CloudEvent that daybook did not write. */
  readonly seq: number | undefined;
  /** When it was appended there; undefined where that is not said. */
  readonly recorded: string | undefined;
  readonly stream: string;
  readonly type: string;
  readonly v: number | undefined;
  readonly data: JsonObject;
  /** `data` as text. */
  readonly dataText: string;
  /** Undefined where nobody is named. */
  readonly by: string | undefined;
  /** Moment of origin; undefined where that is not said. */
  readonly at: string | undefined;
  readonly cause: number | string | undefined;
  /** Idempotency key of its append; of a foreign CloudEvent, one made of its source and id. */
  readonly id: string | undefined;
}

/** Why a line, and with it what follows of its stream, is not taken. */
export interface NotImported {
  /** `event`: the line is no event that this log takes. `conflict`: it is one, but the log has gone another way. */
  readonly kind: "event" | "conflict";
  /** The first line concerned, from 1. */
  readonly line: number;
  /** The field that is wrong, such as `data.uid`. */
  readonly field?: string;
  readonly stream?: string;
  readonly why: string;
  /** Events concerned: this one, and what follows of its stream. */
  readonly events: number;
}

/** A line that is no event; thrown while it is read. */
export class LineRefused extends Error {
  constructor(
    readonly field: string | undefined,
    problem: string,
    /** Where it says so. */
    readonly stream?: string,
  ) {
    super(problem);
  }
}
