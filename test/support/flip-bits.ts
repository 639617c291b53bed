import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { isDaybookError, openDaybook } from "../../src/index.js";
import type { LogCorruptError } from "../../src/index.js";
import { commitEnds } from "./commit-ends.js";

/** A flipped bit that was not found, or not where it is. */
export interface MissedFlip {
  readonly offset: number;
  readonly problem: string;
}

/**
 * Flips one bit of every `stride`-th byte of a segment before `until`, one at a time, and says which of them a full check
 * or an opening for writing missed.
 */
export async function missedFlips(root: string, segment: string, until: number, stride: number): Promise<MissedFlip[]> {
  const whole = readFileSync(segment);
  const ends = [{ offset: whole.indexOf(0x0a) + 1, seq: 0 }, ...commitEnds(whole)];
  const missed: MissedFlip[] = [];
  for (let offset = 0; offset < until; offset += stride) {
    const flipped = Buffer.from(whole);
    flipped[offset] = (flipped[offset] as number) ^ (1 << (offset % 8));
    writeFileSync(segment, flipped);
    const problem = (await problemOfVerify(root, basename(segment), offset, ends)) ?? (await problemOfOpening(root));
    if (problem !== undefined) missed.push({ offset, problem });
  }
  writeFileSync(segment, whole);
  return missed;
}

async function problemOfVerify(root: string, segment: string, offset: number, ends: readonly { readonly offset: number }[]): Promise<string | undefined> {
  // The place named is where the commit with the flipped byte begins. A flip in the header shows there or in the first commit.
  const commitStart = ends.findLast((end) => end.offset <= offset)?.offset ?? 0;
  try {
    const book = await openDaybook(root, { readOnly: true });
    const { ok, faults } = await book.verify({ full: true });
    await book.close();
    if (ok) return "verify --full finds nothing";
    const first = faults.find((fault) => fault.segment === segment);
    if (first === undefined) return "verify --full names another file";
    return first.offset === commitStart || (offset < (ends[0]?.offset ?? 0) && first.offset <= (ends[0]?.offset ?? 0)) ? undefined : `verify --full names byte ${first.offset}`;
  } catch (error) {
    // The first segment's header: there is nothing to serve at all, and the error says where.
    return isDaybookError(error, "FORMAT_TOO_NEW") || (isDaybookError(error, "LOG_CORRUPT") && (error as LogCorruptError).segment === segment) ? undefined : String(error);
  }
}

async function problemOfOpening(root: string): Promise<string | undefined> {
  try {
    const book = await openDaybook(root);
    await book.close();
    return "opening for writing does not refuse";
  } catch (error) {
    return refused(error) ? undefined : String(error);
  }
}

/** A flip that turns the header's format number into a higher one cannot be told from a later format: refused as that. */
const refused = (error: unknown): boolean => isDaybookError(error, "LOG_CORRUPT") || isDaybookError(error, "FORMAT_TOO_NEW");

