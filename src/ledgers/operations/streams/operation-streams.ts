import type { Observable } from "rxjs";
import { OperationNotFoundError } from "../../../base/errors.js";
import type { OpenCallRow } from "../../../projections/views/open-calls.js";
import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import type { OperationState } from "../../../projections/views/operations.js";
import { operationInfo } from "../history/operation-info.js";
import type { OperationInfo } from "../history/operation-info.js";
import type { OperationSnapshot, OperationTransport } from "../transport.js";
import { observeTransport } from "./observe-transport.js";
import type { Look } from "./observe-transport.js";

/**
 * All operations, oldest first, and again whenever one of them has changed: begun, joined, left, ended, with a call more or less. Not for beats alone. Completes when the daybook closes.
 */
export function operations$(transport: OperationTransport): Observable<readonly OperationInfo[]> {
  return observeTransport(transport, async () => ({ value: (await transport.operations()).map(operationInfo) }));
}

/** An operation's state, and each that follows; completes behind `completed` or `failed`. Errors: OperationNotFoundError */
export function state$(transport: OperationTransport, operationId: string): Observable<OperationState> {
  return observeTransport(transport, () => lookAt(transport, operationId, ({ operation }) => operation.state));
}

/**
 * The sessions that are in an operation, in the order in which they joined, and again whenever one comes, goes, crashes, or has a call more or less. Not for beats alone: when it was heard of last is as of
 * the last change. Completes, behind none, when the operation has ended. Errors: OperationNotFoundError
 */
export function participants$(transport: OperationTransport, operationId: string): Observable<readonly SessionRow[]> {
  const look = (): Promise<Look<readonly SessionRow[]>> => lookAt(transport, operationId, ({ sessions }) => sessions.filter(({ state }) => state === "open"));
  return observeTransport(transport, look, (sessions) => sessions.map(({ beat: _, ...rest }) => rest));
}

/**
 * The calls of an operation that are open, in the order in which they started, and again whenever one starts, ends, or its worker does. Completes, behind none, when the operation has ended.
 * What became of a call is in the operation's history. Errors: OperationNotFoundError
 */
export function calls$(transport: OperationTransport, operationId: string): Observable<readonly OpenCallRow[]> {
  return observeTransport(transport, async () => {
    // In this order: calls of an operation that has ended are closed with it.
    const { last = false } = await lookAt(transport, operationId, () => undefined);
    return { value: [...(await transport.openCalls(operationId))].sort((a, b) => a.seq - b.seq), last };
  });
}

async function lookAt<T>(transport: OperationTransport, operationId: string, of: (snapshot: OperationSnapshot) => T): Promise<Look<T>> {
  const snapshot = await transport.snapshot(operationId);
  if (snapshot === undefined) throw new OperationNotFoundError(operationId);
  return { value: of(snapshot), last: snapshot.operation.state === "completed" || snapshot.operation.state === "failed" };
}
