/** Removing the temporary resources of processes of this host that are gone. */
import type { SessionRow } from "../../../projections/views/operation-sessions.js";
import type { TempResourceRow } from "../../../projections/views/temp-resources.js";
import type { ProcessSight } from "../../runs/liveness.js";
import { sightOf } from "../../runs/process-identity.js";
import type { ProcessIdentity } from "../../runs/process-identity.js";
import type { OperationTransport } from "../transport.js";
import { removeResource } from "./remove-resource.js";
import { isWithin, protectedPaths } from "./resource-path.js";

/** Whose are to go. */
export interface DeadCleaning {
  readonly transport: OperationTransport;
  /** Default: all operations. */
  readonly operationId?: string;
  readonly sees?: (process: ProcessIdentity) => ProcessSight;
}

/**
 * Removes what is registered by sessions that are over and whose processes are gone, and records for each what became of it. Of a process that was declared crashed but still
 * exists nothing is removed under its hands. Nothing of imported operations.
 */
export async function cleanForDead({ transport, operationId, sees = sightOf }: DeadCleaning): Promise<void> {
  const rows = await transport.resources();
  if (!rows.some((row) => operationId === undefined || row.operationId === operationId)) return;
  const guard = await protectedPaths(transport.place);
  for (const { operationId: id, session: owner, path } of resourcesToRemove(rows, await ownersOf(rows, transport), sees)) {
    if (operationId !== undefined && id !== operationId) continue;
    const removal = await removeResource(path, guard);
    await transport.send(id, { kind: "resource-removed", owner, path, ...removal });
  }
}

/** Those that are to go: their owners are over and gone, and nobody else's lies in them, or has them in. Pure. */
export function resourcesToRemove(rows: readonly TempResourceRow[], owners: ReadonlyMap<string, SessionRow>, sees: (process: ProcessIdentity) => ProcessSight): readonly TempResourceRow[] {
  const isOver = ({ operationId, session }: TempResourceRow): boolean => {
    const owner = owners.get(`${operationId}/${session}`);
    return owner !== undefined && owner.state !== "open" && sees(owner) === "gone";
  };
  const kept = rows.filter((row) => !isOver(row));
  return rows.filter((row) => isOver(row) && !kept.some(({ path }) => isWithin(path, row.path) || isWithin(row.path, path)));
}

/** The sessions of resources, by operation and session; none of imported operations. */
async function ownersOf(rows: readonly TempResourceRow[], transport: OperationTransport): Promise<ReadonlyMap<string, SessionRow>> {
  const owners = new Map<string, SessionRow>();
  for (const operationId of new Set(rows.map((row) => row.operationId))) {
    const wanted = rows.filter((row) => row.operationId === operationId).map(({ session }) => session);
    const snapshot = await transport.snapshot(operationId, [...new Set(wanted)]);
    if (snapshot === undefined || (await transport.imported(snapshot.operation))) continue;
    for (const row of snapshot.sessions) owners.set(`${operationId}/${row.session}`, row);
  }
  return owners;
}
