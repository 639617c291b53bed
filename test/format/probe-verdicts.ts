import { isDaybookError, openDaybook } from "../../src/index.js";
import type { LogCorruptError } from "../../src/index.js";
import { readLog } from "./independent-reader.js";

/** What a reader makes of a log folder, so far as two readers have to agree on it (docs/format.md, sections 9 and 16). */
export interface Verdict {
  readonly verdict: "good" | "torn" | "damage" | "too-new";
  /** The first seq behind the good end. */
  readonly next?: number | undefined;
  /** Where it is torn or damaged, as `segment@offset` and seq or size. */
  readonly place?: string | undefined;
}

/** The verdict of the reader that knows only the document. */
export function independentVerdict(root: string): Verdict {
  const { goodEnd, torn, damage, tooNew } = readLog(root);
  const next = goodEnd?.seq ?? 1;
  if (tooNew !== undefined) return { verdict: "too-new" };
  if (damage !== undefined) return { verdict: "damage", next, place: `${damage.segment}@${damage.offset} seq ${damage.seq}` };
  return torn === undefined ? { verdict: "good", next } : { verdict: "torn", next, place: `${torn.segment}@${torn.offset}: ${torn.bytes} bytes` };
}

/** The verdict of the library, by a read-only opening and a full check. */
export async function libraryVerdict(root: string): Promise<Verdict> {
  try {
    await using book = await openDaybook(root, { readOnly: true });
    const next = (await book.log.head()).seq + 1;
    const { faults, notes } = await book.verify({ full: true });
    // What is wrong in the manifest alone is no verdict on the events (section 10).
    const real = faults.filter(({ kind }) => kind !== "seal" && kind !== "manifest"); const fault = real.find((x) => x.kind !== "missing" && !(x.kind === "header" && real.some((y) => y.kind === "missing"))) ?? real[0];
    if (fault !== undefined) return { verdict: "damage", next, place: `${fault.segment}@${fault.offset} seq ${fault.seq}` };
    const torn = notes.map((note) => /([0-9]{20}\.ndjson) has a torn tail from byte ([0-9]+): ([0-9]+) bytes/.exec(note)).find((match) => match !== null);
    return torn ? { verdict: "torn", next, place: `${torn[1]}@${torn[2]}: ${torn[3]} bytes` } : { verdict: "good", next };
  } catch (error) {
    if (isDaybookError(error, "FORMAT_TOO_NEW")) return { verdict: "too-new" };
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    const { segment, offset, seq } = error as LogCorruptError;
    return { verdict: "damage", next: 1, place: `${segment}@${offset} seq ${seq}` };
  }
}
