import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { RecordedEvent } from "../../../src/index.js";
import "../../support/fast-check-seed.js";
import { copyOf, readAll, segmentFiles, writeSmallLog } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { commitsOf, repaired } from "./original.js";
import type { OriginalCommit } from "./original.js";

/** A harm that is done to one segment file, at a place given as a share of its length. */
type Harm =
  | { readonly kind: "flip"; readonly segment: number; readonly at: number; readonly bit: number }
  | { readonly kind: "zeros"; readonly segment: number; readonly at: number; readonly length: number }
  | { readonly kind: "cut"; readonly segment: number; readonly at: number }
  | { readonly kind: "take out"; readonly segment: number; readonly at: number; readonly length: number }
  | { readonly kind: "remove"; readonly segment: number };

const segment = fc.nat({ max: 20 });
const at = fc.double({ min: 0, max: 1, noNaN: true });
const harm: fc.Arbitrary<Harm> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("flip" as const), segment, at, bit: fc.nat({ max: 7 }) }) },
  fc.record({ kind: fc.constant("zeros" as const), segment, at, length: fc.integer({ min: 1, max: 600 }) }),
  fc.record({ kind: fc.constant("cut" as const), segment, at }),
  fc.record({ kind: fc.constant("take out" as const), segment, at, length: fc.integer({ min: 1, max: 600 }) }),
  fc.record({ kind: fc.constant("remove" as const), segment }),
);

let original: string;
let events: RecordedEvent[];
let commits: OriginalCommit[];

beforeAll(async () => {
  original = mkdtempSync(join(tmpdir(), "daybook-repair-"));
  await writeSmallLog(original, 60, 4096);
  events = await readAll(original);
  commits = commitsOf(original);
  return () => rmSync(original, { recursive: true, force: true });
});

/** Harms a copy; the commits whose bytes are all still there, behind the same digits. */
function harmed(root: string, harms: readonly Harm[]): OriginalCommit[] {
  const names = segmentFiles(root);
  let intact = commits;
  for (const one of harms) {
    const name = names[one.segment % names.length] as string;
    const path = join(root, "log", name);
    let bytes;
    try {
      bytes = readFileSync(path);
    } catch {
      continue;
    }
    const place = one.kind === "remove" || bytes.length === 0 ? 0 : Math.min(bytes.length - 1, Math.floor(one.at * bytes.length));
    const touched = (from: number, to: number): void => void (intact = intact.filter((commit) => commit.segment !== name || commit.end <= from || commit.from >= to));
    switch (one.kind) {
      case "flip":
        if (bytes.length > 0) bytes[place] = (bytes[place] as number) ^ (1 << one.bit);
        touched(place, place + 1);
        break;
      case "zeros":
        bytes.fill(0, place, Math.min(bytes.length, place + one.length));
        touched(place, place + one.length);
        break;
      case "cut":
        bytes = bytes.subarray(0, place);
        touched(place, Infinity);
        break;
      case "take out":
        // What stands behind is still there, behind the digits that it continues on, unless these are what was taken.
        bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + one.length)]);
        touched(place, place + one.length);
        if (harms.length > 1) touched(0, Infinity);
        break;
      case "remove":
        rmSync(path);
        touched(0, Infinity);
        continue;
    }
    writeFileSync(path, bytes);
  }
  return intact;
}

describe("a repair", () => {
  it("of whatever damage keeps every event that can be read, serves none that is not as it was, and says which are lost", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(harm, { minLength: 1, maxLength: 3 }), async (harms) => {
        const root = copyOf(original);
        const intact = harmed(root, harms);
        const { report, events: kept, faults } = await repaired(root, join(temporaryFolder(), "new"));
        expect(faults).toEqual([]);
        // Nothing that is not as it was.
        for (const event of kept) expect(event).toEqual(events[event.seq - 1]);
        // Nothing lost that can be read.
        const seqs = new Set(kept.map(({ seq }) => seq));
        for (const { firstSeq, lastSeq } of intact) for (let seq = firstSeq; seq <= lastSeq; seq += 1) expect(seqs, `seq ${seq}`).toContain(seq);
        // What is lost and what is kept are all there was, up to where the log is known to have gone.
        const lost = report.lost.flatMap(({ from, to }) => (to === undefined ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index)));
        expect([...seqs, ...lost].sort((a, b) => a - b)).toEqual(Array.from({ length: Math.max(report.head.seq, 0) }, (_, index) => index + 1));
        expect(report.events).toBe(kept.length);
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 10 },
    );
  });
});
