import type { CatalogueEvent } from "../../../events/catalogue.js";
import type { CrashEvidence, LogLevel } from "../../../events/operation-events.js";
import { parseOperationStream } from "../../../events/operation-names.js";
import type { RecordedEvent } from "../../../events/recorded-event.js";
import { operationSessionsProjection } from "../../../projections/views/operation-sessions.js";
import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import { operationsProjection } from "../../../projections/views/operations.js";
import type { OperationRow } from "../../../projections/views/operations.js";
import { tempResourcesProjection } from "../../../projections/views/temp-resources.js";
import type { TempResourceRow } from "../../../projections/views/temp-resources.js";
import { evolveCall, isCallEvent } from "./call-fold.js";
import type { CallRecord } from "./call-fold.js";
import { operationInfo } from "./operation-info.js";
import type { OperationInfo } from "./operation-info.js";

/** A line of an operation's log. */
export interface LogLine {
  readonly seq: number;
  /** ISO 8601. */
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly participant: string;
  /** None: from outside of it. */
  readonly session?: string;
}

/** Sessions that were found to be dead. */
export interface CrashRecord {
  readonly time: string;
  readonly sessions: readonly string[];
  readonly evidence: CrashEvidence;
  /** The session that saw it. */
  readonly observer?: string;
}

/** Everything that the log says of an operation: what is over, too. */
export interface OperationHistory {
  readonly operation: OperationInfo;
  /** In the order in which they joined. */
  readonly sessions: readonly SessionRow[];
  /** In the order in which they started. */
  readonly calls: readonly CallRecord[];
  readonly log: readonly LogLine[];
  readonly crashes: readonly CrashRecord[];
  /** Temporary resources that are registered still. */
  readonly resources: readonly TempResourceRow[];
}

type FoldedProjection = typeof operationsProjection | typeof operationSessionsProjection | typeof tempResourcesProjection;

/** What the events of one operation amount to; they are taken in their order, and its history can be asked for at any time. */
export class HistoryFold {
  #row: OperationRow | undefined;
  readonly #sessions = new Map<string, SessionRow>();
  readonly #calls = new Map<string, CallRecord>();
  readonly #resources = new Map<string, TempResourceRow>();
  readonly #log: LogLine[] = [];
  readonly #crashes: CrashRecord[] = [];

  constructor(readonly operationId: string) {}

  /** The operation as of the events that were taken; undefined before it was created. */
  get history(): OperationHistory | undefined {
    if (this.#row === undefined) return undefined;
    return {
      operation: operationInfo(this.#row),
      sessions: [...this.#sessions.values()],
      calls: [...this.#calls.values()],
      log: [...this.#log],
      crashes: [...this.#crashes],
      resources: [...this.#resources.values()],
    };
  }

  /** Events of other streams say nothing here. */
  take(recorded: RecordedEvent): void {
    if (parseOperationStream(recorded.stream) !== this.operationId) return;
    const event = recorded as CatalogueEvent;
    const time = event.at ?? event.time;
    if (folds(operationsProjection, event)) this.#row = operationsProjection.evolve(this.#row, event, this.operationId);
    if (folds(operationSessionsProjection, event)) {
      for (const key of operationSessionsProjection.keys(event)) put(this.#sessions, key, operationSessionsProjection.evolve(this.#sessions.get(key), event, key));
    }
    if (folds(tempResourcesProjection, event)) {
      for (const key of tempResourcesProjection.keys(event)) put(this.#resources, key, tempResourcesProjection.evolve(this.#resources.get(key), event, key));
    }
    if (isCallEvent(event)) put(this.#calls, event.data.call, evolveCall(this.#calls.get(event.data.call), event));
    if (event.type === "operation.logged") {
      const { level, message, session } = event.data;
      this.#log.push({ seq: event.seq, time, level, message, participant: event.by, ...(session === undefined ? {} : { session }) });
    }
    if (event.type === "operation.crash-detected") {
      const { sessions, evidence, observer } = event.data;
      this.#crashes.push({ time, sessions, evidence, ...(observer === undefined ? {} : { observer }) });
    }
  }
}

const folds = ({ types = [] }: FoldedProjection, { type }: CatalogueEvent): boolean => types.includes(type);

function put<Row>(rows: Map<string, Row>, key: string, row: Row | undefined): void {
  if (row === undefined) rows.delete(key);
  else rows.set(key, row);
}
