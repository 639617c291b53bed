import { checkKnown, checkObject, checkWhole } from "../../../base/checks.js";
import { InvalidOptionError, preview } from "../../../base/errors.js";
import { parseParticipant } from "../../../events/names.js";
import type { OperationRow, OperationState } from "../../../projections/views/operations.js";
import { timeOfMoment } from "../../../replay/moment.js";
import { operationInfo } from "./operation-info.js";
import type { OperationInfo } from "./operation-info.js";

/** Which operations are meant: those that all of it is true of. */
export interface OperationQuery {
  /** One of these states. */
  readonly state?: OperationState | readonly OperationState[];
  /** Somebody who has joined it. */
  readonly participant?: string;
  /** Who created it. */
  readonly initiator?: string;
  /** Whether its abort flag is set. */
  readonly aborted?: boolean;
  /** Started then or later: a Date, or ISO 8601. */
  readonly since?: Date | string;
  /** Started then or earlier. */
  readonly until?: Date | string;
  /** At most so many. Default: all. */
  readonly limit?: number;
}

const states: readonly OperationState[] = ["running", "cleanup", "failed", "completed"];

/** Operations by choice, the newest first. `rows`: all of them, oldest first. @throws InvalidOptionError @throws InvalidIdError */
export function selectOperations(rows: readonly OperationRow[], query: OperationQuery = {}): OperationInfo[] {
  const matches = checkedQuery(query);
  const chosen: OperationInfo[] = [];
  for (let index = rows.length - 1; index >= 0 && chosen.length < (query.limit ?? Infinity); index -= 1) {
    const row = rows[index] as OperationRow;
    if (matches(row)) chosen.push(operationInfo(row));
  }
  return chosen;
}

function checkedQuery(query: OperationQuery): (row: OperationRow) => boolean {
  checkObject(query);
  checkKnown(query, ["state", "participant", "initiator", "aborted", "since", "until", "limit"]);
  const { state, aborted, limit } = query;
  const wanted = state === undefined ? states : typeof state === "string" ? [state] : state;
  if (!Array.isArray(wanted) || !wanted.every((one) => states.includes(one as OperationState))) throw new InvalidOptionError("state", `must be ${states.join(", ")}, or several of these, not ${preview(state)}`);
  if (aborted !== undefined && typeof aborted !== "boolean") throw new InvalidOptionError("aborted", `must be true or false, not ${preview(aborted)}`);
  checkWhole("limit", limit, 1, Number.MAX_SAFE_INTEGER);
  const participant = query.participant === undefined ? undefined : parseParticipant(query.participant);
  const initiator = query.initiator === undefined ? undefined : parseParticipant(query.initiator);
  const since = timeOf("since", query.since) ?? -Infinity;
  const until = timeOf("until", query.until) ?? Infinity;
  return (row) => {
    const started = Date.parse(row.time);
    return (
      wanted.includes(row.state) &&
      (participant === undefined || row.participants.includes(participant)) &&
      (initiator === undefined || row.initiator === initiator) &&
      (aborted === undefined || (row.aborted !== undefined) === aborted) &&
      started >= since &&
      started <= until
    );
  };
}

/** Milliseconds since 1970. @throws InvalidOptionError */
function timeOf(field: string, value: Date | string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Date || typeof value === "string") return Date.parse(timeOfMoment(value, field));
  throw new InvalidOptionError(field, `must be a Date or an ISO 8601 time, not ${preview(value)}`);
}
