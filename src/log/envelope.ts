import type { JsonObject, RecordedEvent } from "../events/recorded-event.js";

/** An event with its envelope settled, its `data` already as text: what a commit is built from. */
export interface StagedEvent {
  readonly seq: number;
  readonly time: string;
  readonly stream: string;
  readonly type: string;
  readonly v: number;
  readonly dataText: string;
  readonly by: string;
  readonly at: string | undefined;
  readonly cause: number | string | undefined;
  readonly id: string | undefined;
}

/** The event's line, without the closing brace: a closing line goes on with `sync` and `hash`. */
export function envelopeText(event: StagedEvent): string {
  let text =
    `{"seq":${event.seq},"time":"${event.time}","stream":${JSON.stringify(event.stream)},"type":${JSON.stringify(event.type)},` +
    `"v":${event.v},"data":${event.dataText},"by":${JSON.stringify(event.by)}`;
  if (event.at !== undefined) text += `,"at":${JSON.stringify(event.at)}`;
  if (event.cause !== undefined) text += `,"cause":${JSON.stringify(event.cause)}`;
  if (event.id !== undefined) text += `,"id":${JSON.stringify(event.id)}`;
  return text;
}

/** The event as a reader of the log will see it: built from the text, so that folding now equals folding at replay. */
export function recordedEvent(event: StagedEvent): RecordedEvent {
  return {
    seq: event.seq,
    time: event.time,
    stream: event.stream,
    type: event.type,
    v: event.v,
    data: JSON.parse(event.dataText) as JsonObject,
    by: event.by,
    ...(event.at === undefined ? {} : { at: event.at }),
    ...(event.cause === undefined ? {} : { cause: event.cause }),
    ...(event.id === undefined ? {} : { id: event.id }),
  };
}

/**
 * Reads an event line that stands behind `previousSeq`: directly behind it, or (in a rewritten segment) with a gap.
 * @throws SyntaxError or TypeError when the text is no event of that place.
 */
export function parseEvent(text: string, previousSeq: number, gaps: boolean): RecordedEvent {
  const event = JSON.parse(text) as RecordedEvent;
  const sound =
    typeof event === "object" &&
    event !== null &&
    (gaps ? Number.isSafeInteger(event.seq) && event.seq > previousSeq : event.seq === previousSeq + 1) &&
    typeof event.time === "string" &&
    typeof event.stream === "string" &&
    typeof event.type === "string" &&
    Number.isSafeInteger(event.v) &&
    event.v >= 1 &&
    typeof event.data === "object" &&
    event.data !== null &&
    !Array.isArray(event.data) &&
    typeof event.by === "string";
  if (!sound) throw new TypeError("the line is no event of this place");
  return event;
}
