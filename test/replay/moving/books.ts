import { onTestFinished } from "vitest";
import type { Daybook, ExportOptions, ExportedEvent, CloudEvent, EventImportReport, RecordedEvent } from "../../../src/index.js";
import { openDaybook } from "../../../src/index.js";
import type { AppendEvent } from "../../../src/log/port.js";
import { openMemoryDaybook } from "../../../src/testing.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

/** A daybook in memory that is closed when the test has ended. */
export async function memoryBook(participantId = "here"): Promise<Daybook> {
  const book = await openMemoryDaybook({ participantId });
  onTestFinished(() => book.close());
  return book;
}

/** A daybook in a folder of its own, with small segments. */
export async function fileBook(participantId = "here", root = temporaryFolder()): Promise<Daybook> {
  const book = await openDaybook(root, { participantId, segmentBytes: 4096 });
  onTestFinished(() => book.close());
  return book;
}

/** Everything that an iteration gives. */
export async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

/** Appends with what callers of the port may say beside the event. */
export async function put(book: Daybook, ...events: AppendEvent[]): Promise<void> {
  await book.core.backend.append(events, book.log.context);
}

export const measured = (stream: string, celsius: number, more: Partial<AppendEvent> = {}): AppendEvent => ({ stream, type: "sample.measured", data: { celsius }, ...more });

/** Lines as a file has them, at most so many bytes a chunk. */
export function* chunksOf(values: readonly unknown[], bytes = 1000): Generator<Buffer> {
  const text = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  for (let at = 0; at < text.length; at += bytes) yield text.subarray(at, at + bytes);
}

export const ndjson = (book: Daybook, options: ExportOptions = {}): Promise<ExportedEvent[]> => all(book.export({ ...options, format: "ndjson" }));
export const cloudEvents = (book: Daybook, options: ExportOptions = {}): Promise<CloudEvent[]> => all(book.export({ ...options, format: "cloudevents" }));

/** Imports lines, as bytes. */
export const importLines = (book: Daybook, values: readonly unknown[]): Promise<EventImportReport> => book.import(chunksOf(values));

/** Events without what an import changes: seqs, times of appending, and what the log tells of itself. Causes by the place of the event they name. */
export function essence(events: readonly RecordedEvent[]): object[] {
  const own = events.filter(({ type }) => !type.startsWith("log."));
  const places = new Map(own.map(({ seq }, index) => [seq, index]));
  return own.map(({ time, stream, type, v, data, by, at = time, cause, id }) => ({ stream, type, v, data, by, at, id, cause: typeof cause === "number" ? places.get(cause) : cause }));
}
