import type { AppendEvent, LogSection } from "../../log/port.js";
import type { StatesOf } from "../../projections/projection.js";
import { appendDigest } from "../../projections/views/append-ids.js";
import type { appendIdsProjection } from "../../projections/views/append-ids.js";
import { originOf, seqHere } from "../../projections/views/imports.js";
import type { importsProjection, Origin } from "../../projections/views/imports.js";
import type { AppendGroup } from "./append-groups.js";
import { importedEvents } from "./imported-ranges.js";
import type { ImportedRange } from "./imported-ranges.js";
import type { IncomingEvent } from "./incoming-event.js";

/** What a decision is made on. */
export type ImportStates = StatesOf<readonly [typeof importsProjection, typeof appendIdsProjection]>;

/** Why an event is not appended. */
export interface Conflict {
  readonly event: IncomingEvent;
  /** Undefined: an earlier event of its stream was refused, which says why. */
  readonly why: string | undefined;
}

/** What the import of some groups comes to. */
export interface ImportDecision {
  /** What is still to be appended: the first event is staged already, because only then its seq is known. The last ones tell of all. */
  readonly events: readonly AppendEvent[];
  /** Events of elsewhere that are appended, the first one too. */
  readonly imported: number;
  readonly already: number;
  readonly conflicts: readonly Conflict[];
}

/**
 * What has to be appended so that the log holds these events too. An event that is here already, by the seq that it has where it comes from, adds nothing.
 * A stream goes on only with events of where its last one came from, and behind that: nothing is merged, and nothing put between. What one append
 * held stays together. `refused`: streams of which nothing more is taken. `originRoom`: bytes that one event has for telling of where events came from.
 */
export function decideImport(states: ImportStates, section: LogSection, groups: readonly AppendGroup[], refused: ReadonlySet<string>, originRoom: number): ImportDecision {
  return new Decision(states, section, refused, originRoom).on(groups);
}

class Decision {
  readonly #events: AppendEvent[] = [];
  readonly #conflicts: Conflict[] = [];
  /** Where streams ended before this batch: once its first event is staged, the section cannot tell. */
  readonly #lastSeqs = new Map<string, number>();
  /** What this batch has put at the end of a stream, by the stream. */
  readonly #ends = new Map<string, Origin>();
  /** Seqs here of what this batch appends, by source and seq there. */
  readonly #seqs = new Map<string, number>();
  readonly #ids = new Map<string, string>();
  readonly #ranges = new Map<string, ImportedRange[]>();
  readonly #refused = new Set<string>();
  /** Seq of the first event that is appended. */
  #first = 0;
  #imported = 0;
  #already = 0;

  constructor(
    readonly states: ImportStates,
    readonly section: LogSection,
    readonly refusedBefore: ReadonlySet<string>,
    readonly originRoom: number,
  ) {}

  on(groups: readonly AppendGroup[]): ImportDecision {
    for (const { events } of groups) for (const { stream } of events) if (!this.#lastSeqs.has(stream)) this.#lastSeqs.set(stream, this.section.lastSeqOf(stream));
    for (const group of groups) this.#decide(group);
    const imported = this.#imported;
    this.#events.push(...importedEvents(this.#ranges, this.originRoom));
    return { events: this.#events, imported, already: this.#already, conflicts: this.#conflicts };
  }

  #decide(group: AppendGroup): void {
    const fresh = group.events.filter((event) => event.seq === undefined || this.#seqHere(event.source, event.seq) === undefined);
    this.#already += group.events.length - fresh.length;
    if (fresh.length === 0) return;
    const repeat = group.id === undefined ? undefined : this.#repeatOf(group, group.id);
    if (repeat === "same") {
      this.#already += fresh.length;
      return;
    }
    const whole = repeat === "other" ? `its id ${JSON.stringify(group.id)} is used here, for other events` : undefined;
    const whys = fresh.map((event) => whole ?? this.#against(event));
    const first = whys.findIndex((why) => why !== undefined);
    if (first === -1) {
      for (const event of fresh) this.#append(event);
      if (group.id !== undefined) this.#ids.set(group.id, appendDigest(group.events));
      return;
    }
    // All events of an append, or none.
    fresh.forEach((event, index) => {
      const known = this.#isRefused(event.stream);
      this.#conflicts.push({ event, why: known ? undefined : (whys[index] ?? `belongs to an append of which line ${(fresh[first] as IncomingEvent).line} could not be taken`) });
      this.#refused.add(event.stream);
    });
  }

  /** What the id was used for here: the same events, the beginning of the same append (then it goes on), or others. */
  #repeatOf(group: AppendGroup, id: string): "same" | "other" | undefined {
    const staged = this.#ids.get(id);
    const row = this.states["append-ids"].get(id);
    if (staged === undefined && row === undefined) return undefined;
    if ((staged ?? row?.digest) === appendDigest(group.events)) return "same";
    const origin = row === undefined ? undefined : originOf(this.states.imports, row.first);
    return origin?.source === group.source && origin.seq !== undefined ? undefined : "other";
  }

  /** Why an event cannot be put at the end of its stream; undefined when it can. */
  #against({ stream, source, seq }: IncomingEvent): string | undefined {
    if (this.#isRefused(stream)) return "follows on an event of its stream that was not taken";
    const end = this.#ends.get(stream) ?? this.#endHere(stream);
    if (end === undefined) return undefined;
    if (end === "here") return `its stream ${JSON.stringify(stream)} exists here, and did not come from ${source}`;
    if (end.source !== source) return `its stream ${JSON.stringify(stream)} exists here, and came from ${end.source}`;
    if (seq !== undefined && end.seq !== undefined && seq <= end.seq) return `its stream ${JSON.stringify(stream)} has gone on here: the event ${end.seq} of ${source}, which stands behind it there, was taken before`;
    return undefined;
  }

  #endHere(stream: string): Origin | "here" | undefined {
    const last = this.#lastSeqs.get(stream) ?? 0;
    return last === 0 ? undefined : (originOf(this.states.imports, last) ?? "here");
  }

  #append({ stream, type, v, data, dataText, by, at, cause, id, source, seq }: IncomingEvent): void {
    const event: AppendEvent = {
      stream,
      type,
      data,
      dataText,
      ...(v === undefined ? {} : { v }),
      ...(by === undefined ? {} : { by }),
      ...(at === undefined ? {} : { at }),
      ...(cause === undefined ? {} : { cause: typeof cause === "number" ? this.#causeHere(source, cause) : cause }),
      ...(id === undefined ? {} : { id }),
    };
    // A commit may begin with an event of the log's own, so a seq is only known of what is staged.
    if (this.#imported === 0) this.#first = this.section.append([event]).firstSeq;
    else this.#events.push(event);
    const here = this.#first + this.#imported;
    this.#imported += 1;
    this.#ends.set(stream, { source, seq });
    if (seq !== undefined) this.#seqs.set(keyOf(source, seq), here);
    const ranges = this.#ranges.get(source) ?? [];
    this.#ranges.set(source, ranges);
    const last = ranges.at(-1);
    const goesOn = last !== undefined && last[0] + last[1] === here && (seq === undefined ? last[2] === undefined : last[2] !== undefined && last[2] + last[1] === seq);
    if (goesOn) last[1] += 1;
    else ranges.push(seq === undefined ? [here, 1] : [here, 1, seq]);
  }

  /** A seq means the event of this log; of what is not here, the event of the other one is named. */
  #causeHere(source: string, cause: number): number | string {
    return this.#seqHere(source, cause) ?? `${source}#${cause}`.slice(-256);
  }

  #seqHere(source: string, seq: number): number | undefined {
    return this.#seqs.get(keyOf(source, seq)) ?? seqHere(this.states.imports, source, seq);
  }

  #isRefused(stream: string): boolean {
    return this.#refused.has(stream) || this.refusedBefore.has(stream);
  }
}

const keyOf = (source: string, seq: number): string => `${seq} ${source}`;
