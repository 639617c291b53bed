import fc from "fast-check";
import { expect, it } from "vitest";
import { CheckpointManager } from "../../../../src/checkpoints.js";
import { openDaybook } from "../../../../src/index.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";
import { headSeq } from "../../runs/temporary-book.js";

type Part = "model" | "config" | "data";
type State = { readonly [part in Part]?: number };
type Step = { readonly do: "update"; readonly given: State } | { readonly do: "dump" } | { readonly do: "save" } | { readonly do: "reopen" } | { readonly do: "load"; readonly at: number };

const value = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined });
const given = fc.record({ model: value, config: value, data: value }).map((all) => Object.fromEntries(Object.entries(all).filter(([, one]) => one !== undefined)) as State);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: given.filter((one) => Object.keys(one).length > 0).map((one) => ({ do: "update" as const, given: one })) },
  { weight: 1, arbitrary: fc.constant({ do: "dump" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "save" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "reopen" as const }) },
  { weight: 1, arbitrary: fc.nat(5).map((at) => ({ do: "load" as const, at })) },
);

const parts = ["model", "config", "data"] as const;
const differing = (a: State, b: State): Set<Part> => new Set(parts.filter((part) => a[part] !== b[part]));
const inputs = ({ model, config, data }: State): object => ({
  ...(model === undefined ? {} : { model: { layers: [model] } }),
  ...(config === undefined ? {} : { config: { lr: config } }),
  ...(data === undefined ? {} : { dataState: { uids: ["a", "b", "c"].slice(data) } }),
});

/** What a manager is to do, told plainly: a state, the one that was dumped last, and which hash stands for which state. */
class Told {
  now: State = {};
  dumped: State = {};
  readonly inFolder = new Set<string>();
  readonly hashes = new Map<string, string>();

  get pending(): Set<Part> {
    return differing(this.dumped, this.now);
  }
  dump(): boolean {
    const any = this.pending.size > 0;
    if (any) this.inFolder.add(JSON.stringify(this.now));
    this.dumped = this.now;
    return any;
  }
}

it("hashes and what is pending follow a plain model, through any updates, dumps, saves, loads and reopenings", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const root = temporaryFolder();
      const book = await openDaybook(root, { durability: "os" });
      let manager = await CheckpointManager.open(book);
      const told = new Told();
      try {
        for (const one of steps) {
          const head = await headSeq(book);
          if (one.do === "update") {
            const next = sorted({ ...told.now, ...one.given });
            const changed = differing(told.now, next);
            told.now = next;
            const [hash, isNew, parts] = await manager.updateExperimentHash(inputs(one.given));
            expect(parts).toEqual(changed);
            expect(isNew).toBe(changed.size > 0);
            expect((await headSeq(book)) - head).toBe(changed.size > 0 ? 1 : 0);
            const key = JSON.stringify(next);
            expect(told.hashes.get(key) ?? hash).toBe(hash);
            told.hashes.set(key, hash);
          } else if (one.do === "dump") {
            expect(await manager.dumpPendingChanges()).toBe(told.dump());
          } else if (one.do === "save") {
            if (told.hashes.size === 0) continue;
            await manager.saveModelCheckpoint({ weights: "w", step: 1 });
            told.dump();
          } else if (one.do === "reopen") {
            await manager.close();
            manager = await CheckpointManager.open(book);
          } else {
            const [key, hash] = [...told.hashes][one.at] ?? [];
            if (key === undefined || hash === undefined) continue;
            await manager.loadHash(hash);
            const there = JSON.parse(key) as State;
            if (told.inFolder.has(key) && differing(there, told.now).size > 0) told.dumped = there;
            told.now = there;
          }
          expect(await manager.hasPendingChanges()).toEqual([told.pending.size > 0, told.pending]);
          expect(manager.currentHash).toBe(told.hashes.get(JSON.stringify(told.now)));
        }
        // Distinct states, distinct hashes.
        expect(new Set(told.hashes.values()).size).toBe(told.hashes.size);
        expect(await manager.listExperimentHashes()).toEqual([...told.hashes.values()]);
      } finally {
        await manager.close();
        await book.close();
      }
    }),
    { numRuns: 40 },
  );
});

const sorted = (state: State): State => Object.fromEntries(parts.flatMap((part) => (state[part] === undefined ? [] : [[part, state[part]]])));
