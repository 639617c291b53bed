import type { Commit } from "../../format/independent-reader.js";
import type { Original } from "./original.js";

/** What has to be found, worked out from the log as it was. */
export type Expected =
  | { readonly verdict: "damage" | "torn"; readonly segment: string; readonly offset: number; readonly served: number }
  /** A header in which a format or feature may be named that is too new; else damage at byte 0. */
  | { readonly verdict: "header"; readonly segment: string; readonly served: number };

const closingBytes = 28;

/**
 * The verdict on one changed byte of a segment, by section 9 of docs/format.md: the commit with the byte is bad; it is damage if a later segment
 * exists, or if a commit behind it that still matches its own hash says that it was durable.
 */
export function expectedOfFlip(original: Original, path: string, offset: number): Expected {
  const segment = path.slice("log/".length);
  const commits = original.commits.filter((commit) => commit.segment === segment);
  const hit = commits.findIndex((commit) => offset >= commit.start && offset < commit.end);
  const [first] = commits;
  if (hit === -1) return { verdict: "header", segment, served: (first as Commit).firstSeq - 1 };
  const bad = commits[hit] as Commit;
  const place = { segment, offset: bad.start, served: bad.firstSeq - 1 };
  if (path !== original.segments.at(-1)) return { verdict: "damage", ...place };
  // In the closing line's last bytes the next commit loses what its hash begins with, or becomes a part of the bad one.
  const next = offset >= bad.end - closingBytes ? 2 : 1;
  const vouched = commits.slice(hit + next).some(({ sync }) => sync >= bad.firstSeq);
  return { verdict: vouched ? "damage" : "torn", ...place };
}
