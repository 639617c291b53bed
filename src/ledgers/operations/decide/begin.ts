import { InvalidOptionError } from "../../../base/errors.js";
import type { NewCatalogueEvent } from "../../../events/catalogue.js";
import { operationStream } from "../../../events/operation-names.js";
import { sessionKey } from "../../../projections/views/operation-sessions.js";
import type { NewSession, OutsideCommand } from "../commands.js";
import type { OperationNews, OperationStates, OperationView } from "./view.js";

type Create = Extract<OutsideCommand, { readonly kind: "create" }>;

/** `operation.created`, and the joining of its initiator. Asked again with the same token and session it is there already. @throws InvalidOptionError */
export function decideCreate(states: OperationStates, operationId: string, { initiator, token, description, first }: Create, by: string): readonly OperationNews[] {
  if (initiator !== by) throw new InvalidOptionError("initiator", `must be ${by}, who asks`);
  const known = states.operations.get(operationId);
  if (known !== undefined) {
    const isAskedAgain = known.token === token && known.initiator === initiator && states["operation-sessions"].get(sessionKey(operationId, first.session)) !== undefined;
    if (isAskedAgain) return [];
    throw new InvalidOptionError("operationId", `${operationId} is there already`);
  }
  const stream = operationStream(operationId);
  const created: NewCatalogueEvent = { stream, type: "operation.created", data: { initiator, token, ...(description === undefined ? {} : { description }) } };
  return [created, { stream, type: "participant.joined", data: { ...joinedData(first), initiator: true } }];
}

/** `participant.joined`. Only a rescuer joins an operation in cleanup. @throws OperationClosedError @throws InvalidOptionError for a session that was there before */
export function decideJoin(view: OperationView, joining: NewSession): readonly OperationNews[] {
  const known = view.session(joining.session);
  if (known !== undefined) {
    if (known.state === "open" && known.participant === view.by) return [];
    throw new InvalidOptionError("session", `${joining.session} is there already`);
  }
  if (joining.rescuer !== true || view.ended) view.requireRunning();
  return [view.news("participant.joined", joinedData(joining))];
}

function joinedData({ session, host, boot, pidNamespace, pid, processStart, nextWithinMs, staleAfterMs, failOnCrash, rescuer = false }: NewSession) {
  return { session, host, boot, pidNamespace, pid, processStart, nextWithinMs, staleAfterMs, failOnCrash, ...(rescuer ? { rescuer } : {}) };
}
