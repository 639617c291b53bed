/** How the client of operations reaches the log: in this process, and later over a network. The client holds no other way to it. */
import type { RecordedEvent } from "../../events/recorded-event.js";
import type { OpenCallRow } from "../../projections/views/open-calls.js";
import type { SessionRow } from "../../projections/views/operation-sessions.js";
import type { OperationRow } from "../../projections/views/operations.js";
import type { TempResourceRow } from "../../projections/views/temp-resources.js";
import type { OperationCommand } from "./commands.js";

/** An operation as the log has it. */
export interface OperationSnapshot {
  readonly operation: OperationRow;
  /** Those that are not over, and of those that are the ones asked for. */
  readonly sessions: readonly SessionRow[];
}

/** What became of a command. */
export interface CommandResult {
  /** Whether it appended anything. */
  readonly changed: boolean;
  /** Seq of its last event, or of the head it was decided on. */
  readonly seq: number;
  /** The operation after it. */
  readonly operation: OperationRow;
  /** When its last event was appended, ISO 8601; of one that appended nothing, the time of the log's last event. */
  readonly time: string;
}

/** What a transport can do. Every call rejects with a typed error, and may be repeated after one. */
export interface OperationTransport {
  /** Absolute path of the root, or an address: for people. */
  readonly place: string;
  readonly readOnly: boolean;
  /** Decides on a command and appends what follows, as one exclusive step. @throws OperationNotFoundError and what the decision throws */
  send(operationId: string, command: OperationCommand, options?: { readonly signal?: AbortSignal }): Promise<CommandResult>;
  /** Caught up with the log. `also`: sessions that are wanted though they are over. Undefined where there is no such operation. */
  snapshot(operationId: string, also?: readonly string[]): Promise<OperationSnapshot | undefined>;
  /** All operations, oldest first. */
  operations(): Promise<readonly OperationRow[]>;
  /** Calls that are open, of an operation or of all. */
  openCalls(operationId?: string): Promise<readonly OpenCallRow[]>;
  /** Temporary resources that are registered, of an operation or of all, also of those that have ended. */
  resources(operationId?: string): Promise<readonly TempResourceRow[]>;
  /** All events of an operation, in order, from a seq on. @throws OperationNotFoundError at the first step */
  history(operationId: string, options?: { readonly from?: number; readonly signal?: AbortSignal }): AsyncIterable<RecordedEvent>;
  /** Whether the operation came here by an import: then nobody here cleans up after it. */
  imported(operation: OperationRow): Promise<boolean>;
  /** Calls back whenever the log may have grown, by whomever. Gives the way to stop that. */
  watch(changed: () => void): () => void;
  /** Calls back before the daybook closes. Gives the way to take that back. */
  onClose(callback: () => void | Promise<void>): () => void;
  /** Lets go of what was opened for it. Twice is once. */
  close(): Promise<void>;
}
