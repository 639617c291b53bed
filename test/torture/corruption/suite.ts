import { join } from "node:path";
import { Findings } from "../data/findings.js";
import { withoutWarnings } from "../data/quiet.js";
import { inScratch } from "../data/scratch.js";
import { Seeded } from "../data/seeded.js";
import type { Form, SuiteReport, TortureContext, TortureSuite } from "../suite.js";
import { Judge } from "./judge.js";
import { mutants } from "./mutants.js";
import type { Density } from "./mutants.js";
import { makeOriginal } from "./original.js";

const oneBit = (byte: number, offset: number): number => byte ^ (1 << offset % 8);
const otherBit = (byte: number, offset: number): number => byte ^ (1 << (offset * 5 + 3) % 8);

const densities: Readonly<Record<Form, Density>> = {
  ci: { patterns: [oneBit], flipEvery: 1, cutEvery: 7, insertEvery: 23 },
  long: { patterns: [oneBit, otherBit, () => 0, () => 0xff], flipEvery: 1, cutEvery: 1, insertEvery: 1 },
  sabotage: { patterns: [oneBit], flipEvery: 29, cutEvery: 101, insertEvery: 211 },
};
/** A mutant in so many is also written on, where that is allowed; one with a torn tail always. */
const thoroughEvery = 16;

async function run(context: TortureContext): Promise<SuiteReport> {
  const findings = new Findings(context.seed);
  const random = new Seeded(context.seed);
  return inScratch((folder) =>
    withoutWarnings(async () => {
      const root = join(folder, "log");
      const original = await makeOriginal(root);
      const other = await makeOriginal(join(folder, "other"));
      const judge = new Judge(root, original, findings);
      await judge.judge({ kind: "", what: "nothing changed", changed: new Map() }, true);
      const all = [...mutants(original, other.files, random, densities[context.form])];
      for (const [index, mutant] of all.entries()) {
        await judge.judge(mutant, index % thoroughEvery === 0);
        findings.count(mutant.kind);
        if (index % 200 === 0) context.progress(index, all.length, mutant.kind);
      }
      const bytes = [...original.files.values()].reduce((sum, file) => sum + file.length, 0);
      return findings.report({
        "the log that is damaged": `${original.events.length} events in ${original.commits.length} commits and ${original.segments.length} segments; ${bytes} bytes in ${original.files.size} files`,
      });
    }),
  );
}

/** Damages a small log in every way, and has each damage judged. */
export const suite: TortureSuite = {
  name: "corruption",
  promise: "Whatever happens to the bytes of a log, nothing wrong is ever returned: damage is reported where it is, or it lies in the torn tail by the rule of the format.",
  method:
    "A log of four segments (sealed, closed and active, with a manifest and snapshots) is damaged in one way after the other: every byte changed, every line dropped, doubled and swapped, " +
    "files cut, removed and exchanged, bytes put in and zeroed. Each time it is opened read-only and read whole with its views, checked in full, opened for writing and, where that is " +
    "allowed, written on. What is served must be a prefix of what was written. The verdict must be that of a reader written from docs/format.md alone, and, for a changed byte, the one worked out from the log as it was.",
  gaps: [
    "Bytes that are forged together with their hashes: the chain is no signature.",
    "More than one place damaged at once, but for pairs of files.",
    "The last commit, a last segment without a header, and a file cut between two commits have nothing that vouches for them; the suite checks that these, and only these, go unnoticed.",
    "The last manifest line: its from, to and count are held against nothing.",
  ],
  notices: ["hash-check", "sync-rule"],
  run,
};
