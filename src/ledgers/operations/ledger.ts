import { createHash, randomBytes } from "node:crypto";
import { checkedFlag, checkKnown, checkObject, checkSignal } from "../../base/checks.js";
import { InvalidOptionError, isDaybookError, LogClosedError } from "../../base/errors.js";
import { parseOperationId } from "../../events/operation-names.js";
import { thisProcess } from "../runs/process-identity.js";
import { checkText } from "./call-options.js";
import type { NewSession } from "./commands.js";
import { enterOperation } from "./enter-operation.js";
import type { EnteredOperation, NewEntry } from "./enter-operation.js";
import { GuardedCallbacks } from "./guarded-callbacks.js";
import type { OperationHistory } from "./history/operation-history.js";
import type { OperationInfo } from "./history/operation-info.js";
import { selectOperations } from "./history/operation-query.js";
import type { OperationQuery } from "./history/operation-query.js";
import { readHistory } from "./history/read-history.js";
import type { LedgerContext } from "./ledger-context.js";
import { paceOf, resolveEntry, resolveLedger } from "./ledger-options.js";
import type { CreateOperationOptions, JoinOperationOptions, LedgerOptions } from "./ledger-options.js";
import { Rescue } from "./liveness/rescue.js";
import { LocalTransport } from "./local/local-transport.js";
import type { Operation } from "./operation.js";
import { newOperationId, newSessionId, newToken } from "./operation-ids.js";
import type { OperationSession } from "./operation-session.js";
import { sendPatiently } from "./send-patiently.js";
import { operations$ } from "./streams/operation-streams.js";

/** Operations of a daybook, in which this process takes part under one participant id. Made by {@link Ledger.connect}. */
export class Ledger {
  readonly #context: LedgerContext;
  readonly #entered = new Map<OperationSession, EnteredOperation>();
  readonly #forget: () => void;
  readonly #rescue: Rescue;
  #disposing: Promise<void> | undefined;

  /** @internal */
  constructor(context: LedgerContext) {
    this.#context = context;
    const { transport, times, callback } = context;
    const guarded = new GuardedCallbacks(callback.onCallbackError);
    this.#rescue = new Rescue({ transport, newSession: () => this.#newSession(false), pace: paceOf(times), onError: (error) => void guarded.report(error, { callback: "rescue" }) });
    // Whoever closes the daybook: the sessions are left, and not found dead later.
    this.#forget = context.transport.onClose(() => this.#leaveAll(leaveAtOnce));
  }

  /**
   * Opens the ledger of a daybook. For writing, it first ends what dead processes of this host have left behind, for up to ten seconds; what of other hosts is left behind can
   * only be told by its silence, in the background.
   * @throws InvalidOptionError @throws InvalidIdError and what `openDaybook` throws
   */
  static async connect(options: LedgerOptions): Promise<Ledger> {
    const { place, times, callback } = resolveLedger(options);
    const { participantId, daybook, signal } = options;
    signal?.throwIfAborted();
    const transport = await LocalTransport.open(place, { ...(participantId === undefined ? {} : { participantId }), ...(daybook === undefined ? {} : { daybook }) });
    const ledger = new Ledger({ transport, participantId: transport.participantId, times, callback, clock: transport.book.options.clock, random: randomHex });
    try {
      await ledger.#rescue.run();
      signal?.throwIfAborted();
    } catch (error) {
      await ledger.dispose();
      throw error;
    }
    return ledger;
  }

  /** Who this is: the `by` of its events. */
  get participantId(): string {
    return this.#context.participantId;
  }

  /**
   * Creates an operation, and joins it as its initiator. Beats begin at once.
   * @throws InvalidOptionError @throws LogReadOnlyError @throws LogClosedError
   */
  async createOperation(options: CreateOperationOptions = {}): Promise<Operation> {
    const { callback, failOnCrash } = resolveEntry(options, "description");
    const { participantId, clock, random } = this.#context;
    const { description, signal } = options;
    const operationId = newOperationId(clock(), participantId, random);
    const token = newToken(random);
    const first = this.#newSession(failOnCrash);
    return this.#enter(async () => {
      const create = { kind: "create", initiator: participantId, token: sha256(token), first, ...(description === undefined ? {} : { description }) } as const;
      const { operation } = await sendPatiently(this.#context.transport, operationId, create, signal);
      return { row: operation, session: first.session, callback, token };
    });
  }

  /**
   * Joins an operation that is running. Each joining is a session of its own, also of one process.
   * @param options also a plain operation id
   * @throws OperationNotFoundError @throws OperationClosedError @throws InvalidIdError @throws InvalidOptionError @throws LogReadOnlyError @throws LogClosedError
   */
  async joinOperation(options: JoinOperationOptions | string): Promise<Operation> {
    const given = typeof options === "string" ? { operationId: options } : options;
    const { callback, failOnCrash } = resolveEntry(given, "operationId");
    const operationId = parseOperationId(given.operationId);
    const joining = this.#newSession(failOnCrash);
    return this.#enter(async () => {
      const { operation } = await sendPatiently(this.#context.transport, operationId, { kind: "join", joining }, given.signal);
      return { row: operation, session: joining.session, callback };
    });
  }

  /**
   * Completes an operation whose initiator is not here any more, with the token that its handle had. Twice is once.
   * @param options `force`: with calls open, which are cancelled. Default false
   * @throws NotInitiatorError for another token @throws CallsOpenError @throws OperationClosedError when it has failed @throws OperationNotFoundError
   */
  async completeOperation(operationId: string, options: { readonly token: string; readonly force?: boolean }): Promise<void> {
    checkObject(options);
    checkKnown(options, ["token", "force"]);
    const { token } = options;
    if (typeof token !== "string") throw new InvalidOptionError("token", "must be the token that the operation's handle had in its initiator");
    const force = checkedFlag("force", options.force);
    await this.#send(operationId, { kind: "complete", initiatorToken: token, ...(force ? { force } : {}) });
  }

  /**
   * Sets or takes back the abort flag of an operation without joining it. One that nobody is in has failed with it.
   * @param options `value`: default true
   * @throws OperationClosedError @throws OperationNotFoundError @throws InvalidOptionError
   */
  async abortOperation(operationId: string, options: { readonly value?: boolean; readonly reason?: string } = {}): Promise<void> {
    checkObject(options);
    checkKnown(options, ["value", "reason"]);
    const value = checkedFlag("value", options.value, true);
    const { reason } = options;
    checkText("reason", reason);
    await this.#send(operationId, { kind: "request-abort", value, ...(reason === undefined ? {} : { reason }) });
  }

  /**
   * Operations by choice, also past ones, the newest first; what is not given does not matter.
   * @throws InvalidOptionError @throws InvalidIdError @throws LogClosedError
   */
  async operations(query: OperationQuery = {}): Promise<OperationInfo[]> {
    this.#assertOpen();
    return selectOperations(await this.#context.transport.operations(), query);
  }

  /**
   * Everything that the log says of an operation: its sessions, calls, failures and log lines. Its events are read for it.
   * @throws OperationNotFoundError @throws InvalidIdError @throws LogClosedError
   */
  async operation(operationId: string, options: { readonly signal?: AbortSignal } = {}): Promise<OperationHistory> {
    this.#assertOpen();
    checkObject(options);
    checkKnown(options, ["signal"]);
    checkSignal(options.signal);
    return readHistory(this.#context.transport, parseOperationId(operationId), options.signal);
  }

  /** All operations, the oldest first, and again whenever one of them changes. */
  get operations$(): ReturnType<typeof operations$> {
    return operations$(this.#context.transport);
  }

  /** Leaves every operation, cancelling the calls that are open, and closes what was opened for this ledger. Twice is once. */
  dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  /** {@link dispose}. */
  close(): Promise<void> {
    return this.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #newSession(failOnCrash: boolean): NewSession {
    const { times, random } = this.#context;
    const { heartbeatIntervalMs, jitterMs, staleThresholdMs } = times;
    return { ...thisProcess(), session: newSessionId(random), nextWithinMs: heartbeatIntervalMs + jitterMs, staleAfterMs: staleThresholdMs, failOnCrash };
  }

  async #enter(begin: () => Promise<NewEntry>): Promise<Operation> {
    this.#assertOpen();
    const entered = await enterOperation(this.#context, await begin(), (session) => this.#over(session));
    this.#entered.set(entered.session, entered);
    if (entered.session.end !== undefined) this.#over(entered.session);
    if (this.#disposing !== undefined) {
      await leave(entered);
      this.#assertOpen();
    }
    return entered.operation;
  }

  #over(session: OperationSession): void {
    // What it still has to remove when the process ends is let go of with the ledger.
    if (this.#entered.get(session)?.life.holdsResources === false) this.#entered.delete(session);
  }

  async #send(operationId: string, command: Parameters<typeof sendPatiently>[2]): Promise<void> {
    this.#assertOpen();
    await sendPatiently(this.#context.transport, parseOperationId(operationId), command);
  }

  async #dispose(): Promise<void> {
    await this.#leaveAll(leave);
    this.#forget();
    await this.#context.transport.close();
  }

  async #leaveAll(how: (entered: EnteredOperation) => Promise<void>): Promise<void> {
    await Promise.all([...[...this.#entered.values()].map((entered) => how(entered)), this.#rescue.stop()]);
  }

  #assertOpen(): void {
    if (this.#disposing !== undefined) throw new LogClosedError();
  }
}

/** Leaves, or gives up where the log does not take it any more: the others find the session silent. */
async function leave(entered: EnteredOperation): Promise<void> {
  const { operation, session } = entered;
  await leaveBy(entered, async () => {
    if (session.refusal !== undefined) return;
    await operation.leave({ cancelPendingCalls: true }).catch((error: unknown) => {
      // Whoever closes the daybook meanwhile has it left, too.
      if (!isDaybookError(error, "LOG_CLOSED") && !isDaybookError(error, "SESSION_INACTIVE")) throw error;
    });
  });
}

/** As {@link leave}, while the log still takes what it is given at this moment. */
async function leaveAtOnce(entered: EnteredOperation): Promise<void> {
  await leaveBy(entered, () => entered.session.leaveAtOnce("its daybook was closed"));
}

async function leaveBy({ session, life }: EnteredOperation, leaving: () => Promise<void>): Promise<void> {
  try {
    await leaving();
  } catch (error) {
    if (session.end !== undefined) return;
    session.abandon();
    await session.guarded.report(error, { callback: "dispose" });
  } finally {
    await life.stop();
    life.forget();
  }
}

const randomHex = (digits: number): string => randomBytes(Math.ceil(digits / 2)).toString("hex").slice(0, digits);
const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
