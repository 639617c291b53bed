import { describe, expect, it } from "vitest";
import type { HashPart, PartDigest, PartDigests } from "../../../../src/events/checkpoint-events.js";
import { digestOfJson } from "../../../../src/ledgers/checkpoints/hashing/algorithms.js";
import { collisionsOf, folderOfParts } from "../../../../src/ledgers/checkpoints/hashing/collisions.js";
import { ExperimentHashGenerator } from "../../../../src/ledgers/checkpoints/hashing/experiment-hash-generator.js";
import { hashExperiment } from "../../../../src/ledgers/checkpoints/hashing/hash-experiment.js";
import { settings } from "./settings.js";

/** The first two configurations `{ n }` whose digests begin with the same 8 digits. */
function collidingConfigs(): [{ n: number }, { n: number }] {
  const seen = new Map<string, number>();
  for (let n = 0; ; n += 1) {
    const short = digestOfJson({ n }).slice(0, 8);
    const before = seen.get(short);
    if (before !== undefined) return [{ n: before }, { n }];
    seen.set(short, n);
  }
}

const [one, other] = collidingConfigs();
const partsOf = (config: object, model?: object): PartDigests => hashExperiment({ config, model }, settings()).parts;

describe("two configurations that share 8 digits by chance", () => {
  it("have the same hash and are told apart", () => {
    const [first, second] = [hashExperiment({ config: one }, settings()), hashExperiment({ config: other }, settings())];
    expect(first.hash).toBe(second.hash);
    expect(first.parts.config?.digest).not.toBe(second.parts.config?.digest);

    const generator = new ExperimentHashGenerator();
    generator.generateHash({ config: one });
    expect(generator.hasChanged({ config: other })).toEqual([true, new Set(["config"])]);
    expect(generator.hasChanged({ config: one })).toEqual([false, new Set()]);
    // Only the short form cannot tell: nothing else was kept.
    generator.restoreHashes(first.hash);
    expect(generator.hasChanged({ config: other })).toEqual([false, new Set()]);
  });

  it("get folders of their own, each the same one every time", () => {
    const folders = new Map<string, PartDigests>();
    const come = (parts: PartDigests): string => {
      const folder = folderOfParts(parts, (name) => folders.get(name));
      folders.set(folder, parts);
      return folder;
    };
    const { hash } = hashExperiment({ config: one }, settings());
    expect(come(partsOf(one))).toBe(hash);
    expect(come(partsOf(other))).toBe(`${hash}-2`);
    expect(come({ config: { ...(partsOf(one).config as PartDigest), digest: `${hash.slice(8, 16)}${"0".repeat(24)}` } })).toBe(`${hash}-3`);
    expect([come(partsOf(one)), come(partsOf(other))]).toEqual([hash, `${hash}-2`]);
    expect(folders.size).toBe(3);
  });

  it("are reported, with where the other one is used, also when the hashes differ elsewhere", () => {
    const known = (part: HashPart) => (part === "config" ? [{ ...(partsOf(one).config as PartDigest), folder: "the-first" }] : []);
    expect(collisionsOf(partsOf(one), known)).toEqual({});
    expect(collisionsOf(partsOf(other), known)).toEqual({ config: "the-first" });
    expect(collisionsOf(partsOf(other, { layers: [] }), known)).toEqual({ config: "the-first" });
    expect(collisionsOf(partsOf({ n: -1 }), () => [])).toEqual({});
  });

  it("include a part that is missing and one whose digits are all zeros", () => {
    const zeros = { digest: `${"0".repeat(8)}${"1".repeat(24)}`, algorithm: "config-1" };
    expect(folderOfParts({ config: zeros }, (name) => (name === "0".repeat(24) ? {} : undefined))).toBe(`${"0".repeat(24)}-2`);
  });
});
