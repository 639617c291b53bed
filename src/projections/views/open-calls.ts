import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent } from "../../events/catalogue.js";
import type { CallKind } from "../../events/operation-events.js";
import { parseOperationStream } from "../../events/operation-names.js";
import { defineProjection } from "../projection.js";

/** A call that has not ended. */
export type OpenCallRow = {
  readonly operationId: string;
  readonly call: string;
  readonly session: string;
  readonly participant: string;
  readonly kind: CallKind;
  readonly failOnCrash: boolean;
  readonly description?: string;
  readonly seq: number;
  readonly time: string;
  readonly worker?: { readonly pid: number; readonly processStart: string; readonly command: readonly string[]; readonly exited?: boolean };
};

const types = ["call.started", "call.worker-started", "call.worker-exited", "call.ended", "call.failed", "call.cancelled", "call.crashed"] as const;
type CallEvent = Extract<CatalogueEvent, { readonly type: (typeof types)[number] }>;

/** The key of a call's row. */
export const callKey = (operationId: string, call: string): string => `${operationId}/${call}`;

/** Calls that are open, by {@link callKey}. One that ends has no row any more: so there are never more than what goes on at a time. */
export const openCallsProjection = defineProjection<"open-calls", OpenCallRow>({
  name: "open-calls",
  version: 1,
  types,
  keys: (event) => {
    const id = parseOperationStream(event.stream);
    return id === undefined ? [] : [callKey(id, (event as unknown as CallEvent).data.call)];
  },
  evolve: (row, event) => evolveOpenCall(row, event as unknown as CallEvent),
});

/** The next state of a call; undefined once it has ended. */
export function evolveOpenCall(row: OpenCallRow | undefined, event: CallEvent): OpenCallRow | undefined {
  switch (event.type) {
    case "call.started": {
      const { session, call, kind, failOnCrash, description } = event.data;
      const operationId = parseOperationStream(event.stream) ?? "";
      return { operationId, call, session, participant: event.by, kind, failOnCrash, ...(description === undefined ? {} : { description }), seq: event.seq, time: event.at ?? event.time };
    }
    case "call.worker-started": {
      const { pid, processStart, command } = event.data;
      return row === undefined ? undefined : { ...row, worker: { pid, processStart, command } };
    }
    case "call.worker-exited":
      return row?.worker === undefined ? row : { ...row, worker: { ...row.worker, exited: true } };
    case "call.ended":
    case "call.failed":
    case "call.cancelled":
    case "call.crashed":
      return undefined;
    default:
      return assertNever(event);
  }
}
