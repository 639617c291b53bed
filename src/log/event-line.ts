import type { JsonObject, RecordedEvent } from "../events/recorded-event.js";
import { parseEvent } from "./envelope.js";
import { internedText } from "./interned-text.js";
import { objectEnd, plainTextEnd, standsAt } from "./line-bytes.js";
import type { EventFilter } from "./port.js";

const key = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const seqKey = key('{"seq":');
const timeKey = key(',"time":"');
const streamKey = key('","stream":"');
const typeKey = key('","type":"');
const versionKey = key('","v":');
const dataKey = key(',"data":{');
const byKey = key(',"by":"');
const atKey = key(',"at":"');
const causeKey = key(',"cause":');
const idKey = key(',"id":"');

const quote = 0x22;
const closeBrace = 0x7d;
const timeBytes = 24;
/** A number of so many digits is exact whatever they are. */
const safeDigits = 15;
const noData: JsonObject = {};

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Reads the event lines of a commit that matches its hash and is UTF-8. A line in the form in which writers write it is cut up by its
 * bytes: keys in their order, no white space, no escape outside of `data`. Every other line is parsed as a whole, so that the
 * result is the same, or damage. Of events that the filter does not want, the inside of `data` is not looked at (ADR 0013).
 */
export class EventLineReader {
  /** Seq of the line read last. */
  seq: number;
  /** Behind the number that was read last. */
  #behind = 0;
  #understood = false;

  constructor(
    previousSeq: number,
    /** In a rewritten segment seqs rise with gaps. */
    readonly gaps: boolean,
    readonly filter: EventFilter | undefined,
  ) {
    this.seq = previousSeq;
  }

  /**
   * The event of the line from `start` to `end`; undefined when it is not wanted. `end` is where the line's LF stands, on a closing line
   * (`closing`) where `,"sync":` does. @throws SyntaxError or TypeError when it is no event of this place
   */
  read(bytes: Buffer, start: number, end: number, closing: boolean): RecordedEvent | undefined {
    this.#understood = false;
    const brace = closing ? end : end - 1;
    const cut = closing || bytes[brace] === closeBrace ? this.#cut(bytes, start, brace) : undefined;
    if (this.#understood) return cut;
    const event = parseEvent(closing ? `${bytes.toString("utf8", start, end)}}` : bytes.toString("utf8", start, end), this.seq, this.gaps);
    this.seq = event.seq;
    const { filter } = this;
    return filter === undefined || filter.wants(event.type) || (filter.withId && event.id !== undefined) ? event : undefined;
  }

  /** Reads up to `end`, where the envelope's closing brace would stand. Understood or not, see `#understood`. */
  #cut(bytes: Buffer, start: number, end: number): RecordedEvent | undefined {
    if (!standsAt(bytes, start, seqKey)) return undefined;
    const seq = this.#integer(bytes, start + seqKey.length);
    if (this.gaps ? seq <= this.seq : seq !== this.seq + 1) return undefined;
    const timeStart = this.#behind + timeKey.length;
    const timeEnd = timeStart + timeBytes;
    if (!standsAt(bytes, this.#behind, timeKey) || plainTextEnd(bytes, timeStart, end) !== timeEnd || !standsAt(bytes, timeEnd, streamKey)) return undefined;
    const streamStart = timeEnd + streamKey.length;
    const streamEnd = plainTextEnd(bytes, streamStart, end);
    if (streamEnd === -1 || !standsAt(bytes, streamEnd, typeKey)) return undefined;
    const typeStart = streamEnd + typeKey.length;
    const typeEnd = plainTextEnd(bytes, typeStart, end);
    if (typeEnd === -1 || !standsAt(bytes, typeEnd, versionKey)) return undefined;
    const v = this.#integer(bytes, typeEnd + versionKey.length);
    if (v < 1 || !standsAt(bytes, this.#behind, dataKey)) return undefined;
    const dataStart = this.#behind + dataKey.length - 1;

    const type = internedText(bytes, typeStart, typeEnd);
    const { filter } = this;
    const wanted = filter === undefined || filter.wants(type);
    if (!wanted && !filter.withId) return this.#skip(seq);
    const dataEnd = objectEnd(bytes, dataStart, end);
    if (dataEnd === -1 || !standsAt(bytes, dataEnd, byKey)) return undefined;
    const byStart = dataEnd + byKey.length;
    const byEnd = plainTextEnd(bytes, byStart, end);
    if (byEnd === -1) return undefined;
    if (!wanted && byEnd + 1 === end) return this.#skip(seq);
    const event: Mutable<RecordedEvent> = {
      seq,
      time: internedText(bytes, timeStart, timeEnd),
      stream: internedText(bytes, streamStart, streamEnd),
      type,
      v,
      data: noData,
      by: internedText(bytes, byStart, byEnd),
    };
    if (byEnd + 1 !== end && !this.#cutRest(event, bytes, byEnd + 1, end)) return undefined;
    if (!wanted && event.id === undefined) return this.#skip(seq);
    event.data = JSON.parse(bytes.toString("utf8", dataStart, dataEnd)) as JsonObject;
    this.#skip(seq);
    return event;
  }

  /** What may follow on `by`, in its order; false when there is anything else up to `end`. */
  #cutRest(event: Mutable<RecordedEvent>, bytes: Buffer, from: number, end: number): boolean {
    let here = from;
    if (standsAt(bytes, here, atKey)) {
      const textEnd = plainTextEnd(bytes, here + atKey.length, end);
      if (textEnd === -1) return false;
      event.at = internedText(bytes, here + atKey.length, textEnd);
      here = textEnd + 1;
    }
    if (standsAt(bytes, here, causeKey)) {
      const valueStart = here + causeKey.length;
      if (bytes[valueStart] === quote) {
        const textEnd = plainTextEnd(bytes, valueStart + 1, end);
        if (textEnd === -1) return false;
        event.cause = bytes.toString("utf8", valueStart + 1, textEnd);
        here = textEnd + 1;
      } else {
        const value = this.#integer(bytes, valueStart);
        if (value === -1) return false;
        event.cause = value;
        here = this.#behind;
      }
    }
    if (standsAt(bytes, here, idKey)) {
      const textEnd = plainTextEnd(bytes, here + idKey.length, end);
      if (textEnd === -1) return false;
      event.id = bytes.toString("utf8", here + idKey.length, textEnd);
      here = textEnd + 1;
    }
    return here === end;
  }

  #skip(seq: number): undefined {
    this.seq = seq;
    this.#understood = true;
    return undefined;
  }

  /** A whole number as JSON has it, without a leading zero; -1 for anything else. */
  #integer(bytes: Uint8Array, start: number): number {
    let value = 0;
    let at = start;
    for (; at - start <= safeDigits; at += 1) {
      const digit = (bytes[at] as number) - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    this.#behind = at;
    const length = at - start;
    return length === 0 || length > safeDigits || (length > 1 && bytes[start] === 0x30) ? -1 : value;
  }
}
