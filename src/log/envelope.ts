import type { RecordedEvent } from "../events/recorded-event.js";
import type { AppendEvent } from "./port.js";

/** What all events of one append have in common. */
export interface Envelope {
  readonly time: string;
  readonly by: string;
  /** What a line has of `time` and of `by`, with the keys. */
  readonly timeText: string;
  readonly byText: string;
  /** The writer's own reading of the clock, where that is not `time`: what `at` says of events that have none. */
  readonly late: string | undefined;
}

/** @param by the participant @param late see {@link Envelope.late} */
export const envelopeOf = (time: string, by: string, late: string | undefined): Envelope => ({ time, by, timeText: `,"time":"${time}"`, byText: `,"by":${quoted(by)}`, late });

/** The event's line without its LF. On a closing line `sync` and `hash` stand in place of the brace. */
export function envelopeLine(event: AppendEvent, seq: number, { timeText, byText, late }: Envelope): string {
  const { stream, type, v = 1, dataText } = event;
  const at = event.at ?? late;
  // Of few pieces: each costs as much as copying some ten bytes.
  let text = `{"seq":${seq}${timeText}${streamText(stream)}${typeText(type, v)}${dataText ?? JSON.stringify(event.data)}${event.by === undefined ? byText : `,"by":${quoted(event.by)}`}`;
  if (at !== undefined) text += `,"at":${quoted(at)}`;
  if (event.cause !== undefined) text += `,"cause":${JSON.stringify(event.cause)}`;
  if (event.id !== undefined) text += `,"id":${quoted(event.id)}`;
  return `${text}}`;
}

// Printable ASCII but for the quotation mark and the backslash: nearly all names, and what JSON leaves as it is.
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** A JSON string. Names are quoted by the thousands, and a look is cheaper than a call. */
const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text));

/** How many streams, and how many types, are remembered with their text. */
const remembered = 4096;
const streamTexts = new Map<string, string>();
const typeTexts = new Map<string, string>();

/** Writers come back to their streams. */
function streamText(stream: string): string {
  const known = streamTexts.get(stream);
  if (known !== undefined) return known;
  return remember(streamTexts, stream, `,"stream":${quoted(stream)}`);
}

function typeText(type: string, v: number): string {
  if (v !== 1) return `,"type":${quoted(type)},"v":${v},"data":`;
  const known = typeTexts.get(type);
  if (known !== undefined) return known;
  return remember(typeTexts, type, `,"type":${quoted(type)},"v":1,"data":`);
}

function remember(texts: Map<string, string>, key: string, text: string): string {
  if (texts.size >= remembered) texts.clear();
  texts.set(key, text);
  return text;
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
