/**
 * What the sweeper of the run ledger's project level does: its own four tests, and its behaviours that docs/from-run-ledger.md translates.
 * Its tests compared pair by pair, so that a result cut short passed; here lengths count.
 */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/index.js";
import { chain } from "../../src/ledgers/sweeps/chain.js";
import { product } from "../../src/ledgers/sweeps/product.js";
import type { Sweep } from "../../src/ledgers/sweeps/sweep.js";
import { zip } from "../../src/ledgers/sweeps/zip.js";

function expectSets(sweep: Sweep, expected: readonly JsonObject[]): void {
  expect([...sweep]).toEqual(expected);
  expect(sweep.length).toBe(expected.length);
}

describe("the sweeper's own tests", () => {
  const data = { a: [1, 2], b: [3, 4] };

  it("dict sweep, product", () => expectSets(product(data), [{ a: 1, b: 3 }, { a: 1, b: 4 }, { a: 2, b: 3 }, { a: 2, b: 4 }]));

  it("dict sweep, zip", () => expectSets(zip(data), [{ a: 1, b: 3 }, { a: 2, b: 4 }]));

  it("chain sweep", () => {
    expectSets(chain({ a: [1, 2], b: [3, 4] }, zip({ c: [5, 6], d: [7, 8] }), { e: [9] }), [
      { a: 1, b: 3, c: 5, d: 7, e: 9 },
      { a: 1, b: 3, c: 6, d: 8, e: 9 },
      { a: 1, b: 4, c: 5, d: 7, e: 9 },
      { a: 1, b: 4, c: 6, d: 8, e: 9 },
      { a: 2, b: 3, c: 5, d: 7, e: 9 },
      { a: 2, b: 3, c: 6, d: 8, e: 9 },
      { a: 2, b: 4, c: 5, d: 7, e: 9 },
      { a: 2, b: 4, c: 6, d: 8, e: 9 },
    ]);
  });

  it("dict sweep with iterables of one's own: they are spread into lists", () => {
    function* steps(start: number, end: number, step: number): Generator<number> {
      for (let value = start; value < end; value += step) yield value;
    }
    expectSets(product({ a: [...steps(1, 10, 2)], b: [1, 2] }), [
      { a: 1, b: 1 }, { a: 1, b: 2 },
      { a: 3, b: 1 }, { a: 3, b: 2 },
      { a: 5, b: 1 }, { a: 5, b: 2 },
      { a: 7, b: 1 }, { a: 7, b: 2 },
      { a: 9, b: 1 }, { a: 9, b: 2 },
    ]);
  });
});

describe("what else the sweeper does", () => {
  it("no axes give exactly one set, chains of nothing too", () => {
    expectSets(product({}), [{}]);
    expectSets(product({ a: 1 }), [{ a: 1 }]);
    expectSets(chain(), [{}]);
  });

  it("lists of lists sweep whole lists, texts are constants, nested axes keep their place", () => {
    expectSets(product({ layers: [[1, 2], [3]], m: { name: "cnn", width: [8] } }), [
      { layers: [1, 2], m: { name: "cnn", width: 8 } },
      { layers: [3], m: { name: "cnn", width: 8 } },
    ]);
  });

  it("values swept beat constants, and constants among the axes those given beside them", () => {
    expectSets(product({ a: [1], b: 2 }, { constants: { a: 8, b: 8, c: 8 } }), [{ a: 1, b: 2, c: 8 }]);
  });

  it("differs: an empty axis is an error, unequal lengths are one, and sets alike are one", () => {
    expect(() => product({ a: [] })).toThrow(/axes\.a/);
    expect(() => zip({ a: [1, 2], b: [1] })).toThrow(/a has 2 values and b has 1/);
    expectSets(zip({ a: [1, 2], b: [1] }, { truncate: true }), [{ a: 1, b: 1 }]);
    expectSets(chain({ a: [1, 2] }, { a: [3] }), [{ a: 3 }]);
    expect(() => product({ a: new Set([1]) })).toThrow(/use an array/);
  });
});
