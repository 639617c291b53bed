import { readFully, closeQuietly } from "../file-system.js";
import type { LogFileSystem } from "../file-system.js";
import type { ManifestEntry } from "../manifest.js";
import type { LogFault } from "../port.js";
import { signerIdOf } from "./keys.js";
import type { SignatureJudge } from "./keys.js";
import { signedLine } from "./signed-line.js";

const manifestFileName = "manifest.ndjson";

/** What one key has signed of a manifest. */
export interface SignatureFindings {
  /** Last seq of the last line with a good signature: that line's `prev` covers all before it. 0: none. */
  readonly to: number;
  readonly faults: readonly LogFault[];
  readonly notes: readonly string[];
}

/** Judges the signatures of the lines of a manifest, as read and found to be a chain. */
export function checkSignatures(files: LogFileSystem, path: string, entries: readonly ManifestEntry[], judge: SignatureJudge): SignatureFindings {
  const faults: LogFault[] = [];
  const others = new Map<string, { from: number; to: number; lines: number }>();
  const bare: { from: number; to: number }[] = [];
  let to = 0;
  let offset = 0;
  for (const [index, line] of manifestLines(files, path, entries.length).entries()) {
    const { first, last, sig } = entries[index] as ManifestEntry;
    // The last key of the line, or it is not what was signed.
    const signed = signedLine(line);
    const verdict = sig === undefined ? "none" : signed === undefined ? "bad" : judge.judge(signed.text, signed.signature);
    if (verdict === "good") to = last;
    else if (bare.at(-1)?.to === first - 1) (bare.at(-1) as { to: number }).to = last;
    else bare.push({ from: first, to: last });
    if (verdict === "bad") faults.push({ kind: "signature", segment: manifestFileName, offset, seq: first, message: `the signature on the line of seq ${first} to ${last} does not fit the line` });
    if (verdict === "other") {
      const by = signerIdOf(sig ?? "") ?? "something unknown";
      const known = others.get(by);
      others.set(by, { from: known?.from ?? first, to: last, lines: (known?.lines ?? 0) + 1 });
    }
    offset += Buffer.byteLength(line) + 1;
  }
  const notes = [...others].map(([by, { from, to: last, lines }]) => `${lines} of the manifest's lines, between seq ${from} and ${last}, are signed by ${by}, which counts for nothing here`);
  // Who signed a later line took these as they were by then: whoever had changed them before has that signed, too.
  const late = bare.filter((range) => range.to < to).map((range) => `${range.from} to ${range.to}`);
  if (late.length > 0) notes.push(`seq ${late.join(", ")} were sealed without ${judge.id}: a later line vouches for them, as they were when that was signed, and no earlier`);
  return { to, faults, notes };
}

/**
 * With a key, every closed segment has to be covered by a signature of it; only the newest closed one may still wait for its seal. What
 * no signature can cover, the active segment, is noted.
 * @param to the last seq that is covered, by the manifest or by a signed head
 * @param lastSeq the last one of the log
 */
export function checkCoverage(id: string, to: number, lastSeq: number, segments: readonly number[], entries: readonly ManifestEntry[]): Omit<SignatureFindings, "to"> {
  const faults: LogFault[] = [];
  const notes: string[] = [];
  const fault = (seq: number, message: string): void => void faults.push({ kind: "signature", segment: manifestFileName, offset: 0, seq, message });
  if (to === 0) fault(1, `no signature of ${id} covers anything of this log${entries.length === 0 ? ": nothing is sealed yet. A signed head covers what is not (`daybook head --key FILE`, then `verify --since`)" : ""}`);
  const bare = entries.filter(({ last }) => last > to);
  const from = bare[0]?.first;
  if (to > 0 && from !== undefined) fault(Math.max(from, to + 1), `seq ${Math.max(from, to + 1)} to ${bare.at(-1)?.last} are sealed, and no signature of ${id} covers them`);
  const sealedTo = entries.at(-1)?.last ?? 0;
  const closed = segments.slice(0, -1).filter((first) => first > sealedTo);
  // The next segment begins behind the last seq of this one.
  const late = closed.slice(0, -1).filter((first) => (segments[segments.indexOf(first) + 1] as number) - 1 > to);
  if (to > 0 && late.length > 0) fault(late[0] as number, `${late.length === 1 ? "a closed segment" : `${late.length} closed segments`} from seq ${late[0]} on ${late.length === 1 ? "has" : "have"} no line in the manifest, so that no signature covers ${late.length === 1 ? "it" : "them"}; opening the daybook for writing with the key seals them`);
  const open = Math.max(to, (closed.at(-1) ?? segments.at(-1) ?? 1) - 1);
  if (to > 0 && lastSeq > open) notes.push(`seq ${open + 1} to ${lastSeq} are not sealed yet, and no signature covers them; a signed head does (\`daybook head --key FILE\`)`);
  return { faults, notes };
}

/** The first lines of a manifest, without their LF: as many as were found to be good. */
function manifestLines(files: LogFileSystem, path: string, count: number): string[] {
  if (count === 0) return [];
  const fd = files.openSync(path, "r");
  try {
    const bytes = Buffer.alloc(files.fstatSync(fd).size);
    return bytes.toString("utf8", 0, readFully(files, fd, bytes, bytes.length, 0)).split("\n", count);
  } finally {
    closeQuietly(files, fd);
  }
}
