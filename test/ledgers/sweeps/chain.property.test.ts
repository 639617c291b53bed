import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, paramHash } from "../../../src/index.js";
import { chains, simple, type Case } from "./random-sweeps.js";

const asMade = ({ sweep, sets }: Case): void => {
  expect([...sweep].map(canonicalJson)).toEqual(sets.map(canonicalJson));
  expect(sweep.length).toBe(sets.length);
  // From the end, so that no place can depend on the one before.
  for (let at = sets.length - 1; at >= 0; at -= 1) expect(sweep.at(at)).toEqual(sets[at]);
};

describe("any sweep gives what making, merging and comparing everything gives", () => {
  it("product and zip, with constants", () => fc.assert(fc.property(simple, asMade)));

  it("chain", () => fc.assert(fc.property(chains, asMade), { numRuns: Math.max(1000, fc.readConfigureGlobal().numRuns ?? 0) }));

  it("chain: no two sets share a hash", () => {
    fc.assert(fc.property(chains, ({ sweep }) => new Set([...sweep].map(paramHash)).size === sweep.length));
  });
});
