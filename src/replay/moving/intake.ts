import { InvalidEventError, InvalidIdError } from "../../base/errors.js";
import { maxEventBytes as defaultEventBytes, maxLineBytes } from "../../events/limits.js";
import { nounOf, parseRunStream } from "../../events/names.js";
import type { EventRegistry } from "../../events/validation.js";
import { envelopeLine, envelopeOf } from "../../log/envelope.js";
import type { AppendContext, AppendEvent, LogBackend } from "../../log/port.js";
import type { ProjectionEngine } from "../../projections/engine.js";
import { appendIdsProjection } from "../../projections/views/append-ids.js";
import { importsProjection } from "../../projections/views/imports.js";
import { AppendGroups } from "./append-groups.js";
import type { AppendGroup } from "./append-groups.js";
import { decideImport } from "./decide-import.js";
import { sourceOfRoot } from "./exported-event.js";
import { sourceBytes } from "./imported-ranges.js";
import { LineRefused } from "./incoming-event.js";
import type { IncomingEvent, NotImported } from "./incoming-event.js";
import { OwnEvents } from "./own-events.js";
import type { EventLines } from "./read-event.js";
import { Refusals } from "./refusals.js";
import type { SourceLine } from "./source-lines.js";

/** What an import needs of its daybook. */
export interface Importable {
  readonly backend: LogBackend;
  readonly engine: ProjectionEngine;
  readonly registry: EventRegistry;
  readonly rootId: string;
  readonly maxEventBytes: number;
}

/** The handle that imports. */
export interface HandleLife {
  /** @throws LogClosedError */
  assertOpen(): void;
  /** What closing waits for. */
  readonly pending: { track<T>(work: Promise<T>): Promise<T> };
}

/** Events of one commit, about, and the UTF-16 units of their data: others get their turn between two, and a sync is shared by many. */
const partEvents = 2000;
const partUnits = 2 * 1024 * 1024;

/** Gathers groups of events, and appends them part by part. */
export class Intake {
  /** Events looked at. */
  looked = 0;
  readonly #groups = new AppendGroups();
  readonly #refusals: Refusals;
  readonly #own: OwnEvents;
  readonly #lineLimit: number;
  /** Bytes that an event has for telling of sources. */
  readonly #originRoom: number;
  #part: AppendGroup[] = [];
  #prepared = false;
  #room = partEvents;
  #unitRoom = partUnits;
  #events = 0;
  #already = 0;
  #left = 0;

  constructor(
    readonly log: Importable,
    readonly handle: HandleLife,
    readonly context: AppendContext,
    readonly lines: EventLines,
    onNotImported: ((refusal: NotImported) => void) | undefined,
  ) {
    this.#refusals = new Refusals(onNotImported);
    this.#own = new OwnEvents(log.backend);
    this.#lineLimit = Math.min(log.maxEventBytes === 0 ? defaultEventBytes : log.maxEventBytes, maxLineBytes - 64);
    this.#originRoom = this.#lineLimit - lineBytes({ stream: "log", type: "log.imported", data: { sources: {} }, dataText: '{"sources":{}}', v: 1, by: context.by });
  }

  async take(line: SourceLine): Promise<void> {
    let event: IncomingEvent | undefined;
    try {
      event = this.lines.read(line);
    } catch (error) {
      if (!(error instanceof LineRefused)) throw error;
      this.looked += 1;
      // Those before it go first: of its stream they are in.
      await this.finish();
      this.#refusals.add({ kind: "event", line: line.number, ...(error.field === undefined ? {} : { field: error.field }), ...(error.stream === undefined ? {} : { stream: error.stream }), why: error.message });
      return;
    }
    if (event === undefined) return;
    this.looked += 1;
    if (nounOf(event.type) === "log") {
      this.#left += 1;
      return;
    }
    await this.#put(this.#groups.add(event));
  }

  /** Appends what has gathered. */
  async finish(): Promise<void> {
    await this.#put(this.#groups.end());
    await this.#append();
  }

  close(): Promise<void> {
    return this.#own.close();
  }

  report(): { readonly events: number; readonly already: number; readonly left: number; readonly refused: number; readonly skipped: readonly NotImported[] } {
    return { events: this.#events, already: this.#already, left: this.#left, ...this.#refusals.report() };
  }

  async #put(group: AppendGroup | undefined): Promise<void> {
    if (group === undefined) return;
    this.#part.push(group);
    this.#room -= group.events.length;
    for (const { dataText } of group.events) this.#unitRoom -= dataText.length;
    if (this.#room <= 0 || this.#unitRoom <= 0) await this.#append();
  }

  async #append(): Promise<void> {
    const part = this.#part;
    if (part.length === 0) return;
    this.#part = [];
    this.#room = partEvents;
    this.#unitRoom = partUnits;
    const { engine, registry, rootId } = this.log;
    await registry.ready(new Set(part.flatMap(({ events }) => events.map(({ type }) => type))));
    const sound: AppendGroup[] = [];
    for (const group of part) {
      // Of this very log, or of a copy of it that has gone its own way.
      if (group.source === sourceOfRoot(rootId)) await this.#recognise(group);
      else {
        const checked = this.#checked(group);
        if (checked !== undefined) sound.push(checked);
      }
    }
    if (sound.length === 0) return;
    const refused = this.#refusals.streams;
    this.handle.assertOpen();
    if (!this.#prepared) {
      // Where streams end is found out by going over the log, once: here nobody has to wait for it.
      await this.log.backend.exclusive({ context: this.context, participates: false, expects: true, run: () => undefined });
      this.#prepared = true;
    }
    const appending = engine.transact([importsProjection, appendIdsProjection], this.context, (states, section) => {
      const decision = decideImport(states, section, sound, refused, this.#originRoom);
      return { events: decision.events, result: decision };
    });
    const { result } = await this.handle.pending.track(appending);
    this.#events += result.imported;
    this.#already += result.already;
    for (const { event, why } of result.conflicts) this.#refusals.add({ kind: "conflict", line: event.line, stream: event.stream, why: why ?? "follows on an event of its stream that was not taken" });
  }

  async #recognise(group: AppendGroup): Promise<void> {
    for (const event of group.events) {
      const why = await this.#own.differs(event);
      if (why === undefined) this.#already += 1;
      else this.#refusals.add({ kind: "conflict", line: event.line, stream: event.stream, why });
    }
    if (group.tooMany > 0) this.#refuseRest(group);
  }

  /** The group with the schema versions of its events, if this log takes all of them; else they are refused, all together. */
  #checked(group: AppendGroup): AppendGroup | undefined {
    const results = group.events.map((event) => this.#check(event));
    const first = results.findIndex((result) => "why" in result);
    if (first === -1 && group.tooMany === 0) return { ...group, events: group.events.map((event, index) => ({ ...event, ...(results[index] as Checked) })) };
    const why = first === -1 ? "belongs to an append that takes more than one commit" : `belongs to an append of which line ${(group.events[first] as IncomingEvent).line} could not be taken`;
    for (const [index, { line, stream }] of group.events.entries()) {
      const result = results[index] as Checked | Fault;
      this.#refusals.add({ kind: "event", line, stream, ...("why" in result ? result : { why }) });
    }
    if (group.tooMany > 0) this.#refuseRest(group);
    return undefined;
  }

  #refuseRest({ events, tooMany }: AppendGroup): void {
    const { line, stream } = events.at(-1) as IncomingEvent;
    this.#refusals.add({ kind: "event", line, stream, why: "belongs to an append that takes more than one commit" }, tooMany);
  }

  #check(event: IncomingEvent): Checked | Fault {
    const { stream, type, data, v, source } = event;
    try {
      const needed = sourceBytes(source);
      if (needed > this.#originRoom) return { field: "source", why: `takes ${needed} bytes to be told of; at most ${this.#originRoom} are allowed here (maxEventBytes)` };
      const version = this.log.registry.validateParts(stream, type, data, v);
      const run = nounOf(type) === "run" ? parseRunStream(stream) : undefined;
      if (nounOf(type) === "run" && run === undefined) return { field: "stream", why: `is ${JSON.stringify(stream)}, which is no run's; ${type} belongs to one` };
      if (type === "run.allocated" && data["uid"] !== run?.uid) return { field: "data.uid", why: `is ${JSON.stringify(data["uid"])}, and the stream's is ${JSON.stringify(run?.uid)}` };
      const bytes = this.#lineBytes(event);
      if (bytes > this.#lineLimit) return { field: "data", why: `makes a line of ${bytes} bytes; at most ${this.#lineLimit} are allowed here (maxEventBytes)` };
      return { v: version };
    } catch (error) {
      if (error instanceof InvalidEventError) return { field: error.path.replace(/^\$\.?/, ""), why: error.message };
      if (error instanceof InvalidIdError) return { field: error.kind, why: error.message };
      throw error;
    }
  }

  /** Bytes of the line that an event will be, at most some ten too many; 0 for one that surely fits. */
  #lineBytes({ stream, type, data, dataText, v = 1, by = this.context.by, at, cause, id, source }: IncomingEvent): number {
    if (dataText.length * 3 + namesBytes < this.#lineLimit) return 0;
    const line = { stream, type, data, dataText, v, by, ...(at === undefined ? {} : { at }), ...(cause === undefined ? {} : { cause: typeof cause === "number" ? `${source}#${cause}` : cause }), ...(id === undefined ? {} : { id }) };
    return lineBytes(line);
  }
}

/** Bytes of a line whose seq has as many digits as any. */
const lineBytes = (event: AppendEvent & { readonly by: string }): number => Buffer.byteLength(envelopeLine(event, Number.MAX_SAFE_INTEGER, envelopeOf(new Date(0).toISOString(), event.by, undefined))) + 1;

interface Checked {
  /** Schema version of the event's data. */
  readonly v: number;
}

interface Fault {
  readonly field: string;
  readonly why: string;
}

/** All that a line has beside its data takes less. */
const namesBytes = 16 * 1024;
