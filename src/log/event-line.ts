import type { JsonObject, RecordedEvent } from "../events/recorded-event.js";
import { parseEvent } from "./envelope.js";
import { internedText } from "./interned-text.js";
import { objectEnd, plainTextEnd, sameBytes, standsAt } from "./line-bytes.js";
import type { EventFilter } from "./port.js";
import { isWithin } from "./streams.js";

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
const slash = 0x2f;
const backslash = 0x5c;
const closeBrace = 0x7d;
const timeBytes = 24;
/** A number of so many digits is exact whatever they are. */
const safeDigits = 15;
/** Types are few: a small table of those seen last, by the ends of their names. */
const typeSlots = 64;
const noData: JsonObject = {};

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Reads the event lines of commits that match their hash and are UTF-8. A line in the form in which writers write it is cut up by its
 * bytes: keys in their order, no white space, no escape outside of `data`. Every other line is parsed as a whole, so that the
 * result is the same, or damage. Of events that the filter does not want, the inside of `data` is not looked at (ADR 0013), and
 * of those of other streams nothing behind the stream.
 */
export class EventLineReader {
  /** Seq of the line read last. */
  seq = 0;
  #gaps = false;
  #filter: EventFilter | undefined;
  /** The stream that the filter asks for, as bytes; undefined for all. */
  #stream: Uint8Array | undefined;
  /** Behind the number that was read last. */
  #behind = 0;
  #understood = false;
  /** Times and participants mostly are those of the line before. */
  #timeAt = -1;
  #time = "";
  #tail: Uint8Array = new Uint8Array(0);
  #by = "";
  readonly #types: (string | undefined)[] = new Array<string | undefined>(typeSlots).fill(undefined);

  /** Goes to another commit, behind `previousSeq`. `gaps`: in a rewritten segment seqs rise with gaps. */
  begin(previousSeq: number, gaps: boolean, filter: EventFilter | undefined): void {
    this.seq = previousSeq;
    this.#gaps = gaps;
    if (filter !== this.#filter) this.#stream = filter?.stream === undefined ? undefined : Uint8Array.from(Buffer.from(filter.stream, "utf8"));
    this.#filter = filter;
    this.#timeAt = -1;
  }

  /**
   * The event of the line from `start` to `end`; undefined when it is not wanted. `end` is where the line's LF stands, on a closing line
   * (`closing`) where `,"sync":` does. @throws SyntaxError or TypeError when it is no event of this place
   */
  read(bytes: Buffer, start: number, end: number, closing: boolean): RecordedEvent | undefined {
    this.#understood = false;
    const brace = closing ? end : end - 1;
    const filter = this.#filter;
    // Where all of a line is needed, parsing it whole is faster.
    const cut = filter !== undefined && (closing || bytes[brace] === closeBrace) ? this.#cut(bytes, start, brace, filter) : undefined;
    if (this.#understood) return cut;
    const event = parseEvent(closing ? `${bytes.toString("utf8", start, end)}}` : bytes.toString("utf8", start, end), this.seq, this.#gaps);
    this.seq = event.seq;
    if (filter === undefined) return event;
    const { stream } = filter;
    const inStream = stream === undefined || isWithin(event.stream, stream);
    return inStream && (filter.wants(event.type) || (filter.withId && event.id !== undefined)) ? event : undefined;
  }

  /** Reads up to `end`, where the envelope's closing brace would stand. Sets `#understood` unless the line has to be parsed as a whole. */
  #cut(bytes: Buffer, start: number, end: number, filter: EventFilter): RecordedEvent | undefined {
    if (!standsAt(bytes, start, seqKey)) return undefined;
    const seq = this.#integer(bytes, start + seqKey.length);
    if (this.#gaps ? seq <= this.seq : seq !== this.seq + 1) return undefined;
    const timeStart = this.#behind + timeKey.length;
    const timeEnd = timeStart + timeBytes;
    if (!standsAt(bytes, this.#behind, timeKey) || !this.#isTime(bytes, timeStart, end) || !standsAt(bytes, timeEnd, streamKey)) return undefined;
    const streamStart = timeEnd + streamKey.length;
    if (this.#stream !== undefined && isOtherStream(bytes, streamStart, this.#stream)) return this.#done(seq, undefined);
    const streamEnd = plainTextEnd(bytes, streamStart, end);
    if (streamEnd === -1 || !standsAt(bytes, streamEnd, typeKey)) return undefined;
    const typeStart = streamEnd + typeKey.length;
    const typeEnd = plainTextEnd(bytes, typeStart, end);
    if (typeEnd === -1 || !standsAt(bytes, typeEnd, versionKey)) return undefined;
    const v = this.#integer(bytes, typeEnd + versionKey.length);
    if (v < 1 || !standsAt(bytes, this.#behind, dataKey)) return undefined;
    const dataStart = this.#behind + dataKey.length - 1;

    const type = this.#type(bytes, typeStart, typeEnd);
    const wanted = filter.wants(type) && (filter.wantsStream === undefined || filter.wantsStream(bytes, streamStart, streamEnd));
    if (!wanted && !filter.withId) return this.#done(seq, undefined);
    let dataEnd = end - this.#tail.length;
    const asBefore = dataEnd > dataStart && bytes[dataEnd - 1] === closeBrace && standsAt(bytes, dataEnd, this.#tail);
    if (!asBefore || !wanted) {
      // With the first closing brace in its place there is nothing nested, and no key between `data` and `by`.
      if (!asBefore || bytes.indexOf(closeBrace, dataStart) !== dataEnd - 1) dataEnd = objectEnd(bytes, dataStart, end);
      if (dataEnd === -1 || !standsAt(bytes, dataEnd, byKey)) return undefined;
    }
    const byEnd = plainTextEnd(bytes, dataEnd + byKey.length, end);
    if (byEnd === -1) return undefined;
    const rest = byEnd + 1;
    if (rest === end && !asBefore) this.#keepTail(bytes, dataEnd, byEnd);
    if (rest === end && !wanted) return this.#done(seq, undefined);

    const line = bytes.toString("utf8", start, end);
    // As many units as bytes: then they are one to one.
    const plain = line.length === end - start;
    const text = (from: number, to: number): string => (plain ? line.slice(from - start, to - start) : bytes.toString("utf8", from, to));
    const by = rest === end ? this.#by : text(dataEnd + byKey.length, byEnd);
    const event: Mutable<RecordedEvent> = { seq, time: this.#timeText(bytes, timeStart), stream: internedText(bytes, streamStart, streamEnd), type, v, data: noData, by };
    if (rest !== end && !this.#cutRest(event, bytes, rest, end)) return undefined;
    if (!wanted && event.id === undefined) return this.#done(seq, undefined);
    try {
      event.data = JSON.parse(text(dataStart, dataEnd)) as JsonObject;
    } catch {
      // What reaches up to `by` is more than the one object.
      return undefined;
    }
    return this.#done(seq, event);
  }

  /** What may follow on `by`, in its order; false when there is anything else up to `end`. */
  #cutRest(event: Mutable<RecordedEvent>, bytes: Buffer, from: number, end: number): boolean {
    let here = from;
    if (standsAt(bytes, here, atKey)) {
      const textEnd = plainTextEnd(bytes, here + atKey.length, end);
      if (textEnd === -1) return false;
      event.at = bytes.toString("utf8", here + atKey.length, textEnd);
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

  #done(seq: number, event: RecordedEvent | undefined): RecordedEvent | undefined {
    this.seq = seq;
    this.#understood = true;
    return event;
  }

  /** True when 24 bytes of a plain text stand there, with its end behind them. */
  #isTime(bytes: Buffer, start: number, end: number): boolean {
    if (this.#timeAt !== -1 && sameBytes(bytes, start, this.#timeAt, timeBytes + 1)) return true;
    this.#timeAt = -1;
    return plainTextEnd(bytes, start, end) === start + timeBytes;
  }

  #timeText(bytes: Buffer, start: number): string {
    if (this.#timeAt === -1) {
      this.#timeAt = start;
      this.#time = bytes.toString("utf8", start, start + timeBytes);
    }
    return this.#time;
  }

  #keepTail(bytes: Buffer, from: number, byEnd: number): void {
    this.#tail = Uint8Array.from(bytes.subarray(from, byEnd + 1));
    this.#by = bytes.toString("utf8", from + byKey.length, byEnd);
  }

  #type(bytes: Buffer, start: number, end: number): string {
    const slot = (((bytes[end - 1] as number) << 1) ^ (bytes[end - 3] as number) ^ (end - start)) & (typeSlots - 1);
    const known = this.#types[slot];
    if (known !== undefined && known.length === end - start && isText(bytes, start, known)) return known;
    const type = bytes.toString("utf8", start, end);
    // Text with other characters than ASCII has not as many units as bytes, and is not found again.
    if (type.length === end - start) this.#types[slot] = type;
    return type;
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

/**
 * True when the text that begins at `start` is certainly neither that stream nor below it. Up to where they differ they are the same bytes,
 * and so the same characters, unless there is an escape.
 */
function isOtherStream(bytes: Uint8Array, start: number, stream: Uint8Array): boolean {
  for (let index = 0; index < stream.length; index += 1) if (bytes[start + index] !== stream[index]) return bytes[start + index] !== backslash;
  const behind = bytes[start + stream.length];
  return behind !== quote && behind !== slash && behind !== backslash;
}

function isText(bytes: Uint8Array, start: number, text: string): boolean {
  for (let index = text.length - 1; index >= 0; index -= 1) if (text.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}
