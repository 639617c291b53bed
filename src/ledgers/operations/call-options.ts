import { checkedFlag, checkFunction, checkKnown, checkObject } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import type { OperationFailedInfo } from "./failed-info.js";

/**
 * What is called back about one call. Each may be async and is then waited for: so none may wait for its own call. What one throws is told to `onCallbackError`, and never
 * changes what became of the call.
 */
export interface CallCallback<T = unknown> {
  /** Once, when the call fails, or when its operation is cleaned up after a failure that came while it was open. */
  readonly onCleanup?: () => unknown;
  /** After every success, with the result, also with `undefined` and with that of a fallback. */
  readonly onCompletion?: (result: T) => unknown;
  /** The call has failed in this process: what it gives is taken as the result, and the call is a success. `undefined` gives none; `null` is a value. */
  readonly onCallCrashed?: () => T | undefined | Promise<T | undefined>;
  /** The operation has failed, while this call was open. */
  readonly onOperationFailed?: (info: OperationFailedInfo) => unknown;
}

/** How a call is started. */
export interface CallOptions<T = unknown> {
  /** For people. Default: none. */
  readonly description?: string;
  /** Whether the operation fails with it, also when its process dies. Default true. */
  readonly failOnCrash?: boolean;
  readonly callback?: CallCallback<T>;
}

/** @internal Checked. */
export interface ResolvedCall<T> {
  readonly description: string | undefined;
  readonly failOnCrash: boolean;
  readonly callback: CallCallback<T>;
}

const callbackFields = ["onCleanup", "onCompletion", "onCallCrashed", "onOperationFailed"] as const;

/** Fields that every call takes. */
export const callFields = ["description", "failOnCrash", "callback"] as const;

/** @throws InvalidOptionError naming the field. `more`: fields that others look at. */
export function resolveCall<T>(options: CallOptions<T>, more: readonly string[] = []): ResolvedCall<T> {
  checkObject(options);
  checkKnown(options, [...callFields, ...more]);
  const { description, failOnCrash, callback = {} } = options;
  checkText("description", description);
  checkCallbacks(callback, callbackFields);
  return { description, failOnCrash: checkedFlag("failOnCrash", failOnCrash, true), callback };
}

/** @throws InvalidOptionError */
export function checkCallbacks(callback: object, fields: readonly string[]): void {
  checkObject(callback, "callback");
  checkKnown(callback, fields);
  for (const field of fields) checkFunction(`callback.${field}`, (callback as Readonly<Record<string, unknown>>)[field]);
}

/** @throws InvalidOptionError */
export function checkText(field: string, value: unknown): void {
  if (value !== undefined && typeof value !== "string") throw new InvalidOptionError(field, `must be a text, not ${preview(value)}`);
}
