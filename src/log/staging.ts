import type { Clock } from "../base/clock.js";
import { InvalidEventError, VersionConflictError } from "../base/errors.js";
import type { JsonObject, RecordedEvent } from "../events/recorded-event.js";
import type { BufferMark, CommitBuffer } from "./commit-buffer.js";
import { envelopeLine, envelopeOf } from "./envelope.js";
import type { Envelope } from "./envelope.js";
import { maxCommitBytes, maxLineBytes } from "../events/limits.js";
import type { AppendContext, AppendEvent, AppendResult, Expectation, Head } from "./port.js";
import { isWithin } from "./streams.js";

/** Room for `,"sync":…,"hash":"…"}` and LF on a closing line. */
const closingRoom = 64;
/** A commit takes further callers until it has this size, so that waiters are not held up by a long write. */
export const targetCommitBytes = 256 * 1024;
const maxAppendBytes = maxCommitBytes - 1024 * 1024;

/** A place in a {@link Staging} to go back to. */
export interface StagingMark {
  batches: number;
  readonly lines: BufferMark;
  seq: number;
  time: string | undefined;
  timeMs: number;
}

const emptyMark = (): StagingMark => ({ batches: 0, lines: { end: 0, pending: "" }, seq: 0, time: undefined, timeMs: 0 });

/** The events of one `add`, and what they have in common. */
interface Batch {
  readonly envelope: Envelope;
  readonly events: readonly AppendEvent[];
  readonly firstSeq: number;
}

/** The events of one commit while it is being put together under the lock. */
export class Staging {
  readonly #batches: Batch[] = [];
  readonly #addMark: StagingMark = emptyMark();
  #seq: number;
  #time: string | undefined;
  /** `#time` in milliseconds. */
  #timeMs: number;
  #envelope: Envelope | undefined;
  #clock: Clock | undefined;
  #clockMs = 0;

  constructor(
    readonly base: Head,
    readonly maxEventBytes: number,
    /** Where its lines are put. */
    readonly lines: CommitBuffer,
  ) {
    lines.reset();
    this.#seq = base.seq;
    this.#time = base.time;
    this.#timeMs = base.time === undefined ? -1 : Date.parse(base.time);
  }

  /** Seq and time of the last event, staged ones included. */
  get seq(): number {
    return this.#seq;
  }

  get time(): string | undefined {
    return this.#time;
  }

  get isEmpty(): boolean {
    return this.#seq === this.base.seq;
  }

  /** Stages the events of one job. @throws InvalidEventError @throws ClockJumpError; nothing is kept then. */
  add(events: readonly AppendEvent[], context: AppendContext): AppendResult {
    if (events.length === 0) return { firstSeq: this.#seq, lastSeq: this.#seq };
    const before = this.mark(this.#addMark);
    const bytesBefore = this.lines.leastBytes;
    try {
      const now = this.#now(context);
      const time = this.#timeFor(now, context);
      const late = Math.abs(now - this.#timeMs) > 1000 ? new Date(now).toISOString() : undefined;
      const envelope = this.#envelopeOf(time, context.by, late);
      const firstSeq = this.#seq + 1;
      for (const event of events) this.#addLine(event, envelope);
      // Callers of one commit share its 64 MiB; the room is kept so that an append fits or not regardless of its neighbours.
      if (this.lines.leastBytes > maxAppendBytes / 4 && this.lines.bytes - bytesBefore > maxAppendBytes) {
        throw new InvalidEventError(events[0]?.type ?? "", "$", "does not fit: one append takes at most 63 MiB; append in several parts");
      }
      this.#batches.push({ envelope, events, firstSeq });
      return { firstSeq, lastSeq: this.#seq };
    } catch (error) {
      this.rollbackTo(before);
      throw error;
    }
  }

  /** As readers of the log will see the events behind `seq`: from their text, so that folding now equals folding at replay. */
  recordedAfter(seq: number): RecordedEvent[] {
    const recorded: RecordedEvent[] = [];
    for (const batch of this.#batches) {
      if (batch.firstSeq + batch.events.length - 1 <= seq) continue;
      for (const [index, event] of batch.events.entries()) if (batch.firstSeq + index > seq) recorded.push(recordedEvent(event, batch.firstSeq + index, batch.envelope));
    }
    return recorded;
  }

  /** Last staged seq of a stream and of everything below it. */
  lastSeqOf(stream: string): number | undefined {
    for (let index = this.#batches.length - 1; index >= 0; index -= 1) {
      const { events, firstSeq } = this.#batches[index] as Batch;
      const found = events.findLastIndex((event) => isWithin(event.stream, stream));
      if (found !== -1) return firstSeq + found;
    }
    return undefined;
  }

  /** This place; written into `mark` where the caller has one to spare. */
  mark(mark: StagingMark = emptyMark()): StagingMark {
    mark.batches = this.#batches.length;
    this.lines.mark(mark.lines);
    mark.seq = this.#seq;
    mark.time = this.#time;
    mark.timeMs = this.#timeMs;
    return mark;
  }

  rollbackTo(mark: StagingMark): void {
    this.#batches.length = mark.batches;
    this.lines.rollbackTo(mark.lines);
    this.#seq = mark.seq;
    this.#time = mark.time;
    this.#timeMs = mark.timeMs;
  }

  /** The moment of the commit, by each of its writers' clocks: asked once, not once a job. */
  #now(context: AppendContext): number {
    if (this.#clock !== context.clock) {
      this.#clockMs = context.clock();
      this.#clock = context.clock;
    }
    return this.#clockMs;
  }

  /** `time` never goes back over the log: a writer whose clock is behind repeats the last one. */
  #timeFor(now: number, context: AppendContext): string {
    if (this.#time !== undefined) {
      if (now <= this.#timeMs) return this.#time;
      context.clockGuard(now, this.#timeMs);
    }
    this.#timeMs = now;
    this.#time = new Date(now).toISOString();
    return this.#time;
  }

  /** The callers of a commit mostly have all of it in common. */
  #envelopeOf(time: string, by: string, late: string | undefined): Envelope {
    const known = this.#envelope;
    if (known !== undefined && known.time === time && known.by === by && known.late === late) return known;
    return (this.#envelope = envelopeOf(time, by, late));
  }

  #addLine(event: AppendEvent, envelope: Envelope): void {
    const line = envelopeLine(event, this.#seq + 1, envelope);
    // A line has at least as many bytes as UTF-16 units, and at most three times as many.
    const limit = Math.min(this.maxEventBytes, maxLineBytes - closingRoom) - 1;
    if (line.length * 3 > limit) {
      const bytes = Buffer.byteLength(line);
      if (bytes > limit) throw new InvalidEventError(event.type, "$", `takes ${bytes + 1} bytes as a line; at most ${limit + 1} are allowed`);
    }
    this.lines.addLine(line);
    this.#seq += 1;
  }
}

function recordedEvent(event: AppendEvent, seq: number, { time, by: participant, late }: Envelope): RecordedEvent {
  const { stream, type, v = 1, by = participant, cause, id } = event;
  const at = event.at ?? late;
  return {
    seq,
    time,
    stream,
    type,
    v,
    data: JSON.parse(event.dataText ?? JSON.stringify(event.data)) as JsonObject,
    by,
    ...(at === undefined ? {} : { at }),
    ...(cause === undefined ? {} : { cause }),
    ...(id === undefined ? {} : { id }),
  };
}

/** @throws VersionConflictError when the last seq of a stream is not the one expected */
export function checkExpectations(expect: readonly Expectation[], lastSeqOf: (stream: string) => number): void {
  for (const { stream, seq } of expect) {
    const actual = lastSeqOf(stream);
    if (actual !== seq) throw new VersionConflictError(stream, seq, actual);
  }
}
