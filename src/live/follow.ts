import { checkObject, checkSignal } from "../base/checks.js";
import type { Daybook } from "../daybook.js";
import type { Json, RecordedEvent } from "../events/recorded-event.js";
import { EventFeed } from "./event-feed.js";
import type { Feed } from "./feed.js";
import { resolveLiveOptions } from "./live-options.js";
import type { LiveOptions } from "./live-options.js";
import { ViewFeed } from "./view-feed.js";

/** How a loop over what comes is ended from outside. */
export interface FollowOptions {
  /** Ends the loop with the signal's reason, also while it waits. */
  readonly signal?: AbortSignal;
}

/**
 * The events of the log, those of the past and then those to come, of all processes, each once and in order. Pulled: the
 * loop's body may be as slow as it likes, memory does not grow. The loop ends when the daybook is closed; leaving it frees
 * what it held.
 * @throws InvalidOptionError @throws InvalidIdError at once; while it runs: @throws LogForkedError @throws LogCorruptError
 * @throws LogClosedError @throws InvalidEventError from an upcaster
 */
export function followEvents(book: Daybook, options: LiveOptions & FollowOptions = {}): AsyncIterableIterator<RecordedEvent> {
  const resolved = resolveLiveOptions(options);
  checkSignal(options.signal);
  return follow(() => new EventFeed(book, resolved), options.signal);
}

/**
 * A projection's view, and then again whenever it has changed: for a loop that is slow, the newest one, not every one.
 * Each is a copy. The loop ends when the daybook is closed.
 * @throws ProjectionUnknownError @throws ProjectionFailedError @throws LogCorruptError @throws LogClosedError
 */
export function followView(book: Daybook, name: string, options: FollowOptions = {}): AsyncIterableIterator<Json> {
  checkObject(options);
  checkSignal(options.signal);
  return follow(() => new ViewFeed(book, name), options.signal);
}

function follow<T>(open: () => Feed<T>, signal: AbortSignal | undefined): AsyncIterableIterator<T> {
  let feed: Feed<T> | undefined;
  const close = (): void => feed?.close();
  const generator = iterate(() => (feed = open()), close, signal);
  return {
    next: () => generator.next(),
    return: () => {
      // At once: a generator that waits for the next change would hear of it only after that.
      close();
      return generator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* iterate<T>(open: () => Feed<T>, close: () => void, signal: AbortSignal | undefined): AsyncGenerator<T, undefined> {
  signal?.throwIfAborted();
  signal?.addEventListener("abort", close, { once: true });
  try {
    const feed = open();
    for (let values = await feed.next(); values !== undefined; values = await feed.next()) {
      for (const value of values) {
        if (feed.closed) break;
        yield value;
      }
    }
    signal?.throwIfAborted();
    return undefined;
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}
