import type { Daybook, Moment } from "../../src/index.js";
import { UsageError } from "./errors.js";
import { readSince } from "./since.js";

/** How a moment is written, for help texts. */
export const momentForms = "a seq (digits only), a time such as 2026-11-21T23:04 (local without a zone), how long ago (2h), or head";

/** Reads a seq, a time as `--since` takes it, or `head`. @throws UsageError naming the option */
export async function readMoment(book: Daybook, option: string, text: string): Promise<Moment> {
  if (text === "head") return (await book.log.head()).seq;
  return parseMoment(option, text, Date.now());
}

/** As {@link readMoment}, without `head`, which only a log knows. @throws UsageError */
export function parseMoment(option: string, text: string, nowMs: number): Moment {
  if (/^\d+$/.test(text)) {
    if (Number.isSafeInteger(Number(text))) return Number(text);
    throw new UsageError(`${option} ${text}: no log has such a seq`);
  }
  try {
    return new Date(readSince(text, nowMs));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${option} ${text}: write ${momentForms}`);
  }
}

/** Does something with the daybook as of `--at`, or as it is where that was not given. */
export async function asOf<T>(book: Daybook, at: string | undefined, work: (book: Daybook) => Promise<T>): Promise<T> {
  if (at === undefined) return work(book);
  await using past = await book.at(await readMoment(book, "--at", at));
  return await work(past);
}
