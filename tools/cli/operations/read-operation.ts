import type { Daybook } from "../../../src/index.js";
import type { OperationRow, TempResourceRow } from "../../../src/operations.js";
import { CallFold } from "./calls-of.js";
import { readSessions } from "./catalogue.js";
import type { ShownOperation } from "./describe-operation.js";

/** Everything that the log says of an operation. */
export async function readOperation(book: Daybook, operation: OperationRow): Promise<ShownOperation> {
  const { operationId } = operation;
  const fold = new CallFold();
  for await (const event of book.history({ operation: operationId })) fold.take(event);
  const resources = Object.values((await book.view("temp-resources")) as Readonly<Record<string, TempResourceRow>>);
  return { operation, sessions: await readSessions(book, operationId), calls: fold.calls, resources: resources.filter((row) => row.operationId === operationId) };
}

/** As one JSON object. */
export function asJson({ operation, ...rest }: ShownOperation): object {
  return { ...operation, ...rest };
}
