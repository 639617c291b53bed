import { InvalidOptionError, OperationClosedError, OperationNotFoundError, preview, SessionExpiredError, SessionInactiveError } from "../../../base/errors.js";
import { assertNever } from "../../../base/assert-never.js";
import type { CatalogueEvent, NewCatalogueEvent } from "../../../events/catalogue.js";
import type { OperationEvents } from "../../../events/operation-events.js";
import { operationStream } from "../../../events/operation-names.js";
import type { Rows } from "../../../projections/projection.js";
import { openCallsProjection } from "../../../projections/views/open-calls.js";
import type { OpenCallRow } from "../../../projections/views/open-calls.js";
import { operationSessionsProjection, sessionKey } from "../../../projections/views/operation-sessions.js";
import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import { operationsProjection } from "../../../projections/views/operations.js";
import type { OperationRow } from "../../../projections/views/operations.js";
import { tempResourcesProjection } from "../../../projections/views/temp-resources.js";
import type { TempResourceRow } from "../../../projections/views/temp-resources.js";

/** What every command is decided on. */
export const operationViews = [operationsProjection, operationSessionsProjection, openCallsProjection, tempResourcesProjection] as const;

/** The states of {@link operationViews}. */
export interface OperationStates {
  readonly operations: Rows<OperationRow>;
  readonly "operation-sessions": Rows<SessionRow>;
  readonly "open-calls": Rows<OpenCallRow>;
  readonly "temp-resources": Rows<TempResourceRow>;
}

/** An event that a decision gives. */
export type OperationNews = Extract<NewCatalogueEvent, { readonly type: keyof OperationEvents }>;

/** What of an operation's events is not its stream. */
type NewsData<Type extends keyof OperationEvents> = Extract<CatalogueEvent, { readonly type: Type }>["data"];

/** One operation as a decision sees it, and who asks. */
export class OperationView {
  constructor(
    readonly states: OperationStates,
    readonly operation: OperationRow,
    /** The participant in whose name the events are appended. */
    readonly by: string,
  ) {}

  /** @throws OperationNotFoundError */
  static of(states: OperationStates, operationId: string, by: string): OperationView {
    const operation = states.operations.get(operationId);
    if (operation === undefined) throw new OperationNotFoundError(operationId);
    return new OperationView(states, operation, by);
  }

  get id(): string {
    return this.operation.operationId;
  }

  /** It has ended, one way or the other. */
  get ended(): boolean {
    return this.operation.state === "failed" || this.operation.state === "completed";
  }

  /** An event of this operation. */
  news<Type extends keyof OperationEvents>(type: Type, data: NewsData<Type>): OperationNews {
    return { stream: operationStream(this.id), type, data } as OperationNews;
  }

  session(session: string): SessionRow | undefined {
    return this.states["operation-sessions"].get(sessionKey(this.id, session));
  }

  /** A session that may still say something: open, or closed with its operation; where it is told so, also one that was left. @throws SessionInactiveError @throws SessionExpiredError */
  requireKnown(session: string, also?: "or left"): SessionRow {
    const row = this.session(session);
    if (row === undefined) throw new SessionInactiveError(this.id, session);
    if (row.participant !== this.by) throw new InvalidOptionError("session", `is one of ${preview(row.participant)}, not of ${preview(this.by)}`);
    switch (row.state) {
      case "open":
      case "closed":
        return row;
      case "left":
        if (also !== undefined) return row;
        throw new SessionInactiveError(this.id, session);
      case "crashed":
        throw new SessionExpiredError(this.id, session);
      default:
        return assertNever(row.state);
    }
  }

  /** As {@link requireKnown}, but it has to be open. @throws OperationClosedError */
  requireOpen(session: string): SessionRow {
    const row = this.requireKnown(session);
    if (row.state === "closed") throw new OperationClosedError(this.id, this.operation.state);
    return row;
  }

  /** @throws OperationClosedError once the clean-up has begun */
  requireRunning(): void {
    if (this.operation.state !== "running") throw new OperationClosedError(this.id, this.operation.state);
  }

  /** Open calls in the order in which they began; of all sessions, or of some. The counts of the operation do not tell: what another writer made may close a call twice. */
  openCalls(sessions?: readonly string[]): OpenCallRow[] {
    const open: OpenCallRow[] = [];
    for (const [, row] of this.states["open-calls"].entries()) {
      if (row.operationId === this.id && (sessions === undefined || sessions.includes(row.session))) open.push(row);
    }
    return open;
  }

  /** Closes open calls, each as one of its own session. */
  cancelled(calls: readonly OpenCallRow[], reason: string): OperationNews[] {
    return calls.map(({ session, call }) => this.news("call.cancelled", { session, call, reason }));
  }
}
