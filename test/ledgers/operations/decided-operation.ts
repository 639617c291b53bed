import type { NewSession, OperationCommand } from "../../../src/ledgers/operations/commands.js";
import { decideOperation } from "../../../src/ledgers/operations/decide/decide.js";
import type { OperationNews, OperationStates } from "../../../src/ledgers/operations/decide/view.js";
import { openCallsProjection } from "../../../src/projections/views/open-calls.js";
import type { OpenCallRow } from "../../../src/projections/views/open-calls.js";
import { operationSessionsProjection } from "../../../src/projections/views/operation-sessions.js";
import type { SessionRow } from "../../../src/projections/views/operation-sessions.js";
import { operationsProjection } from "../../../src/projections/views/operations.js";
import type { OperationRow } from "../../../src/projections/views/operations.js";
import { tempResourcesProjection } from "../../../src/projections/views/temp-resources.js";
import type { TempResourceRow } from "../../../src/projections/views/temp-resources.js";
import type { RecordedEvent } from "../../../src/events/recorded-event.js";
import { foldRows, recorded } from "../../projections/views/fold-rows.js";

/** A session that joins, of a process of its own. */
export const newSession = (session: string, more: Partial<NewSession> = {}): NewSession => ({
  session,
  host: "node7",
  boot: "b",
  pidNamespace: "n",
  pid: 100 + Number(session.replace(/\D/g, "") || 0),
  processStart: "99",
  nextWithinMs: 5500,
  staleAfterMs: 15_000,
  failOnCrash: true,
  ...more,
});

/** The operation of these tests. */
export const op = "op-1";

/** An operation that is decided upon: commands go in, its events and views come out. Participants are named by their sessions: `p1` has `s1`. */
export class DecidedOperation {
  readonly events: RecordedEvent[] = [];
  /** The views, by the real folds. */
  readonly states = {
    operations: new Map<string, OperationRow>(),
    "operation-sessions": new Map<string, SessionRow>(),
    "open-calls": new Map<string, OpenCallRow>(),
    "temp-resources": new Map<string, TempResourceRow>(),
  } satisfies OperationStates;

  constructor(begun = true) {
    if (begun) this.send({ kind: "create", initiator: "p1", token: tokenHash, first: newSession("s1") });
  }

  get row() {
    const row = this.states.operations.get(op);
    if (row === undefined) throw new Error("there is no operation");
    return row;
  }

  /** Decides on a command and appends what follows; gives that. */
  send(command: OperationCommand, by = participantOf(command)): readonly OperationNews[] {
    const events = decideOperation(this.states, op, command, by);
    this.append(events, by);
    return events;
  }

  append(events: readonly OperationNews[], by: string): void {
    const appended = recorded(events, this.events.length + 1).map((event) => ({ ...event, by }));
    this.events.push(...appended);
    foldRows(operationsProjection, appended, this.states.operations);
    foldRows(operationSessionsProjection, appended, this.states["operation-sessions"]);
    foldRows(openCallsProjection, appended, this.states["open-calls"]);
    foldRows(tempResourcesProjection, appended, this.states["temp-resources"]);
  }

  join(...sessions: readonly string[]): this {
    for (const session of sessions) this.send({ kind: "join", joining: newSession(session) });
    return this;
  }

  start(session: string, call: string, failOnCrash = true): this {
    this.send({ kind: "start-call", session, call, callKind: "call", failOnCrash });
    return this;
  }
}

/** SHA-256 of "token". */
export const tokenHash = "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0";

function participantOf(command: OperationCommand): string {
  const session = command.kind === "create" ? command.first.session : command.kind === "join" ? command.joining.session : (command.session ?? "outside");
  return session.replace(/^s/, "p");
}

/** The code of the error that a command is refused with. */
export function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "nothing thrown";
}

export const typesOf = (events: readonly { readonly type: string }[]): string[] => events.map(({ type }) => type);
