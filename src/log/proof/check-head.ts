import { isDaybookError } from "../../base/errors.js";
import { closeQuietly } from "../file-system.js";
import { parseSegmentFileName, segmentFileName } from "../format.js";
import { readHeader } from "../header.js";
import type { Manifest, ManifestEntry } from "../manifest.js";
import type { LogFault } from "../port.js";
import { segmentPath } from "../segment-list.js";
import type { LogPlace } from "../segment-walker.js";
import type { SignatureJudge } from "./keys.js";
import { signedHead } from "./saved-head.js";
import type { SavedHead, SegmentPart } from "./saved-head.js";
import { digestOfPart } from "./segment-digest.js";

/** What a log is held against. */
export interface HeadCheck {
  readonly head: SavedHead;
  readonly place: LogPlace;
  /** Undefined where daybook.json or the manifest is at fault, which is told elsewhere. */
  readonly manifest: Manifest | undefined;
  /** With one, the head has to be signed by it. */
  readonly judge: SignatureJudge | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Whether a log still has everything that it had when a head was saved, unchanged: the signature, the manifest's chain up to the head,
 * and the bytes behind it. That sealed segments are as their lines say is for the caller to check.
 */
export async function checkHead(check: HeadCheck): Promise<{ readonly faults: readonly LogFault[]; readonly notes: readonly string[] }> {
  const { head, place, judge } = check;
  const faults: LogFault[] = [];
  const notes: string[] = [];
  const fault = (message: string): void => void faults.push({ kind: "head", segment: head.segment, offset: head.bytes, seq: head.seq, message });
  if (head.root !== place.root) {
    fault(`the head was saved of another root (${head.root})`);
    return { faults, notes };
  }
  const unsigned = judge === undefined ? undefined : signatureProblem(head, judge);
  if (unsigned !== undefined) fault(unsigned);
  if (judge === undefined && head.sig !== undefined) notes.push("the head is signed; `--key` would check that");
  const chain = check.manifest === undefined ? undefined : chainProblem(head, check.manifest);
  if (chain !== undefined) fault(`${chain}${rewrittenBefore(check)}`);
  for (const part of head.unsealed ?? []) {
    const problem = await partProblem(check, part);
    if (problem !== undefined) faults.push({ kind: "head", segment: part.segment, offset: 0, seq: firstOf(part), message: problem });
  }
  const problem = await partProblem(check, head);
  if (problem !== undefined) fault(problem);
  return { faults, notes };
}

function signatureProblem(head: SavedHead, judge: SignatureJudge): string | undefined {
  const signed = signedHead(head);
  if (signed === undefined) return `the head is not signed, where a signature of ${judge.id} is asked for`;
  switch (judge.judge(signed.text, signed.signature)) {
    case "good":
      return undefined;
    case "bad":
      return `the head does not fit its signature: it is not as ${judge.id} signed it`;
    case "other":
      return `the head is signed by another key than ${judge.id}`;
  }
}

/** The line before the head's segment, or daybook.json, is the one that the head names. */
function chainProblem({ sealed, chain }: SavedHead, { entries, chain: last }: Manifest): string | undefined {
  const index = sealed === 0 ? -1 : entries.findIndex((entry: ManifestEntry) => entry.last === sealed);
  if (sealed > 0 && index === -1) return `the manifest has no line that ends at seq ${sealed}, which it had when the head was saved: lines were taken away`;
  // What the next line continues on.
  const now = entries[index + 1]?.prev ?? last;
  if (now === chain) return undefined;
  return sealed === 0 ? "daybook.json is not as it was when the head was saved" : `the manifest up to seq ${sealed} is not as it was when the head was saved`;
}

/** Where a segment before the head has been rewritten, that is why the manifest is another. */
function rewrittenBefore({ head, place, manifest }: HeadCheck): string {
  const gens = (manifest?.entries ?? []).filter(({ first }) => first <= head.sealed).map(({ first }) => ({ first, gen: generation(place, first) }));
  const found = gens.find(({ gen }) => gen !== undefined);
  return found === undefined ? "" : `. ${segmentFileName(found.first)} is a rewritten segment (gen ${found.gen}): ${otherBytes}`;
}

const otherBytes = "its events may be the same, its bytes are not those that the head speaks of. Compare it with a copy, and save a new head";

/** The bytes that a segment began with are still there. */
async function partProblem({ place, signal }: HeadCheck, part: SegmentPart): Promise<string | undefined> {
  const first = firstOf(part);
  const size = place.files.statSync(segmentPath(place, first))?.size;
  if (size === undefined) return "the segment is missing: the log does not go on to where it was when the head was saved";
  let sha256: string | undefined;
  try {
    sha256 = await digestOfPart(place, first, part.bytes, signal);
  } catch (error) {
    // Compressed by now, and damaged since. All other faults are still to be told.
    if (!isDaybookError(error, "LOG_CORRUPT")) throw error;
    return "the segment cannot be decompressed, so that nobody can tell whether it is as it was when the head was saved";
  }
  if (sha256 === part.sha256) return undefined;
  const gen = generation(place, first);
  if (gen !== undefined) return `the segment has been rewritten (gen ${gen}): ${otherBytes}`;
  if (size < part.bytes) return `the segment has ${size} bytes, and had ${part.bytes} when the head was saved: its end was cut off`;
  return `the first ${part.bytes} bytes of the segment are not as they were when the head was saved`;
}

/** The generation of a rewritten segment; a header that cannot be read is told by whoever walks the segment. */
function generation(place: LogPlace, first: number): number | undefined {
  if (place.files.statSync(segmentPath(place, first)) === undefined) return undefined;
  const fd = place.files.openSync(segmentPath(place, first), "r");
  try {
    return readHeader(place.files, fd, place.root, first).rewritten?.gen;
  } catch (error) {
    if (!isDaybookError(error)) throw error;
    return undefined;
  } finally {
    closeQuietly(place.files, fd);
  }
}

const firstOf = (part: SegmentPart): number => parseSegmentFileName(part.segment) as number;
