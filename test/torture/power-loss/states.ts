import type { SeededRandom } from "../crash-matrix/seeded-random.js";
import type { CutChoices, Disk } from "./disk.js";
import type { PromiseMade } from "./promises.js";
import type { Recorded } from "./recording.js";
import type { Tree } from "./tree.js";

/** One state of the disk that a cut can leave, and what has to be there. */
export interface State {
  readonly tree: Tree;
  readonly promise: PromiseMade | undefined;
  /** The cut and the choices, in words. */
  readonly where: string;
}

/** A moment to cut at. */
interface Cut {
  readonly name: string;
  readonly choices: CutChoices;
  readonly promise: PromiseMade | undefined;
  readonly vectors: Iterator<readonly number[]>;
}

export interface StateOptions {
  readonly disk: Disk;
  readonly deeds: readonly Recorded[];
  readonly promises: readonly PromiseMade[];
  readonly random: SeededRandom;
  /** Up to so many states of one cut are built completely; of more, so many are drawn. */
  readonly perCut: number;
}

/** All states of a recording, a few of each cut at a time, so that every beginning covers all cuts. */
export class StateSource {
  readonly cuts: readonly Cut[];
  /** Cuts with too many states to build all of them. */
  readonly sampled: number;

  constructor(options: StateOptions) {
    const { disk, deeds, promises, random, perCut } = options;
    let sampled = 0;
    this.cuts = momentsOf(deeds).map(({ time, name }) => {
      const choices = disk.cutAt(time);
      const count = choices.alternatives.reduce((product, one) => Math.min(product * one, 1e9), 1);
      if (count > perCut) sampled += 1;
      const vectors = count <= perCut ? every(choices.alternatives) : drawn(choices.alternatives, perCut, random);
      return { name, choices, promise: strongest(promises, time), vectors };
    });
    this.sampled = sampled;
  }

  *[Symbol.iterator](): Generator<State> {
    let open = [...this.cuts];
    while (open.length > 0) {
      const goOn: Cut[] = [];
      for (const cut of open) {
        const next = cut.vectors.next();
        if (next.done === true) continue;
        goOn.push(cut);
        const { choices, name, promise } = cut;
        yield { tree: choices.tree(next.value), promise, where: `${name}; choices ${next.value.join(",")} of ${choices.alternatives.join(",")}` };
      }
      open = goOn;
    }
  }
}

/** A cut in the middle of each change, behind each sync, and behind each promise. */
function momentsOf(deeds: readonly Recorded[]): { readonly time: number; readonly name: string }[] {
  return deeds.flatMap((deed, index) => {
    const name = `deed ${index} of ${deed.by}: ${deed.do}${"path" in deed ? ` ${deed.path}` : ""}`;
    switch (deed.do) {
      case "sync":
      case "sync-folder":
        return [{ time: deed.end, name: `behind ${name}` }];
      case "open":
        return [];
      case "promise":
      case "promise-uid":
        return [{ time: deed.start, name: `behind ${name}` }];
      case "create":
      case "write":
      case "truncate":
      case "make-folder":
      case "rename":
      case "link":
      case "unlink":
        return [{ time: deed.start, name: `during ${name}` }];
    }
  });
}

function strongest(promises: readonly PromiseMade[], time: number): PromiseMade | undefined {
  let found: PromiseMade | undefined;
  for (const promise of promises) if (promise.time <= time && promise.seq > (found?.seq ?? 0)) found = promise;
  return found;
}

/** Every vector of choices. */
function* every(alternatives: readonly number[]): Generator<readonly number[]> {
  const vector = alternatives.map(() => 0);
  for (;;) {
    yield [...vector];
    let place = 0;
    while (place < vector.length && (vector[place] as number) + 1 === alternatives[place]) vector[place++] = 0;
    if (place === vector.length) return;
    (vector[place] as number)++;
  }
}

/** Nothing kept, everything kept, and random vectors between: some mostly old, some mostly new. */
function* drawn(alternatives: readonly number[], count: number, random: SeededRandom): Generator<readonly number[]> {
  yield alternatives.map(() => 0);
  yield alternatives.map((many) => many - 1);
  for (let index = 2; index < count; index += 1) {
    const newest = random.pick([0.1, 0.5, 0.9]);
    const oldest = (1 - newest) * random.pick([0.3, 0.9]);
    yield alternatives.map((many) => {
      const chance = random.next();
      return chance < newest ? many - 1 : chance < newest + oldest ? 0 : random.below(many);
    });
  }
}
