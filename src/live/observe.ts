import { setImmediate as nextTurn } from "node:timers/promises";
import { Observable } from "rxjs";
import type { Subscriber } from "rxjs";
import type { Daybook } from "../daybook.js";
import type { Json, RecordedEvent } from "../events/recorded-event.js";
import { EventFeed } from "./event-feed.js";
import type { Feed } from "./feed.js";
import { resolveLiveOptions } from "./live-options.js";
import type { LiveOptions } from "./live-options.js";
import { ViewFeed } from "./view-feed.js";

/**
 * The events of the log as a cold Observable: for each subscriber those of the past and then those to come, of all
 * processes, each once and in order. Completes when the daybook is closed; unsubscribing frees every watcher and descriptor.
 *
 * The next batch is read once the subscriber has taken the last, so nothing piles up here. An Observable cannot wait for
 * an asynchronous subscriber, though: where each event takes long, loop over `followEvents` instead of buffering with
 * `concatMap` and its like.
 * @throws InvalidOptionError @throws InvalidIdError at the call. Errors: LogForkedError, LogCorruptError, LogClosedError,
 * InvalidEventError from an upcaster
 */
export function events$(book: Daybook, options: LiveOptions = {}): Observable<RecordedEvent> {
  const resolved = resolveLiveOptions(options);
  return observe(() => new EventFeed(book, resolved));
}

/**
 * A projection's view as a cold Observable: the present one at once, then the newest after each change of it; changes that
 * come together are one. Each is a copy. Completes when the daybook is closed.
 * Errors: ProjectionUnknownError, ProjectionFailedError, LogCorruptError, LogClosedError
 */
export function view$(book: Daybook, name: string): Observable<Json> {
  return observe(() => new ViewFeed(book, name));
}

function observe<T>(open: () => Feed<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const feed = open();
    void pump(feed, subscriber);
    return () => feed.close();
  });
}

async function pump<T>(feed: Feed<T>, subscriber: Subscriber<T>): Promise<void> {
  try {
    for (let values = await feed.next(); values !== undefined; values = await feed.next()) {
      for (const value of values) {
        // A handler may have unsubscribed, or closed the daybook.
        if (feed.closed) break;
        subscriber.next(value);
      }
      await nextTurn();
    }
    subscriber.complete();
  } catch (error) {
    subscriber.error(error);
  }
}
