import { checkedFlag, checkKnown, checkObject, checkSignal, checkWhole } from "../../base/checks.js";
import { InvalidOptionError } from "../../base/errors.js";
import type { Daybook } from "../../daybook.js";
import type { DaybookOptions } from "../../daybook-options.js";
import { checkText } from "./call-options.js";
import type { LivenessPace } from "./liveness/liveness.js";
import { checkLedgerCallback, checkOperationCallback } from "./operation-callback.js";
import type { LedgerCallback, OperationCallback } from "./operation-callback.js";

/** Where a ledger of operations is, and how this process takes part. Exactly one of `book` and `basePath` is given. */
export interface LedgerOptions {
  /** An open daybook; it stays open when the ledger is closed. */
  readonly book?: Daybook;
  /** The folder of a daybook, which is opened (and made where there is none), and closed with the ledger. */
  readonly basePath?: string;
  /** Who this is: goes into every event as `by`. Default: the daybook's. */
  readonly participantId?: string;
  /** How often each session gives a sign of life. 10 to 86,400,000; default 5,000. */
  readonly heartbeatIntervalMs?: number;
  /** For how long a session of this ledger may be silent until the others declare it crashed. More than the interval and its jitter; default 15,000. */
  readonly staleThresholdMs?: number;
  /** Each beat comes later by up to so much, at random, so that those of many do not come together. At most a tenth of the interval; default 500. */
  readonly jitterMs?: number;
  /** For how long the clean-up after a failure may take before the operation is failed without those that have not reported. 1 to 86,400,000; default 10,000. */
  readonly cleanupTimeoutMs?: number;
  readonly callback?: LedgerCallback;
  /** How the daybook of `basePath` is opened. */
  readonly daybook?: DaybookOptions;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/** How a new operation is created. */
export interface CreateOperationOptions {
  /** For people. Default: none. */
  readonly description?: string;
  readonly callback?: OperationCallback;
  /** Whether the operation fails when this process dies with no call open. Default true. With calls open these decide. */
  readonly failOnCrash?: boolean;
  readonly signal?: AbortSignal;
}

/** How an operation is joined. */
export interface JoinOperationOptions {
  readonly operationId: string;
  readonly callback?: OperationCallback;
  /** Whether the operation fails when this process dies with no call open. Default true. With calls open these decide. */
  readonly failOnCrash?: boolean;
  readonly signal?: AbortSignal;
}

/** Times of a ledger's sessions, in milliseconds. */
export interface LedgerTimes {
  readonly heartbeatIntervalMs: number;
  readonly staleThresholdMs: number;
  readonly jitterMs: number;
  readonly cleanupTimeoutMs: number;
}

/** The pace of a session. */
export const paceOf = ({ heartbeatIntervalMs, jitterMs, staleThresholdMs, cleanupTimeoutMs }: LedgerTimes): LivenessPace => ({
  intervalMs: heartbeatIntervalMs,
  jitterMs,
  staleAfterMs: staleThresholdMs,
  cleanupWithinMs: cleanupTimeoutMs,
});

const known = ["book", "basePath", "participantId", "heartbeatIntervalMs", "staleThresholdMs", "jitterMs", "cleanupTimeoutMs", "callback", "daybook", "signal"];
const longestMs = 86_400_000;

/** @throws InvalidOptionError naming the field */
export function resolveLedger(options: LedgerOptions): { readonly place: Daybook | string; readonly times: LedgerTimes; readonly callback: LedgerCallback } {
  checkObject(options);
  // Of another release, which reaches a log over a network.
  if ("serverUrl" in options && options.serverUrl !== undefined) throw new InvalidOptionError("serverUrl", "is not supported yet: this release has no server; give a basePath or an open book");
  checkKnown(options, [...known, "serverUrl"]);
  const { book, basePath, heartbeatIntervalMs = 5000, staleThresholdMs = 15_000, cleanupTimeoutMs = 10_000, callback = {}, daybook, signal } = options;
  const place = book ?? basePath;
  if (place === undefined) throw new InvalidOptionError("basePath", "must be the path of a folder, where no open book is given: this release finds no server by itself");
  if (book !== undefined && basePath !== undefined) throw new InvalidOptionError("basePath", "is given together with a book: one of them says where the ledger is");
  if (book === undefined && (typeof basePath !== "string" || basePath === "")) throw new InvalidOptionError("basePath", "must be the path of a folder");
  if (book !== undefined && daybook !== undefined) throw new InvalidOptionError("daybook", "is for a basePath, and this book is open");
  if (daybook !== undefined) checkObject(daybook, "daybook");
  checkWhole("heartbeatIntervalMs", heartbeatIntervalMs, 10, longestMs);
  checkWhole("staleThresholdMs", staleThresholdMs, 10, longestMs);
  checkWhole("cleanupTimeoutMs", cleanupTimeoutMs, 1, longestMs);
  checkWhole("jitterMs", options.jitterMs, 0, longestMs);
  const jitterMs = Math.min(options.jitterMs ?? 500, Math.floor(heartbeatIntervalMs / 10));
  if (staleThresholdMs <= heartbeatIntervalMs + jitterMs) {
    throw new InvalidOptionError("staleThresholdMs", `must be more than the ${heartbeatIntervalMs + jitterMs} ms between two beats (heartbeatIntervalMs and jitterMs), not ${staleThresholdMs}`);
  }
  checkLedgerCallback(callback);
  checkSignal(signal);
  return { place, times: { heartbeatIntervalMs, staleThresholdMs, jitterMs, cleanupTimeoutMs }, callback };
}

/** What creating and joining have in common. @throws InvalidOptionError naming the field */
export function resolveEntry(options: CreateOperationOptions & { readonly operationId?: string }, more: "description" | "operationId"): { readonly callback: OperationCallback; readonly failOnCrash: boolean } {
  checkObject(options);
  checkKnown(options, ["callback", "failOnCrash", "signal", more]);
  const { callback = {}, failOnCrash, description, signal } = options;
  checkText("description", description);
  checkOperationCallback(callback);
  checkSignal(signal);
  return { callback, failOnCrash: checkedFlag("failOnCrash", failOnCrash, true) };
}
