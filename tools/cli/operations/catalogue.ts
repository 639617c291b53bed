import type { Daybook } from "../../../src/index.js";
import type { Ledger, OperationInfo } from "../../../src/operations.js";
import { CliFault } from "../errors.js";
import { counted } from "../text.js";

/** Opens the ledger of operations of a daybook, which stays open. One that is read-only, or of a moment that is past, is only looked at: nothing is cleaned up. */
export async function withLedger<T>(book: Daybook, use: (ledger: Ledger) => Promise<T>): Promise<T> {
  const { Ledger } = await import("../../../src/operations.js");
  await using ledger = await Ledger.connect({ book });
  return await use(ledger);
}

/** The operation that a text names: its id, or as much of its beginning or end as only it has; the newest one where there is no text. @throws CliFault */
export async function requireOperation(ledger: Ledger, text: string | undefined, root: string): Promise<OperationInfo> {
  const operations = await ledger.operations();
  const [newest] = operations;
  if (text === undefined && newest !== undefined) return newest;
  const exact = operations.find(({ operationId }) => operationId === text);
  if (exact !== undefined) return exact;
  const meant = text === undefined || text === "" ? [] : operations.filter(({ operationId }) => operationId.startsWith(text) || operationId.endsWith(text));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  if (meant.length > 1) throw new CliFault("AMBIGUOUS_OPERATION", `${text} names ${meant.length} operations: ${meant.slice(0, 5).map(({ operationId }) => operationId).join(", ")}${meant.length > 5 ? ", ..." : ""}`);
  throw new CliFault("OPERATION_NOT_FOUND", `there is no operation${text === undefined ? "" : ` ${text}`} in ${root}, which has ${operations.length === 0 ? "none" : counted(operations.length, "operation")}`);
}
