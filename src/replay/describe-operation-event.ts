import { assertNever } from "../base/assert-never.js";
import type { CatalogueEvent } from "../events/catalogue.js";
import type { CallError, OperationEvents } from "../events/operation-events.js";
import { operationSchemas } from "../events/operation-schemas.js";
import type { Json } from "../events/recorded-event.js";

type OperationEvent = Extract<CatalogueEvent, { readonly type: keyof OperationEvents }>;

/** True for an event of an operation. */
export const isOperationEvent = (event: CatalogueEvent): event is OperationEvent => Object.hasOwn(operationSchemas, event.type);

/** An event of an operation in one line. `shown` makes a value fit to be shown. */
export function describeOperationEvent(event: OperationEvent, shown: (value: Json | undefined) => string): string {
  const because = (reason: string | undefined): string => (reason === undefined ? "" : `: ${shown(reason)}`);
  const listed = (ids: readonly string[]): string => (ids.length === 0 ? "none" : `${ids.slice(0, 6).map(shown).join(", ")}${ids.length > 6 ? ` and ${ids.length - 6} more` : ""}`);
  const failure = ({ name, message }: CallError): string => `${name === undefined ? "" : `${shown(name)}: `}${shown(message)}`;
  switch (event.type) {
    case "operation.created":
      return `operation created by ${shown(event.data.initiator)}${because(event.data.description)}`;
    case "participant.joined": {
      const { session, host, pid, initiator = false, rescuer = false } = event.data;
      return `${shown(event.by)} joined${initiator ? " as initiator" : rescuer ? " to finish what is left" : ""}, session ${shown(session)}, process ${shown(pid)} on ${shown(host)}`;
    }
    case "heartbeat.recorded":
      return `session ${shown(event.data.session)} is alive, next beat within ${event.data.nextWithinMs / 1000} s`;
    case "participant.left": {
      const { session, reason, signal } = event.data;
      return `session ${shown(session)} left${because(reason)}${signal === undefined ? "" : `, by ${shown(signal)}`}`;
    }
    case "call.started":
      return `call ${shown(event.data.call)} started${because(event.data.description)}`;
    case "call.ended": {
      const { call, result, replaced } = event.data;
      return `call ${shown(call)} ended${result === undefined ? "" : ` with ${shown(result)}`}${replaced === undefined ? "" : `, a fallback for ${failure(replaced)}`}`;
    }
    case "call.failed":
      return `call ${shown(event.data.call)} failed: ${failure(event.data.error)}`;
    case "call.cancelled":
      return `call ${shown(event.data.call)} cancelled${because(event.data.reason)}`;
    case "call.crashed":
      return `call ${shown(event.data.call)} crashed with session ${shown(event.data.session)}`;
    case "call.worker-started":
      return `worker of ${shown(event.data.call)}: process ${shown(event.data.pid)}, ${shown(event.data.command.join(" "))}`;
    case "call.worker-exited": {
      const { call, exitCode, signal } = event.data;
      return `worker of ${shown(call)} exited${exitCode === undefined ? "" : ` with ${shown(exitCode)}`}${signal === undefined ? "" : `, by ${shown(signal)}`}`;
    }
    case "operation.abort-requested":
      return `abort requested${because(event.data.reason)}`;
    case "operation.abort-withdrawn":
      return "abort withdrawn";
    case "operation.resource-registered":
      return `temporary ${shown(event.data.path)} registered`;
    case "operation.resource-released":
      return `temporary ${shown(event.data.path)} released`;
    case "operation.resource-removed":
      return `temporary ${shown(event.data.path)} of session ${shown(event.data.session)}: ${shown(event.data.outcome)}${because(event.data.problem)}`;
    case "operation.logged":
      return `${shown(event.data.level)}: ${shown(event.data.message)}`;
    case "operation.crash-detected":
      return `crashed (${event.data.evidence === "gone" ? "their processes are gone" : "silent for too long"}): sessions ${listed(event.data.sessions)}`;
    case "operation.cleanup-started":
      return `clean-up started, coordinator ${shown(event.data.coordinator)}${because(event.data.reason)}`;
    case "operation.coordinator-replaced":
      return `session ${shown(event.data.coordinator)} coordinates in place of ${shown(event.data.from)}`;
    case "participant.cleaned-up": {
      const { session, problems = [] } = event.data;
      return `session ${shown(session)} has cleaned up${problems.length === 0 ? "" : `, with problems: ${listed(problems)}`}`;
    }
    case "operation.failed": {
      const { reason, crashedCalls } = event.data;
      return `operation failed: ${shown(reason)}${crashedCalls.length === 0 ? "" : `; crashed calls: ${listed(crashedCalls)}`}`;
    }
    case "operation.completed":
      return `operation completed${event.data.forced === true ? ", with open calls cancelled" : ""}`;
    default:
      return assertNever(event);
  }
}
