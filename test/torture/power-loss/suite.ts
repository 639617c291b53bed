import { SeededRandom } from "../crash-matrix/seeded-random.js";
import { Tally } from "../crash-matrix/tally.js";
import type { Form, SuiteReport, TortureContext, TortureSuite } from "../suite.js";
import { Disk } from "./disk.js";
import { judge } from "./judge.js";
import type { Judgement } from "./judge.js";
import { promisesOf } from "./promises.js";
import { record } from "./record.js";
import type { Recording } from "./record.js";
import { plots } from "./recordings.js";
import type { Plot } from "./recordings.js";
import { StateSource } from "./states.js";
import { digestOf, emptyTree } from "./tree.js";
import type { Tree } from "./tree.js";

interface Size {
  /** Distinct states to be judged, in all, and of one recording. */
  readonly states: number;
  readonly ofShort: number;
  readonly ofOther: number;
  readonly perCut: number;
  readonly rounds: number;
}

const sizes: Record<Form, Size> = {
  ci: { states: 2400, ofShort: 120, ofOther: 140, perCut: 24, rounds: 1 },
  long: { states: Number(process.env["DAYBOOK_STATES"] ?? 50_000), ofShort: 3000, ofOther: 1500, perCut: 512, rounds: 1000 },
  sabotage: { states: 250, ofShort: 60, ofOther: 40, perCut: 8, rounds: 1 },
};

/** After so many failures more of them say nothing new. */
const enough: Record<Form, number> = { ci: 20, long: 50, sabotage: 4 };

/** Power cuts at every moment of recorded runs, and every kind of state that a disk may be in then. */
export const suite: TortureSuite = {
  name: "power-loss",
  promise: "After a power cut at any moment the log opens, everything that was promised to be durable is there, and what was not is whole or absent, lost from the end only.",
  method:
    "Real processes run on a file system that records each change, each sync and each acknowledgement with its time. From the merged recording the states of the disk are built that a cut could leave: " +
    "what no completed sync covers is lost or kept, by sectors of 512 bytes, by sizes and by names, each for itself. " +
    "Each state is laid down, read by a reader written from docs/format.md alone, held against all promises made so far, opened by the library, gone on with and verified.",
  gaps: [
    "A sync is believed: disks that lie about it are not covered.",
    "Sectors that were not being written are taken to stay as they are, and a sector is old or new, never garbage.",
    "Of moments with many open choices, states are drawn at random; of the others all are built.",
  ],
  notices: ["sync", "folder-sync", "quarantine", "hash-check"],
  run,
};

async function run(context: TortureContext): Promise<SuiteReport> {
  const size = sizes[context.form];
  const tally = new Tally();
  let states = 0;
  const goesOn = (): boolean => states < size.states && tally.failures.length < enough[context.form];
  /** What cuts have left of logs, torn the longest: recordings begin there too. */
  let leftover: Tree = emptyTree;
  for (let round = 0; round < size.rounds && goesOn(); round += 1) {
    let leftoverBytes = 0;
    for (const [index, plot] of plots.entries()) {
      if (!goesOn()) break;
      const where = `seed ${context.seed}, round ${round}, "${plot.name}"`;
      const recording = await recorded(plot, plot.from === "power cut" ? leftover : emptyTree, tally, where);
      if (recording === undefined) continue;
      await judgeRecording(recording, {
        where,
        random: new SeededRandom(context.seed, round * plots.length + index),
        most: plot.short ? size.ofShort : size.ofOther,
        perCut: size.perCut,
        tally,
        enoughFailures: enough[context.form],
        onState: (tree, { tornBytes, problems }) => {
          states += 1;
          context.progress(Math.min(states, size.states), size.states, `states: ${plot.name}`);
          if (problems.length > 0 || tornBytes <= leftoverBytes || plot.from === "power cut") return;
          leftover = tree;
          leftoverBytes = tornBytes;
        },
      });
    }
  }
  return { tried: tally.tried, failures: tally.failures };
}

/** A program that fails while nobody cuts anything has found something too. */
async function recorded(plot: Plot, before: Tree, tally: Tally, where: string): Promise<Recording | undefined> {
  try {
    return await record(plot, before);
  } catch (error) {
    tally.fail(`${where}, recording it`, [String(error)]);
    return undefined;
  }
}

interface Judging {
  readonly where: string;
  readonly random: SeededRandom;
  readonly most: number;
  readonly perCut: number;
  readonly tally: Tally;
  readonly enoughFailures: number;
  onState(tree: Tree, judgement: Judgement): void;
}

async function judgeRecording(recording: Recording, { where, random, most, perCut, tally, enoughFailures, ...judging }: Judging): Promise<void> {
  const { before, deeds, events } = recording;
  const known = new Map<string, Judgement>();
  const eventsBefore = before === emptyTree ? 0 : (await judge(before, events)).events;
  const source = new StateSource({ disk: new Disk(before, deeds), deeds, promises: promisesOf(recording, eventsBefore), random, perCut });
  tally.count("recordings");
  tally.count("recorded calls and promises", deeds.length);
  tally.count("cuts", source.cuts.length);
  let all = source.sampled === 0;
  for (const { tree, promise, where: place } of source) {
    tally.count("states built");
    const digest = digestOf(tree);
    let judgement = known.get(digest);
    if (judgement === undefined) {
      judgement = await judge(tree, events);
      known.set(digest, judgement);
      tally.count("distinct states judged");
      tally.fail(`${where}, ${place}`, judgement.problems);
      judging.onState(tree, judgement);
    }
    if (promise !== undefined && judgement.events < promise.seq) {
      tally.fail(`${where}, ${place}`, [`seq ${promise.seq} was promised (${promise.why}), and only ${judgement.events} events are there`]);
    }
    if (tally.failures.length >= enoughFailures) return;
    if (known.size < most) continue;
    all = false;
    break;
  }
  if (all) tally.count("recordings of which every state was judged");
}
