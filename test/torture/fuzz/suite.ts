import { join } from "node:path";
import { Findings } from "../data/findings.js";
import { withoutWarnings } from "../data/quiet.js";
import { inScratch } from "../data/scratch.js";
import type { SuiteReport, TortureContext, TortureSuite } from "../suite.js";
import { fuzzCalls } from "./calls.js";
import { fuzzFiles } from "./files.js";
import { tryLongFiles } from "./long-files.js";

const runsOf = { ci: 60, long: 5000, sabotage: 5 } as const;

async function run(context: TortureContext): Promise<SuiteReport> {
  const findings = new Findings(context.seed);
  const runs = runsOf[context.form];
  return inScratch((folder) =>
    withoutWarnings(async () => {
      const progress = context.progress.bind(context);
      await fuzzCalls(join(folder, "calls"), context.seed, runs, findings, progress);
      await fuzzFiles(join(folder, "files"), context.seed, runs * 5, findings, progress);
      const facts = context.form === "sabotage" ? {} : await tryLongFiles(folder, findings, progress);
      return findings.report(facts);
    }),
  );
}

/** Gives hostile input to every parser and every public call. */
export const suite: TortureSuite = {
  name: "fuzz",
  promise: "Whatever is given to a call or found in a file, it is taken or refused with a typed error: no crash, no hang, no other error, and no more memory than a commit needs.",
  method:
    "fast-check gives hostile values (traps, cycles, deep nesting, half surrogates, keys that pollute prototypes, texts with NUL and U+2028) to every public call and every parser of the command line; a refused call must " +
    "leave the log as it was, and what is accepted must come back equal. Files of a root are filled with random and mutated bytes, events and snapshots also with right hashes. Files of 10 GB (sparse) stand in for " +
    "segments, manifest, daybook.json and snapshots: they are opened, read, checked and written on in a child process whose memory is measured.",
  gaps: [
    "Snapshots whose rows were forged together with their hash.",
    "Events nested deeper than the 512 levels that a writer takes, forged together with their hashes: they are read, but a view that holds them cannot be copied.",
    "The native add-ons themselves are reached only through the calls that wrap them.", "A getter or a Proxy of the caller's own may throw what it likes: that is passed on."],
  notices: ["input-check"],
  run,
};
