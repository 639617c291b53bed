import type { RecordedEvent } from "../events/recorded-event.js";
import type { AppendEvent } from "./port.js";

/** What all events of one append have in common. */
export interface Envelope {
  readonly time: string;
  readonly by: string;
  /** `by` as JSON. */
  readonly byText: string;
  /** The writer's own reading of the clock, where that is not `time`: what `at` says of events that have none. */
  readonly late: string | undefined;
}

/** The event's line without its LF. On a closing line `sync` and `hash` stand in place of the brace. */
export function envelopeLine(event: AppendEvent, seq: number, { time, byText, late }: Envelope): string {
  const at = event.at ?? late;
  let text =
    `{"seq":${seq},"time":"${time}","stream":${quoted(event.stream)},"type":${quotedType(event.type)},` +
    `"v":${event.v ?? 1},"data":${event.dataText ?? JSON.stringify(event.data)},"by":${byText}`;
  if (at !== undefined) text += `,"at":${quoted(at)}`;
  if (event.cause !== undefined) text += `,"cause":${JSON.stringify(event.cause)}`;
  if (event.id !== undefined) text += `,"id":${quoted(event.id)}`;
  return `${text}}`;
}

// Printable ASCII but for the quotation mark and the backslash: nearly all names, and what JSON leaves as it is.
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** A JSON string. Names are quoted by the thousands, and a look is cheaper than a call. */
export const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text));

let lastType = "";
let lastTypeText = '""';

/** Events of one type come in rows. */
function quotedType(type: string): string {
  if (type !== lastType) [lastType, lastTypeText] = [type, quoted(type)];
  return lastTypeText;
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
