/** The JSON Schemas of events about operations. */
import { anyInteger, closed, integerFrom, printable, text } from "./closed-schema.js";
import type { ClosedSchema } from "./closed-schema.js";
import { callKinds, crashEvidence, logLevels, removalOutcomes } from "./operation-events.js";
import type { CallError, OperationEvents } from "./operation-events.js";

const id = { type: "string", minLength: 1, maxLength: 128, pattern: "^[A-Za-z0-9_][A-Za-z0-9_.:-]*$" } as const;
const ids = { type: "array", items: id, uniqueItems: true } as const;
const path = { type: "string", minLength: 2, maxLength: 4096, pattern: "^/[^\\u0000]+$" } as const;
const flag = { type: ["boolean"] } as const;
const error: ClosedSchema<CallError> = {
  ...closed,
  required: ["message"],
  properties: { message: text, name: text, stack: text, code: text, exitCode: anyInteger, signal: text, stderr: text },
};

/** The schema of each type's data, at its current version. */
export const operationSchemas: { readonly [Type in keyof OperationEvents]: ClosedSchema<OperationEvents[Type]> } = {
  "operation.created": { ...closed, required: ["initiator", "token"], properties: { initiator: printable(128), token: { type: "string", pattern: "^[0-9a-f]{64}$" }, description: text } },
  "participant.joined": {
    ...closed,
    required: ["session", "host", "boot", "pidNamespace", "pid", "processStart", "nextWithinMs", "staleAfterMs", "failOnCrash"],
    properties: {
      session: id,
      host: text,
      boot: text,
      pidNamespace: text,
      pid: integerFrom(0),
      processStart: text,
      nextWithinMs: integerFrom(1),
      staleAfterMs: integerFrom(1),
      failOnCrash: flag,
      initiator: flag,
      rescuer: flag,
    },
  },
  "heartbeat.recorded": { ...closed, required: ["session", "nextWithinMs", "staleAfterMs"], properties: { session: id, nextWithinMs: integerFrom(1), staleAfterMs: integerFrom(1) } },
  "participant.left": { ...closed, required: ["session"], properties: { session: id, reason: text, signal: printable(32) } },
  "call.started": {
    ...closed,
    required: ["session", "call", "kind", "failOnCrash"],
    properties: { session: id, call: id, kind: { type: "string", enum: callKinds }, failOnCrash: flag, description: text },
  },
  "call.ended": { ...closed, required: ["session", "call"], properties: { session: id, call: id, result: {}, replaced: error } },
  "call.failed": { ...closed, required: ["session", "call", "error"], properties: { session: id, call: id, error } },
  "call.cancelled": { ...closed, required: ["session", "call"], properties: { session: id, call: id, reason: text } },
  "call.crashed": { ...closed, required: ["session", "call"], properties: { session: id, call: id } },
  "call.worker-started": {
    ...closed,
    required: ["session", "call", "pid", "processStart", "command"],
    properties: { session: id, call: id, pid: integerFrom(0), processStart: text, command: { type: "array", items: text } },
  },
  "call.worker-exited": { ...closed, required: ["session", "call", "pid"], properties: { session: id, call: id, pid: integerFrom(0), exitCode: anyInteger, signal: printable(32) } },
  "operation.abort-requested": { ...closed, required: [], properties: { session: id, reason: text } },
  "operation.abort-withdrawn": { ...closed, required: [], properties: { session: id } },
  "operation.resource-registered": { ...closed, required: ["session", "path"], properties: { session: id, path } },
  "operation.resource-released": { ...closed, required: ["session", "path"], properties: { session: id, path } },
  "operation.resource-removed": { ...closed, required: ["session", "path", "outcome"], properties: { session: id, path, outcome: { type: "string", enum: removalOutcomes }, problem: text } },
  "operation.logged": { ...closed, required: ["level", "message"], properties: { level: { type: "string", enum: logLevels }, message: text, session: id } },
  "operation.crash-detected": { ...closed, required: ["sessions", "evidence"], properties: { sessions: ids, evidence: { type: "string", enum: crashEvidence }, observer: id } },
  "operation.cleanup-started": {
    ...closed,
    required: ["coordinator", "reason", "survivors", "crashedCalls", "withinMs"],
    properties: { coordinator: id, reason: text, survivors: ids, crashedCalls: ids, withinMs: integerFrom(1), failedCall: id },
  },
  "operation.coordinator-replaced": { ...closed, required: ["coordinator", "from"], properties: { coordinator: id, from: id } },
  "participant.cleaned-up": { ...closed, required: ["session"], properties: { session: id, problems: { type: "array", items: text } } },
  "operation.failed": { ...closed, required: ["reason", "crashedCalls", "sessions"], properties: { reason: text, crashedCalls: ids, sessions: ids, unreported: ids } },
  "operation.completed": { ...closed, required: ["sessions"], properties: { sessions: ids, session: id, forced: flag } },
};
