import { sha256Hex } from "../manifest.js";
import type { ManifestEntry } from "../manifest.js";
import { digestSegment } from "../sealing.js";
import type { LogPlace } from "../segment-walker.js";
import type { RepairPlan } from "./plan-repair.js";

/**
 * The manifest of a log that was just written: a line for every closed segment. A line that says what the old one said is the old one, with its
 * signature, if it has one. Behind the last line of a log that is signed it makes none: its next writer signs them. @throws LogCorruptError
 */
export async function manifestOf(
  place: LogPlace,
  { segments, active }: RepairPlan,
  description: Buffer,
  sealed: readonly ManifestEntry[],
  signal: AbortSignal | undefined,
): Promise<{ readonly entries: readonly ManifestEntry[]; readonly bytes: Buffer }> {
  const firsts = [...segments.map(({ first }) => first), ...(active === undefined ? [] : [active.first])];
  const entries: ManifestEntry[] = [];
  const lines: string[] = [];
  const sealedTo = sealed.at(-1)?.sig === undefined ? Infinity : (sealed.at(-1) as ManifestEntry).last;
  let prev = sha256Hex(description);
  for (const [index, first] of firsts.slice(0, -1).entries()) {
    signal?.throwIfAborted();
    if (first > sealedTo) break;
    const made: ManifestEntry = { ...(await digestSegment(place, first, firsts[index + 1] as number)), prev };
    const old = sealed.find((entry) => entry.first === first);
    const { sig, ...content } = old ?? made;
    const entry = sig !== undefined && JSON.stringify(content) === JSON.stringify(made) ? { ...made, sig } : made;
    const line = JSON.stringify(entry);
    prev = sha256Hex(line);
    entries.push(entry);
    lines.push(`${line}\n`);
  }
  return { entries, bytes: Buffer.from(lines.join(""), "utf8") };
}
