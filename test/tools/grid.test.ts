import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { product } from "../../src/ledgers/sweeps/product.js";
import { readGrid } from "../../tools/cli/grid.js";

describe("--grid k=a,b,c", () => {
  it("gives axes, nested at dots", () => {
    expect(readGrid(["lr=0.1,0.01", "model.width=8,16", "model.name=mlp", "n=null,true,no"])).toEqual({
      lr: [0.1, 0.01], model: { width: [8, 16], name: ["mlp"] }, n: [null, true, "no"],
    });
    expect(product(readGrid(["lr=0.1,0.01", "model.width=8,16"])).length).toBe(4);
  });

  it("splits at the commas outside of JSON only", () => {
    expect(readGrid(["layers=[1,2],[3]", 'opt={"name":"a,b","beta":[0.9,0.99]},{"name":"}\\""}', 'text="a,b",c,"d"'])).toEqual({
      layers: [[1, 2], [3]], opt: [{ name: "a,b", beta: [0.9, 0.99] }, { name: '}"' }], text: ["a,b", "c", "d"],
    });
    expect(readGrid(["layers=[1,2]"])).toEqual({ layers: [[1, 2]] });
  });

  it("takes brackets and quotes within a text for what they are", () => {
    expect(readGrid(["a=x[1,y]", "b=it's,5\",6", "c=a]b,{}"])).toEqual({ a: ["x[1", "y]"], b: ["it's", '5"', 6], c: ["a]b", {}] });
  });

  it("drops white space around values, not within", () => {
    expect(readGrid(["a= adam , big sgd, [1, 2] "])).toEqual({ a: ["adam", "big sgd", [1, 2]] });
  });

  it("never makes another number of one", () => {
    expect(readGrid(["a=9007199254740993,1e999,1"])).toEqual({ a: ["9007199254740993", "1e999", 1] });
    expect(() => readGrid(["a=[9007199254740993]"])).toThrow(/too large/);
  });

  it.each([
    [["a=1,,2"], /--grid a=1,,2: there is an empty value/], [["a="], /empty value/], [["a=1,"], /empty value/], [["a= "], /empty value/],
    [["a=[1,2"], /"]" is missing/], [['a="x,y'], /a quote \("\) is missing/], [["a={,1"], /"}" is missing/],
    [["a"], /--grid a: there is no "="/], [["=1"], /no name/], [["a..b=1"], /an empty key/],
    [["a=1", "a=2"], /--grid a=2: "a" is given twice/], [["a=1", "a.b=2"], /given twice/],
  ])("refuses %j", (assignments, message) => expect(() => readGrid(assignments)).toThrow(message));

  it("reads back every list of JSON values", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 }), (values) => {
        // Integers beyond 2^53 stay text by the rules of -p, or are refused inside of JSON.
        const safe = (_key: string, value: unknown): unknown => (Number.isInteger(value) && !Number.isSafeInteger(value) ? 0 : value);
        const texts = values.map((value) => JSON.stringify(value, safe));
        const { a } = readGrid([`a=${texts.join(",")}`]);
        expect(JSON.stringify(a)).toBe(`[${texts.join(",")}]`);
      }),
    );
  });
});
