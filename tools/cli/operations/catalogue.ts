import type { Daybook } from "../../../src/index.js";
import type { OperationRow, SessionRow } from "../../../src/operations.js";
import { CliFault } from "../errors.js";
import { counted } from "../text.js";

/** All operations of a daybook, oldest first. Only looked at: nothing is cleaned up. */
export async function readOperations(book: Daybook): Promise<readonly OperationRow[]> {
  const rows = (await book.view("operations")) as Readonly<Record<string, OperationRow>>;
  return Object.values(rows).sort((a, b) => a.seq - b.seq);
}

/** Sessions of an operation, in the order in which they joined. */
export async function readSessions(book: Daybook, operationId: string): Promise<readonly SessionRow[]> {
  const rows = (await book.view("operation-sessions")) as Readonly<Record<string, SessionRow>>;
  return Object.values(rows).filter((row) => row.operationId === operationId).sort((a, b) => a.joined.seq - b.joined.seq);
}

/** The operation that a text names: its id, or as much of its beginning or end as only it has; the newest one where there is no text. @throws CliFault */
export function requireOperation(operations: readonly OperationRow[], text: string | undefined, root: string): OperationRow {
  const newest = operations.at(-1);
  if (text === undefined && newest !== undefined) return newest;
  const exact = operations.find(({ operationId }) => operationId === text);
  if (exact !== undefined) return exact;
  const meant = text === undefined || text === "" ? [] : operations.filter(({ operationId }) => operationId.startsWith(text) || operationId.endsWith(text));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  if (meant.length > 1) throw new CliFault("AMBIGUOUS_OPERATION", `${text} names ${meant.length} operations: ${meant.slice(0, 5).map(({ operationId }) => operationId).join(", ")}${meant.length > 5 ? ", ..." : ""}`);
  throw new CliFault("OPERATION_NOT_FOUND", `there is no operation${text === undefined ? "" : ` ${text}`} in ${root}, which has ${operations.length === 0 ? "none" : counted(operations.length, "operation")}`);
}
