import { InvalidEventError, VersionConflictError } from "../base/errors.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import { envelopeText, recordedEvent } from "./envelope.js";
import type { StagedEvent } from "./envelope.js";
import { maxCommitBytes, maxLineBytes } from "../events/limits.js";
import type { AppendContext, AppendEvent, AppendResult, Expectation, Head } from "./port.js";

/** Room for `,"sync":…,"hash":"…"}` and LF on a closing line. */
const closingRoom = 64;
/** A commit takes further callers until it has this size, so that waiters are not held up by a long write. */
export const targetCommitBytes = 256 * 1024;
const maxAppendBytes = maxCommitBytes - 1024 * 1024;

/** The events of one commit while it is being put together under the lock. */
export class Staging {
  readonly events: StagedEvent[] = [];
  readonly texts: string[] = [];
  bytes = 0;
  #seq: number;
  #time: string | undefined;

  constructor(
    readonly base: Head,
    readonly maxEventBytes: number,
  ) {
    this.#seq = base.seq;
    this.#time = base.time;
  }

  /** Seq and time of the last event, staged ones included. */
  get seq(): number {
    return this.#seq;
  }

  get time(): string | undefined {
    return this.#time;
  }

  /** Stages the events of one job. @throws InvalidEventError @throws ClockJumpError; nothing is kept then. */
  add(events: readonly AppendEvent[], context: AppendContext): AppendResult {
    if (events.length === 0) return { firstSeq: this.#seq, lastSeq: this.#seq };
    const mark = this.mark();
    try {
      const now = context.clock();
      const time = this.#timeFor(now, context);
      const late = Math.abs(now - Date.parse(time)) > 1000 ? new Date(now).toISOString() : undefined;
      for (const event of events) this.#addOne(event, time, event.at ?? late, context.by);
      // Callers of one commit share its 64 MiB; the room is kept so that an append fits or not regardless of its neighbours.
      if (this.bytes - mark.bytes > maxAppendBytes) {
        throw new InvalidEventError(events[0]?.type ?? "", "$", "does not fit: one append takes at most 63 MiB; append in several parts");
      }
      return { firstSeq: mark.seq + 1, lastSeq: this.#seq };
    } catch (error) {
      this.rollbackTo(mark);
      throw error;
    }
  }

  /** As readers of the log will see the events from `mark` on. */
  recordedSince(mark: StagingMark): RecordedEvent[] {
    return this.events.slice(mark.count).map(recordedEvent);
  }

  /** Last staged seq of a stream and of everything below it. */
  lastSeqOf(stream: string): number | undefined {
    return this.events.findLast((event) => event.stream === stream || event.stream.startsWith(`${stream}/`))?.seq;
  }

  mark(): StagingMark {
    return { count: this.events.length, bytes: this.bytes, seq: this.#seq, time: this.#time };
  }

  rollbackTo(mark: StagingMark): void {
    this.events.length = mark.count;
    this.texts.length = mark.count;
    this.bytes = mark.bytes;
    this.#seq = mark.seq;
    this.#time = mark.time;
  }

  /** `time` never goes back over the log: a writer whose clock is behind repeats the last one. */
  #timeFor(now: number, context: AppendContext): string {
    if (this.#time === undefined) return new Date(now).toISOString();
    const last = Date.parse(this.#time);
    if (now <= last) return this.#time;
    context.clockGuard(now, last);
    return new Date(now).toISOString();
  }

  #addOne(event: AppendEvent, time: string, at: string | undefined, by: string): void {
    const staged: StagedEvent = {
      seq: this.#seq + 1,
      time,
      stream: event.stream,
      type: event.type,
      v: event.v ?? 1,
      dataText: event.dataText ?? JSON.stringify(event.data),
      by,
      at,
      cause: event.cause,
      id: event.id,
    };
    const text = envelopeText(staged);
    const bytes = Buffer.byteLength(text) + 2;
    const limit = Math.min(this.maxEventBytes, maxLineBytes - closingRoom);
    if (bytes > limit) throw new InvalidEventError(event.type, "$", `takes ${bytes} bytes as a line; at most ${limit} are allowed`);
    this.events.push(staged);
    this.texts.push(text);
    this.bytes += bytes;
    this.#seq = staged.seq;
    this.#time = time;
  }
}

/** A place in a {@link Staging} to go back to. */
export interface StagingMark {
  readonly count: number;
  readonly bytes: number;
  readonly seq: number;
  readonly time: string | undefined;
}

/** @throws VersionConflictError when the last seq of a stream is not the one expected */
export function checkExpectations(expect: readonly Expectation[], lastSeqOf: (stream: string) => number): void {
  for (const { stream, seq } of expect) {
    const actual = lastSeqOf(stream);
    if (actual !== seq) throw new VersionConflictError(stream, seq, actual);
  }
}
