import { setImmediate as nextTurn } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Observable } from "rxjs";
import type { Subscriber } from "rxjs";
import { ChangeSignal } from "../../../base/change-signal.js";
import type { OperationTransport } from "../transport.js";

/** What was seen at a look. */
export interface Look<T> {
  readonly value: T;
  /** Nothing will change any more: the stream completes behind this value. */
  readonly last?: boolean;
}

/**
 * What `look` finds, at once and then whenever it has changed, as a cold Observable: for a subscriber that is slow the newest, not every one. Looks are made one at a time, when the log has grown.
 * Each value is a copy. Completes when the transport closes; unsubscribing frees what watches. Errors: those of `look`.
 * @param told what of a value has to differ for it to be told. Default: anything
 */
export function observeTransport<T>(transport: OperationTransport, look: () => Promise<Look<T>>, told: (value: T) => unknown = (value) => value): Observable<T> {
  return new Observable<T>((subscriber) => {
    const changes = new ChangeSignal();
    let closed = false;
    // Before the first look: what is appended between looking and waiting raises the signal.
    const unwatch = transport.watch(() => changes.raise());
    const stayOpen = transport.onClose(() => close());
    const close = (): void => {
      if (closed) return;
      closed = true;
      unwatch();
      stayOpen();
      changes.raise();
    };
    void pump(subscriber, look, told, changes, () => closed).finally(close);
    return close;
  });
}

async function pump<T>(subscriber: Subscriber<T>, look: () => Promise<Look<T>>, told: (value: T) => unknown, changes: ChangeSignal, isClosed: () => boolean): Promise<void> {
  let before: { readonly told: unknown } | undefined;
  try {
    while (!isClosed()) {
      const { value, last = false } = await look();
      if (isClosed()) break;
      const now = { told: told(value) };
      if (before === undefined || !isDeepStrictEqual(before.told, now.told)) {
        before = structuredClone(now);
        subscriber.next(structuredClone(value));
        // A log that grows all the time must not keep the rest of the process from its work.
        await nextTurn();
      }
      if (last) break;
      await changes.wait();
    }
    subscriber.complete();
  } catch (error) {
    // What fails because it was closed under our hands has not failed.
    if (isClosed()) subscriber.complete();
    else subscriber.error(error);
  }
}
