import { InvalidOptionError, OperationNotFoundError, preview } from "../../../base/errors.js";
import type { Daybook } from "../../../daybook.js";
import type { DaybookOptions } from "../../../daybook-options.js";
import { parseParticipant } from "../../../events/names.js";
import { operationStream, parseOperationId } from "../../../events/operation-names.js";
import type { Json, RecordedEvent } from "../../../events/recorded-event.js";
import { openDaybook } from "../../../open-daybook.js";
import type { KeyedProjection, Rows } from "../../../projections/projection.js";
import { importsProjection, originOf } from "../../../projections/views/imports.js";
import { openCallsProjection } from "../../../projections/views/open-calls.js";
import type { OpenCallRow } from "../../../projections/views/open-calls.js";
import { operationSessionsProjection, sessionKey } from "../../../projections/views/operation-sessions.js";
import { operationEventTypes, operationsProjection } from "../../../projections/views/operations.js";
import type { OperationRow } from "../../../projections/views/operations.js";
import { tempResourcesProjection } from "../../../projections/views/temp-resources.js";
import type { TempResourceRow } from "../../../projections/views/temp-resources.js";
import { isDaybook } from "../../is-daybook.js";
import type { OperationCommand } from "../commands.js";
import { decideOperation } from "../decide/decide.js";
import { operationViews } from "../decide/view.js";
import type { CommandResult, OperationSnapshot, OperationTransport } from "../transport.js";

/** How a transport opens its daybook, and in whose name it appends. */
export interface LocalTransportOptions {
  /** In whose name it appends. Default: the daybook's participant. */
  readonly participantId?: string;
  /** How the daybook of a folder is opened; not with a daybook that is open. */
  readonly daybook?: DaybookOptions;
}

/** Operations of a daybook in this process. */
export class LocalTransport implements OperationTransport {
  /** The daybook is going, by whoever closes it: it is not for us to wait for that. */
  #bookCloses = false;

  private constructor(
    readonly book: Daybook,
    /** In whose name it appends. */
    readonly participantId: string,
    readonly owns: boolean,
  ) {
    book.onClose(() => void (this.#bookCloses = true));
  }

  /**
   * Over an open daybook, or over that of a folder, which is opened for it and closed with it.
   * @throws InvalidOptionError @throws InvalidIdError @throws LogClosedError and what `openDaybook` throws
   */
  static async open(place: Daybook | string, { participantId, daybook }: LocalTransportOptions = {}): Promise<LocalTransport> {
    const by = participantId === undefined ? undefined : parseParticipant(participantId);
    if (typeof place === "string") {
      const book = await openDaybook(place, { ...daybook, ...(by === undefined ? {} : { participantId: by }) });
      return new LocalTransport(book, book.participantId, true);
    }
    if (!isDaybook(place)) throw new InvalidOptionError("book", `must be an open daybook or the path of a folder, not ${preview(place)}`);
    if (daybook !== undefined) throw new InvalidOptionError("daybook", "is for a daybook that is opened here, and this one is open");
    place.log.assertOpen();
    return new LocalTransport(place, by ?? place.participantId, false);
  }

  get place(): string {
    return this.book.root;
  }

  get readOnly(): boolean {
    return this.book.readOnly || this.past;
  }

  /** It stands at a moment that is past: nothing changes any more, and what processes do now says nothing. */
  get past(): boolean {
    return this.book.runs.host.past;
  }

  /** Beats and lines of the log are not waited for until they are on the disk: the next of them makes up for one that is lost. */
  async send(operationId: string, command: OperationCommand, { signal }: { readonly signal?: AbortSignal } = {}): Promise<CommandResult> {
    const { host } = this.book.runs;
    const id = parseOperationId(operationId);
    const lasting = command.kind !== "beat" && command.kind !== "log";
    const { result: changed, lastSeq: seq, time = new Date(0).toISOString() } = await host.transact(
      operationViews,
      (states) => {
        const events = decideOperation(states, id, command, this.participantId);
        return { events, result: events.length > 0 };
      },
      { types: operationEventTypes, by: this.participantId, ...(lasting ? {} : { durability: "os" }), ...(signal === undefined ? {} : { signal }) },
    );
    const folded = this.#folded(operationsProjection)?.get(id);
    const operation = folded ?? (await this.#operation(id));
    if (operation === undefined) throw new OperationNotFoundError(id);
    return { changed, seq, operation, time };
  }

  async snapshot(operationId: string, also: readonly string[] = []): Promise<OperationSnapshot | undefined> {
    const { host } = this.book.runs;
    const id = parseOperationId(operationId);
    const first = await this.#operation(id);
    if (first === undefined) return undefined;
    await host.lookUp(operationSessionsProjection, sessionsOf(first, also).map((session) => sessionKey(id, session)));
    // Synchronous from here on, so that both speak of one moment: what was just looked up is folded together.
    const rows = this.#folded(operationSessionsProjection);
    const operation = this.#folded(operationsProjection)?.get(id) ?? first;
    return { operation, sessions: sessionsOf(operation, also).flatMap((session) => rows?.get(sessionKey(id, session)) ?? []) };
  }

  async operations(): Promise<readonly OperationRow[]> {
    return this.#all(operationsProjection);
  }

  async openCalls(operationId?: string): Promise<readonly OpenCallRow[]> {
    const rows: readonly OpenCallRow[] = await this.#all(openCallsProjection);
    return operationId === undefined ? rows : rows.filter((row) => row.operationId === operationId);
  }

  async resources(operationId?: string): Promise<readonly TempResourceRow[]> {
    const rows: readonly TempResourceRow[] = await this.#all(tempResourcesProjection);
    return operationId === undefined ? rows : rows.filter((row) => row.operationId === operationId);
  }

  async *history(operationId: string, { from = 1, signal }: { readonly from?: number; readonly signal?: AbortSignal } = {}): AsyncGenerator<RecordedEvent> {
    const id = parseOperationId(operationId);
    const operation = await this.#operation(id);
    if (operation === undefined) throw new OperationNotFoundError(id);
    const { seq } = await this.book.log.head();
    if (from > seq) return;
    // A stream may have others below it: they are not the operation's own.
    const stream = operationStream(id);
    const options = { operation: id, from: Math.max(from, operation.seq), ...(signal === undefined ? {} : { signal }) };
    for await (const event of this.book.history(options)) if (event.stream === stream) yield event;
  }

  async imported(operation: OperationRow): Promise<boolean> {
    const state = await this.book.runs.host.query(importsProjection);
    return originOf(state.state as Parameters<typeof originOf>[0], operation.seq) !== undefined;
  }

  watch(changed: () => void): () => void {
    return this.book.core.backend.watch(changed);
  }

  onClose(callback: () => void | Promise<void>): () => void {
    return this.book.onClose(callback);
  }

  async close(): Promise<void> {
    if (this.owns && !this.#bookCloses) await this.book.close();
  }

  async #operation(id: string): Promise<OperationRow | undefined> {
    const [row] = await this.book.runs.host.lookUp(operationsProjection, [id]);
    return row;
  }

  #folded<Row extends Json>(projection: KeyedProjection<Row>): Rows<Row> | undefined {
    return this.book.runs.host.folded(projection)?.state as Rows<Row> | undefined;
  }

  async #all<Row extends Json>(projection: KeyedProjection<Row>): Promise<readonly Row[]> {
    const { state } = await this.book.runs.host.query(projection);
    return Array.from((state as Rows<Row>).entries(), ([, row]) => row);
  }
}

/** Sessions of a snapshot: the open ones, then the others that are wanted. */
const sessionsOf = ({ openSessions }: OperationRow, also: readonly string[]): readonly string[] => [...openSessions, ...also.filter((session) => !openSessions.includes(session))];
