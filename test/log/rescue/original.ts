import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { openDaybook, repairLog } from "../../../src/index.js";
import type { RecordedEvent, RepairReport } from "../../../src/index.js";
import { commitEnds } from "../../support/commit-ends.js";
import { readAll, segmentFiles } from "../../support/small-log.js";

/** A commit of a log as it was written: where it lies, and the bytes that its hash covers, the digits included. */
export interface OriginalCommit {
  readonly segment: string;
  /** The first byte that its hash covers: the digits of the commit before, or the header. */
  readonly from: number;
  readonly start: number;
  readonly end: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** The commits of a log, found without any of its code. */
export function commitsOf(root: string): OriginalCommit[] {
  let seq = 0;
  return segmentFiles(root).flatMap((segment) => {
    const bytes = readFileSync(join(root, "log", segment));
    let start = bytes.indexOf(0x0a) + 1;
    return commitEnds(bytes).map((end, index) => {
      const commit = { segment, from: index === 0 ? 0 : start - 19, start, end: end.offset, firstSeq: seq + 1, lastSeq: end.seq };
      start = end.offset;
      seq = end.seq;
      return commit;
    });
  });
}

/** The bytes of the files of a folder, by their path. */
export function contentOf(folder: string): Record<string, string> {
  const content: Record<string, string> = {};
  const take = (from: string): void => {
    for (const name of readdirSync(from)) {
      const path = join(from, name);
      if (statSync(path).isDirectory()) take(path);
      else content[relative(folder, path)] = readFileSync(path).toString("latin1");
    }
  };
  take(folder);
  return content;
}

/** Repairs a root and looks at the outcome as anybody would: opens it for writing, verifies every byte, appends, and reads it all. */
export async function repaired(root: string, to: string): Promise<{ readonly report: RepairReport; readonly events: RecordedEvent[]; readonly faults: unknown }> {
  const report = await repairLog(root, to);
  const events = await readAll(to, { readOnly: true });
  const book = await openDaybook(to, { participantId: "after" });
  try {
    const before = await book.verify({ full: true });
    const quick = await book.verify();
    const { firstSeq } = await book.log.append({ stream: "note/after", type: "note.taken", data: {} });
    const after = await book.verify({ full: true });
    const seqs = firstSeq === report.head.seq + 1 ? [] : [`appended at ${firstSeq} behind ${report.head.seq}`];
    return { report, events, faults: [...before.faults, ...before.notes, ...quick.faults, ...after.faults, ...seqs] };
  } finally {
    await book.close();
  }
}
