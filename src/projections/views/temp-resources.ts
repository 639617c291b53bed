import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent } from "../../events/catalogue.js";
import { parseOperationStream } from "../../events/operation-names.js";
import { defineProjection } from "../projection.js";

/** A temporary resource that is still registered. `problem`: somebody tried to clean it up for its dead owner, and could not. */
export type TempResourceRow = {
  readonly operationId: string;
  /** Absolute, on the host of its session. */
  readonly path: string;
  readonly session: string;
  readonly seq: number;
  readonly time: string;
  readonly problem?: string;
};

const types = ["operation.resource-registered", "operation.resource-released", "operation.resource-removed"] as const;
type ResourceEvent = Extract<CatalogueEvent, { readonly type: (typeof types)[number] }>;

/** The key of a resource's row. */
export const resourceKey = (operationId: string, session: string, path: string): string => `${operationId}/${session}${path}`;

/** Temporary resources that are registered, by {@link resourceKey}. One that is released or gone has no row. */
export const tempResourcesProjection = defineProjection<"temp-resources", TempResourceRow>({
  name: "temp-resources",
  version: 1,
  types,
  keys: (event) => {
    const id = parseOperationStream(event.stream);
    const { session, path } = (event as unknown as ResourceEvent).data;
    return id === undefined ? [] : [resourceKey(id, session, path)];
  },
  evolve: (row, event) => evolveResource(row, event as unknown as ResourceEvent),
});

/** The next state of a resource; undefined once nothing is left to be done about it. */
export function evolveResource(row: TempResourceRow | undefined, event: ResourceEvent): TempResourceRow | undefined {
  switch (event.type) {
    case "operation.resource-registered": {
      const { session, path } = event.data;
      return { operationId: parseOperationStream(event.stream) ?? "", path, session, seq: event.seq, time: event.at ?? event.time };
    }
    case "operation.resource-released":
      return undefined;
    case "operation.resource-removed": {
      const { outcome, problem } = event.data;
      return row === undefined || outcome === "removed" || outcome === "missing" ? undefined : { ...row, problem: problem ?? outcome };
    }
    default:
      return assertNever(event);
  }
}
