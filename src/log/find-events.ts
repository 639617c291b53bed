import type { RecordedEvent } from "../events/recorded-event.js";
import type { EventQuery, LogBackend } from "./port.js";
import { isWithin } from "./streams.js";

/** The events of a stream and of everything below it, in order, as they were written. Uses the backend's index where it has one. @throws LogCorruptError */
export function findEvents(backend: LogBackend, query: EventQuery): AsyncIterable<RecordedEvent> {
  return backend.find?.(query) ?? scanFor(backend, query);
}

/**
 * The seq of the last event whose `time` is not after a moment (ISO 8601, UTC, milliseconds); 0 when there is none.
 * @throws LogCorruptError
 */
export async function lastSeqAt(backend: LogBackend, time: string): Promise<number> {
  return backend.lastSeqAt === undefined ? scanForTime(backend, time) : backend.lastSeqAt(time);
}

async function* scanFor(backend: LogBackend, { stream, from, to }: EventQuery): AsyncGenerator<RecordedEvent> {
  for await (const event of eventsFrom(backend, Math.max(0, from - 1))) {
    if (event.seq > to) return;
    if (isWithin(event.stream, stream)) yield event;
  }
}

async function scanForTime(backend: LogBackend, time: string): Promise<number> {
  let last = 0;
  for await (const event of eventsFrom(backend, 0)) {
    if (event.time > time) break;
    last = event.seq;
  }
  return last;
}

/** All events behind a seq, in order, as they were written. @throws LogCorruptError */
export async function* eventsFrom(backend: LogBackend, after: number): AsyncGenerator<RecordedEvent> {
  const reader = await backend.reader(after);
  try {
    for (;;) {
      const batch = reader.pull();
      if (batch !== undefined) {
        yield* batch.events;
        continue;
      }
      if (reader.suspect) await backend.confirm(reader);
      return;
    }
  } finally {
    reader.close();
  }
}
