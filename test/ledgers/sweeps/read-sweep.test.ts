import { describe, expect, it } from "vitest";
import { chain } from "../../../src/ledgers/sweeps/chain.js";
import { product } from "../../../src/ledgers/sweeps/product.js";
import { readSweep } from "../../../src/ledgers/sweeps/read-sweep.js";
import { zip } from "../../../src/ledgers/sweeps/zip.js";

describe("a sweep read from JSON or YAML", () => {
  it("is a product when it is an object of axes", () => {
    const axes = { lr: [0.1, 0.01], model: { width: [8, 16], product: [1, 2] } };
    expect([...readSweep(axes)]).toEqual([...product(axes)]);
    expect([...readSweep({ product: axes })]).toEqual([...product(axes)]);
    expect([...readSweep({})]).toEqual([{}]);
  });

  it("is a zip when it says so", () => {
    expect([...readSweep({ zip: { a: [1, 2], b: [3, 4] } })]).toEqual([...zip({ a: [1, 2], b: [3, 4] })]);
    expect([...readSweep({ zip: { a: [1, 2], b: [3] }, truncate: true })]).toEqual([{ a: 1, b: 3 }]);
  });

  it("is a chain when it says so, or is a list", () => {
    const parts = [{ a: [1, 2], b: [1, 2] }, { zip: { a: [3, 4], c: [5, 6] } }, [{ d: [7, 7] }, { d: 8 }]];
    const expected = [...chain({ a: [1, 2], b: [1, 2] }, zip({ a: [3, 4], c: [5, 6] }), { d: 8 })];
    expect(expected).toHaveLength(4);
    expect([...readSweep(parts)]).toEqual(expected);
    expect([...readSweep({ chain: parts })]).toEqual(expected);
    expect([...readSweep([])]).toEqual([{}]);
  });

  it("has constants, in which a list is a value, and which axes overrule", () => {
    for (const form of [{ product: { a: { b: [1] } } }, { zip: { a: { b: [1] } } }, { chain: [{ a: { b: [1] } }] }]) {
      expect([...readSweep({ ...form, constants: { a: { b: 0, c: [2, 3] }, d: "x" } })]).toEqual([{ a: { b: 1, c: [2, 3] }, d: "x" }]);
    }
  });

  it("draws a sample last", () => {
    const axes = { a: [1, 2, 3], b: [4, 5, 6] };
    expect([...readSweep({ product: axes, sample: { count: 4, seed: 7 } })]).toEqual([...product(axes).sample(4, { seed: 7 })]);
    expect([...readSweep({ chain: [axes, { a: 1 }], sample: { count: 3, seed: 1 } })]).toHaveLength(3);
    expect(readSweep({ chain: [{ product: axes, sample: { count: 4, seed: 7 } }, { c: [1, 2] }] }).length).toBe(8);
  });

  it("has any name for an axis inside of product", () => {
    expect([...readSweep({ product: { sample: [1, 2], zip: "x", chain: [3] } })]).toEqual([{ sample: 1, zip: "x", chain: 3 }, { sample: 2, zip: "x", chain: 3 }]);
  });

  it.each<[unknown, string, RegExp]>([
    [{ lr: [] }, "$.lr", /is an axis without values/],
    [[{ a: [1] }, { zip: { b: { c: [] } } }], "$[1].zip.b.c", /without values/],
    [{ chain: [{ product: { a: [] } }] }, "$.chain[0].product.a", /without values/],
    [{ zip: { a: [1, 2], b: [1] } }, "$.zip", /a has 2 values and b has 1/],
    [{ zip: { a: [1, 2], b: [1] }, truncate: "yes" }, "$.truncate", /true or false/],
    [{ product: { a: [1] }, truncate: true }, "$.truncate", /belongs to zip, not to product/],
    [{ product: { a: [1] }, lr: [1] }, "$", /the axis "lr" beside the word "product"/],
    [{ lr: [1], sample: { count: 1, seed: 1 } }, "$", /the axis "lr" beside the word "sample"/],
    [{ sample: [1, 2] }, "$", /none of product, zip and chain/],
    [{ product: {}, zip: {} }, "$", /both product and zip/],
    [{ chain: { a: [1] } }, "$.chain", /must be a list of sweeps/],
    [{ product: [1] }, "$.product", /must be an object of axes/],
    [{ product: null }, "$.product", /must be an object of axes/],
    [{ zip: { a: [1] }, constants: null }, "$.constants", /must be an object of names and values/],
    [[1], "$[0]", /must be an object of axes/],
    [null, "$", /must be an object of axes/],
    ["lr", "$", /must be an object of axes/],
    [{ a: [NaN] }, "$.a[0]", /is NaN/],
    [{ product: { a: [1] }, sample: 3 }, "$.sample", /must be \{ count, seed \}/],
    [{ product: { a: [1] }, sample: { count: 2, seed: 1 } }, "$.sample.count", /from 1 to 1, not 2/],
    [{ product: { a: [1] }, sample: { count: 1 } }, "$.sample.seed", /whole number from 0 to 4294967295/],
    [{ product: { a: [1] }, sample: { count: 1, seed: 1, sed: 2 } }, "$.sample.sed", /is none of count, seed/],
    [Object.fromEntries(Array.from({ length: 54 }, (_, bit) => [`bit${bit}`, [0, 1]])), "$", /more than 2\^53 - 1/],
  ])("names the place of the fault in %j", (value, path, problem) => {
    expect(() => readSweep(value)).toThrow(expect.objectContaining({ code: "INVALID_VALUE", path, message: expect.stringMatching(problem) as string }) as Error);
    expect(() => readSweep(value, "grid.yaml")).toThrow(expect.objectContaining({ path: `grid.yaml: ${path}` }) as Error);
  });
});
