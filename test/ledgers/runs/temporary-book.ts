import { onTestFinished } from "vitest";
import { openDaybook } from "../../../src/index.js";
import type { Daybook, DaybookOptions, RecordedEvent } from "../../../src/index.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

/** An open daybook that is closed when the test has ended; in a folder of its own unless one is given. Not durable, to be quick. */
export async function temporaryBook(options: DaybookOptions = {}, root = temporaryFolder()): Promise<Daybook> {
  const book = await openDaybook(root, { participantId: "tester", durability: "os", ...options });
  onTestFinished(() => book.close());
  return book;
}

/** The last seq: what appends nothing leaves it as it is. */
export async function headSeq(book: Daybook): Promise<number> {
  return (await book.log.head()).seq;
}

/** Events of the log. */
export async function eventsOf(book: Daybook, stream?: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of book.log.read(stream === undefined ? {} : { stream })) events.push(event);
  return events;
}
