import { isUtf8 } from "node:buffer";
import { parseEvent } from "../envelope.js";

/** What the lines of a commit are, whose hash is right. */
export type CommitEvents =
  | { readonly kind: "events"; readonly firstSeq: number; readonly lastSeq: number; readonly count: number; readonly from: string; readonly to: string }
  | { readonly kind: "bad"; readonly problem: string };

/**
 * Looks at every line of a commit, from `start` to `end`; on its closing line the event ends at `eventEnd`, before `,"sync":`.
 * @param gaps seqs may rise with gaps, as in a rewritten segment
 */
export function eventsOfCommit(bytes: Buffer, start: number, end: number, eventEnd: number, gaps: boolean): CommitEvents {
  if (!isUtf8(bytes.subarray(start, end))) return { kind: "bad", problem: "a commit is not UTF-8" };
  let firstSeq: number | undefined;
  let [lastSeq, count, from, to] = [0, 0, "", ""];
  try {
    for (let line = start; line < end; ) {
      const lf = bytes.indexOf(0x0a, line);
      const text = lf + 1 >= end ? `${bytes.toString("utf8", line, eventEnd)}}` : bytes.toString("utf8", line, lf);
      const event = parseEvent(text, lastSeq, gaps || firstSeq === undefined);
      if (event.time < to) return { kind: "bad", problem: "the times of a commit go back" };
      firstSeq ??= event.seq;
      if (count === 0) from = event.time;
      lastSeq = event.seq;
      to = event.time;
      count += 1;
      line = lf + 1;
    }
  } catch (error) {
    return { kind: "bad", problem: `a line of a commit is no event (${error instanceof Error ? error.message : String(error)})` };
  }
  return firstSeq === undefined ? { kind: "bad", problem: "a commit has no line" } : { kind: "events", firstSeq, lastSeq, count, from, to };
}
