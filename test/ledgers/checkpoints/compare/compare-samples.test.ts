import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareSamples } from "../../../../src/ledgers/checkpoints/compare/compare-samples.js";
import type { ComparedSample } from "../../../../src/ledgers/checkpoints/compare/compare-samples.js";

const lineOf = (sample: ComparedSample): string => JSON.stringify(sample);
const parse = (line: string): ComparedSample => JSON.parse(line) as ComparedSample;
const state = (...samples: [uid: string | number, discarded?: boolean, tags?: string[]][]): string[] => samples.map(([uid, discarded = false, tags = []]) => lineOf({ uid, discarded, tags }));
const none = { count: 0, uids: [] };

describe("two data states", () => {
  it("are equal in any order", () => {
    expect(compareSamples(state(["a"], ["b", true]), state(["b", true], ["a"]), parse)).toEqual({
      samples: { before: 2, after: 2 },
      added: none,
      removed: none,
      discarded: none,
      restored: none,
      tagged: { count: 0, samples: [] },
      tags: {},
    });
  });

  it("differ in samples, in what is discarded, and in tags", () => {
    const before = state(["a"], ["b", true], ["c", false, ["x", "y"]], ["d"], [1]);
    const after = state(["a", true], ["b"], ["c", true, ["y", "z"]], ["e", true], ["1"], [2]);
    expect(compareSamples(before, after, parse)).toEqual({
      samples: { before: 5, after: 6 },
      added: { count: 3, uids: ["e", "1", 2] },
      removed: { count: 2, uids: ["d", 1] },
      discarded: { count: 2, uids: ["a", "c"] },
      restored: { count: 1, uids: ["b"] },
      tagged: { count: 1, samples: [{ uid: "c", added: ["z"], removed: ["x"] }] },
      tags: { x: { added: 0, removed: 1 }, z: { added: 1, removed: 0 } },
    });
  });

  it("are counted whole and named in part", () => {
    const many = Array.from({ length: 100 }, (_, uid): [number, boolean, string[]] => [uid, uid % 2 === 0, ["t"]]);
    const diff = compareSamples(state(...many), state(...many.map(([uid, discarded]): [number, boolean] => [uid, !discarded])), parse, 3);
    expect(diff.discarded).toEqual({ count: 50, uids: [1, 3, 5] });
    expect(diff.restored).toEqual({ count: 50, uids: [0, 2, 4] });
    expect([diff.tagged.count, diff.tagged.samples.length, diff.tags["t"]]).toEqual([100, 3, { added: 0, removed: 100 }]);
  });

  it("add up, whatever they are", () => {
    const sample = fc.record({ uid: fc.nat(15), discarded: fc.boolean(), tags: fc.uniqueArray(fc.constantFrom("a", "b", "c")) });
    const samples = fc.uniqueArray(sample, { selector: ({ uid }) => uid });
    fc.assert(
      fc.property(samples, samples, (before, after) => {
        const diff = compareSamples(before.map(lineOf), after.map(lineOf), parse);
        const former = new Map(before.map((one) => [one.uid, one]));
        expect(diff.samples).toEqual({ before: before.length, after: after.length });
        expect(before.length + diff.added.count - diff.removed.count).toBe(after.length);
        expect(diff.added.uids).toEqual(after.filter(({ uid }) => !former.has(uid)).map(({ uid }) => uid));
        expect(diff.discarded.uids).toEqual(after.filter(({ uid, discarded }) => discarded && former.get(uid)?.discarded === false).map(({ uid }) => uid));
        expect(diff.restored.uids).toEqual(after.filter(({ uid, discarded }) => !discarded && former.get(uid)?.discarded === true).map(({ uid }) => uid));
        const back = compareSamples(after.map(lineOf), before.map(lineOf), parse);
        expect([back.added.count, back.restored.count, back.tagged.count]).toEqual([diff.removed.count, diff.discarded.count, diff.tagged.count]);
      }),
    );
  });
});
