import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import { sightOf } from "../../runs/process-identity.js";
import type { OperationTransport } from "../transport.js";
import { isWithin } from "./resource-path.js";

/** Whose resource it is. */
export interface ResourceOwner {
  readonly transport: OperationTransport;
  readonly operationId: string;
  readonly session: string;
}

/**
 * Whether a path is not for its owner to remove: another living session has registered it as well, or one that lies in the other. Who is in an operation that fails or has
 * ended does not count for that operation: then all of them go.
 */
export async function isHeldElsewhere(path: string, { transport, operationId, session }: ResourceOwner): Promise<boolean> {
  const others = (await transport.resources()).filter(
    (row) => !(row.operationId === operationId && row.session === session) && (isWithin(row.path, path) || isWithin(path, row.path)),
  );
  for (const id of new Set(others.map((row) => row.operationId))) {
    const snapshot = await transport.snapshot(id);
    if (snapshot === undefined || (id === operationId && snapshot.operation.state !== "running")) continue;
    const holders = others.filter((row) => row.operationId === id).map((row) => row.session);
    if (snapshot.sessions.some((row) => holders.includes(row.session) && isAlive(row))) return true;
  }
  return false;
}

const isAlive = (row: SessionRow): boolean => row.state === "open" && sightOf(row) !== "gone";
