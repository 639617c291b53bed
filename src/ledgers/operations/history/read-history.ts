import { OperationNotFoundError } from "../../../base/errors.js";
import type { OperationTransport } from "../transport.js";
import { HistoryFold } from "./operation-history.js";
import type { OperationHistory } from "./operation-history.js";

/** Everything that the log says of an operation. Its events are read for it, so the cost grows with them. @throws OperationNotFoundError */
export async function readHistory(transport: OperationTransport, operationId: string, signal?: AbortSignal): Promise<OperationHistory> {
  const fold = new HistoryFold(operationId);
  for await (const event of transport.history(operationId, signal === undefined ? {} : { signal })) fold.take(event);
  const { history } = fold;
  if (history === undefined) throw new OperationNotFoundError(operationId);
  return history;
}
