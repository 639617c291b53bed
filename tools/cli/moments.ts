import type { Daybook, Moment } from "../../src/index.js";
import { readMoment } from "./moment.js";

/** How a moment is written where the end of the log may be named too, for help texts. */
export const momentForms = "a seq (digits only), a time such as 2026-11-21T23:04 (local without a zone), how long ago (2h), or head";

/** As {@link readMoment}, and `head` is the log's. @throws UsageError naming the option */
export async function momentOf(book: Daybook, option: string, text: string): Promise<Moment> {
  return text === "head" ? (await book.log.head()).seq : readMoment(text, option);
}
