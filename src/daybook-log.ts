import { checkObject, checkSignal, checkTexts } from "./base/checks.js";
import { InvalidEventError, InvalidOptionError, preview } from "./base/errors.js";
import { inspectJson } from "./events/json-walk.js";
import { nounOf, parseEventId, parseStream } from "./events/names.js";
import type { NewEvent, RecordedEvent } from "./events/recorded-event.js";
import type { EngineCore } from "./engine-core.js";
import { findEvents } from "./log/find-events.js";
import type { AppendContext, AppendEvent, Durability, EventQuery, Expectation, Head } from "./log/port.js";
import { AppendJob } from "./append-job.js";
import type { Appended } from "./append-job.js";
import { checkExpectations } from "./log/staging.js";
import type { PendingWork } from "./pending-work.js";
import { appendDigest, appendIdsProjection, checkRepeat } from "./projections/views/append-ids.js";

/** How events are appended. */
export interface AppendOptions {
  /** Streams (each with everything below it) and the last seq seen of them; anything newer rejects VERSION_CONFLICT. */
  readonly expect?: Expectation | readonly Expectation[];
  /** Default: the handle's. */
  readonly durability?: Durability;
  /** Idempotency key: the same events under the same id are appended once, however often this is repeated. */
  readonly id?: string;
  /** Gives up while waiting; an append that is being written goes on. */
  readonly signal?: AbortSignal;
}

/** Which events are read. */
export interface ReadOptions {
  /** First seq. Default 1. */
  readonly from?: number;
  /** Last seq, inclusive. Default: the head at the call. */
  readonly to?: number;
  /** Only this stream and everything below it. */
  readonly stream?: string;
  readonly types?: readonly string[];
  readonly signal?: AbortSignal;
}

/** What the log has to know of the handle it belongs to. */
export interface HandleLife {
  /** @throws LogClosedError */
  assertOpen(): void;
  /** Work that closing waits for. */
  readonly pending: PendingWork;
}

const noOptions: AppendOptions = {};
const noExpectations: readonly Expectation[] = [];

/** The log of a daybook: events in, events out. */
export class DaybookLog {
  constructor(
    readonly core: EngineCore,
    readonly context: AppendContext,
    readonly handle: HandleLife,
  ) {}

  /** @internal @throws LogClosedError */
  assertOpen(): void {
    this.handle.assertOpen();
  }

  /**
   * Appends events of an application, all or none. Resolves when they are durable (see `durability`).
   * @throws InvalidEventError also for the nouns that belong to the ledgers @throws InvalidIdError
   * @throws InvalidOptionError @throws VersionConflictError @throws IdReusedError @throws ClockJumpError
   * @throws LockTimeoutError @throws WriteFailedError @throws SyncFailedError @throws ReadFailedError @throws LogCorruptError @throws FormatTooNewError
   * @throws LogReadOnlyError @throws LogClosedError
   */
  append(events: NewEvent<string, object> | readonly NewEvent<string, object>[], options?: AppendOptions): Promise<Appended> {
    try {
      this.assertOpen();
      return this.#append(Array.isArray(events) ? (events as readonly NewEvent[]) : [events as NewEvent], options ?? noOptions);
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it was thrown
      return Promise.reject(error);
    }
  }

  /** Without a step that waits where nothing has to be waited for: callers by the thousands pay for each. */
  #append(events: readonly NewEvent[], options: AppendOptions): Promise<Appended> {
    checkObject(options);
    const id = options.id === undefined ? undefined : parseEventId(options.id);
    const expect = expectations(options.expect);
    const context = contextFor(this.context, options);
    const staged = this.#stageAll(events, id);
    if (Array.isArray(staged)) return this.#send(staged, id, expect, context);
    return this.handle.pending.track(staged.then((ready) => this.#send(ready, id, expect, context)));
  }

  #send(staged: readonly AppendEvent[], id: string | undefined, expect: readonly Expectation[], context: AppendContext): Promise<Appended> {
    const { pending } = this.handle;
    if (id !== undefined) return pending.track(this.#sendOnce(staged, id, expect, context));
    const job = new AppendJob(context, staged, expect, pending.leave);
    pending.enter();
    return this.core.backend.exclusive(job);
  }

  /** Appends unless it was done before under the same id. */
  async #sendOnce(staged: readonly AppendEvent[], id: string, expect: readonly Expectation[], context: AppendContext): Promise<Appended> {
    const digest = appendDigest(staged);
    const decided = await this.core.engine.transact([appendIdsProjection], context, (states, section) => {
      const known = checkRepeat(states["append-ids"], id, digest);
      if (known !== undefined) return { events: [], result: known };
      checkExpectations(expect, (stream) => section.lastSeqOf(stream));
      return { events: staged, result: undefined };
    });
    const { firstSeq, lastSeq, result: known } = decided;
    return known === undefined ? { firstSeq, lastSeq, duplicate: false } : { firstSeq: known.first, lastSeq: known.last, duplicate: true };
  }

  /**
   * Events in order, older schema versions brought up to date. On a damaged log opened read-only the iteration throws
   * LogCorruptError behind the last good event, unless `to` ends before it.
   */
  read(options: ReadOptions = {}): AsyncIterable<RecordedEvent> {
    this.assertOpen();
    checkObject(options);
    const { from = 1, to, types, signal } = options;
    checkTexts("types", types);
    checkSignal(signal);
    checkSeq("from", from);
    if (to !== undefined) checkSeq("to", to);
    const stream = options.stream === undefined ? undefined : parseStream(options.stream);
    const wanted = types === undefined ? undefined : new Set(types);
    // The head at the call, not at the first step of the iteration.
    const last = to === undefined ? this.head().then((head) => head.seq) : Promise.resolve(to);
    last.catch(() => undefined);
    const wantedTypes = (event: RecordedEvent): boolean => wanted === undefined || wanted.has(event.type);
    const events = (upTo: number): AsyncIterable<RecordedEvent> => (stream === undefined ? this.#readAll(from, upTo, signal) : this.#readStream({ stream, from, to: upTo }, signal));
    return this.#iterate(from, last, to === undefined, events, wantedTypes);
  }

  /** The end of the log, with everything that any process has appended. */
  async head(): Promise<Head> {
    this.assertOpen();
    return this.core.backend.head();
  }

  async *#iterate(from: number, last: Promise<number>, toHead: boolean, events: (to: number) => AsyncIterable<RecordedEvent>, wanted: (event: RecordedEvent) => boolean): AsyncGenerator<RecordedEvent> {
    const to = await last;
    const { registry } = this.core;
    if (from <= to) for await (const event of events(to)) if (wanted(event)) yield registry.upcast(event);
    const damage = this.core.damage();
    if (damage !== undefined && damage.seq > 0 && damage.seq <= to) throw damage;
    if (toHead && damage !== undefined) throw damage;
  }

  async *#readStream(query: EventQuery, signal: AbortSignal | undefined): AsyncGenerator<RecordedEvent> {
    signal?.throwIfAborted();
    for await (const event of findEvents(this.core.backend, query)) {
      this.assertOpen();
      yield event;
      signal?.throwIfAborted();
    }
  }

  async *#readAll(from: number, to: number, signal: AbortSignal | undefined): AsyncGenerator<RecordedEvent> {
    const { backend } = this.core;
    const reader = await backend.reader(Math.max(0, from - 1));
    try {
      while (reader.position.seq < to) {
        signal?.throwIfAborted();
        this.assertOpen();
        const batch = reader.pull();
        if (batch === undefined) {
          if (reader.suspect) await backend.confirm(reader);
          return;
        }
        for (const event of batch.events) {
          if (event.seq > to) return;
          yield event;
        }
      }
    } finally {
      reader.close();
    }
  }

  /** Checks the events as they are at the call: what happens to their objects while a schema is compiled changes nothing. */
  #stageAll(events: readonly NewEvent[], id: string | undefined): AppendEvent[] | Promise<AppendEvent[]> {
    const { registry } = this.core;
    if (registry.isReady(events)) return this.#stageEach(events, id);
    // Holes become what they are read as, and are refused as that.
    const fixed = Array.from(events, copyOf);
    return registry.ready(fixed.map((event) => event?.type)).then(() => this.#stageEach(fixed, id));
  }

  /** By index, because holes have to be refused, and iterators cost more than the rest of a small append. */
  #stageEach(events: readonly NewEvent[], id: string | undefined): AppendEvent[] {
    // An array that grows takes room for many.
    if (events.length === 1) return [this.stage(events[0] as NewEvent, id)];
    const staged: AppendEvent[] = [];
    for (let index = 0; index < events.length; index += 1) staged.push(this.stage(events[index] as NewEvent, id));
    return staged;
  }

  /** @internal Checks an event of an application and fixes its data. */
  stage(event: NewEvent, id?: string): AppendEvent {
    const { registry } = this.core;
    if (typeof event !== "object" || event === null) throw new InvalidEventError("", "$", `must be an object with stream, type and data, not ${preview(event)}`);
    // Each field is read once: what is checked is what is written, whatever the event's accessors do.
    const { stream, type, data, v: given } = event;
    if (registry.isReserved(type)) {
      throw new InvalidEventError(type, "$.type", `has the noun "${nounOf(type)}", which belongs to daybook's own ledgers: use them`);
    }
    const v = registry.validateParts(stream, type, data, given);
    // As text now: what the caller does to the object while the append waits changes nothing.
    const dataText = JSON.stringify(data) as string | undefined;
    // A Proxy may have a toJSON that nobody sees before it is called; what it gives instead would be no event, and damage the log for good.
    if (dataText?.startsWith("{") !== true) throw new InvalidEventError(type, "$.data", "must be an object, also as JSON");
    return id === undefined ? { stream, type, data, v, dataText } : { stream, type, data, v, dataText, id };
  }
}

/** A copy of an event; one whose data is not JSON stays as it is, to be refused as that. */
function copyOf(event: NewEvent): NewEvent {
  const sound = typeof event === "object" && event !== null && event.data !== undefined && inspectJson(event.data, "$.data").fault === undefined;
  return sound ? { ...event, data: JSON.parse(JSON.stringify(event.data)) as NewEvent["data"] } : event;
}

/** The context of one append. */
export function contextFor(context: AppendContext, options: { readonly durability?: Durability; readonly signal?: AbortSignal }): AppendContext {
  checkObject(options);
  const { durability, signal } = options;
  if (durability === undefined && signal === undefined) return context;
  checkSignal(signal);
  if (durability !== undefined && durability !== "fsync" && durability !== "os") throw new InvalidOptionError("durability", `must be "fsync" or "os", not ${preview(durability)}`);
  return { ...context, ...(durability === undefined ? {} : { durability }), ...(signal === undefined ? {} : { signal }) };
}

function expectations(expect: AppendOptions["expect"]): readonly Expectation[] {
  if (expect === undefined) return noExpectations;
  // A hole is an undefined here, and refused as that.
  return Array.from((Array.isArray(expect) ? expect : [expect]) as readonly Expectation[], (one) => {
    if (typeof one !== "object" || one === null || !Number.isSafeInteger(one.seq) || one.seq < 0) {
      throw new InvalidOptionError("expect", `must be { stream, seq } with a seq from 0 on, not ${preview(one)}`);
    }
    return { stream: parseStream(one.stream), seq: one.seq };
  });
}

function checkSeq(field: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new InvalidOptionError(field, `must be a seq, a whole number, not ${preview(value)}`);
}

