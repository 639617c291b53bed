import type { Json, JsonObject, RecordedEvent } from "../../events/recorded-event.js";
import { sourceOfRoot } from "./exported-event.js";

/** CloudEvents 1.0 in their JSON format, with the extension attributes that hold the rest of daybook's envelope. */
export interface CloudEvent {
  readonly specversion: "1.0";
  /** The event's seq. */
  readonly id: string;
  /** The root, as a URN. */
  readonly source: string;
  readonly type: string;
  /** The stream. */
  readonly subject: string;
  /** When it happened: `at` where the event has it, else `time`. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  /** When it was appended. */
  readonly recordedtime: string;
  /** The seq as text with zeros in front, so that it orders: the sequence extension asks for that. */
  readonly sequence: string;
  /** The schema version; as text where it is no integer of CloudEvents (32 bits). */
  readonly dataversion: number | string;
  readonly participant: string;
  /** Id of the command that led to it. */
  readonly causationid?: string;
  /** Seq of the event that led to it, in the form of `sequence`. */
  readonly causationsequence?: string;
  readonly idempotencykey?: string;
  readonly data: JsonObject;
  readonly [extension: string]: Json | undefined;
}

const maxInteger = 2 ** 31 - 1;

const ordered = (seq: number): string => String(seq).padStart(20, "0");

/** An event as a CloudEvent. Extension attributes have small letters and digits in their names, at most 20. */
export function cloudEvent({ seq, time, stream, type, v, data, by, at, cause, id }: RecordedEvent, root: string): CloudEvent {
  return {
    specversion: "1.0",
    id: String(seq),
    source: sourceOfRoot(root),
    type,
    subject: stream,
    time: at ?? time,
    datacontenttype: "application/json",
    recordedtime: time,
    sequence: ordered(seq),
    dataversion: v <= maxInteger ? v : String(v),
    participant: by,
    ...causation(cause),
    ...(id === undefined ? {} : { idempotencykey: id }),
    data,
  };
}

function causation(cause: number | string | undefined): { readonly causationid?: string; readonly causationsequence?: string } {
  if (cause === undefined) return {};
  return typeof cause === "number" ? { causationsequence: ordered(cause) } : { causationid: cause };
}
