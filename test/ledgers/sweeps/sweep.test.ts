import { describe, expect, it } from "vitest";
import { InvalidOptionError, InvalidValueError } from "../../../src/index.js";
import { chain } from "../../../src/ledgers/sweeps/chain.js";
import { product } from "../../../src/ledgers/sweeps/product.js";
import { zip } from "../../../src/ledgers/sweeps/zip.js";

/** Values 0 to `count` - 1. */
const range = (count: number): number[] => Array.from({ length: count }, (_, value) => value);

/** What `call` throws. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("a product", () => {
  it("changes the rightmost axis fastest", () => {
    const sweep = product({ a: [1, 2], b: [3, 4] });
    expect(sweep.length).toBe(4);
    expect([...sweep]).toEqual([{ a: 1, b: 3 }, { a: 1, b: 4 }, { a: 2, b: 3 }, { a: 2, b: 4 }]);
  });

  it("keeps nested axes and constants where they were written", () => {
    const sweep = product({ model: { width: [8, 16], name: "mlp" }, lr: 0.1, seed: [1] });
    expect([...sweep].map((set) => JSON.stringify(set))).toEqual([
      '{"model":{"width":8,"name":"mlp"},"lr":0.1,"seed":1}',
      '{"model":{"width":16,"name":"mlp"},"lr":0.1,"seed":1}',
    ]);
  });

  it("sweeps whole lists and objects, and takes texts for constants", () => {
    const sweep = product({ layers: [[1, 2], [3]], optimiser: [{ name: "sgd", momentum: 0.9 }, { name: "adam" }], note: "abc", empty: {} });
    expect(sweep.length).toBe(4);
    expect(sweep.at(0)).toEqual({ layers: [1, 2], optimiser: { name: "sgd", momentum: 0.9 }, note: "abc", empty: {} });
    expect(sweep.at(3)).toEqual({ layers: [3], optimiser: { name: "adam" }, note: "abc", empty: {} });
  });

  it("without axes is exactly one set", () => {
    expect([...product({})]).toEqual([{}]);
    expect([...product({ a: 1, b: { c: null } })]).toEqual([{ a: 1, b: { c: null } }]);
  });

  it("keeps values that occur twice", () => expect([...product({ a: [1, 1] })]).toEqual([{ a: 1 }, { a: 1 }]));

  it("takes constants besides, which the axes overrule", () => {
    const sweep = product({ a: [1, { b: 2 }], c: { d: [5] } }, { constants: { a: { e: 0 }, c: { d: [1, 2], f: [3] }, g: "x" } });
    expect([...sweep]).toEqual([
      { a: 1, c: { d: 5, f: [3] }, g: "x" },
      { a: { e: 0, b: 2 }, c: { d: 5, f: [3] }, g: "x" },
    ]);
  });

  it.each([
    [{ model: { width: [] } }, "axes.model.width"], [{ a: [1], "odd key": [] }, 'axes["odd key"]'],
  ])("names an empty axis: %j", (axes, field) => {
    expect(thrown(() => product(axes))).toMatchObject({ code: "INVALID_OPTION", field });
    expect(thrown(() => zip(axes))).toMatchObject({ code: "INVALID_OPTION", field });
  });

  it.each([
    [{ lr: [0.1, NaN] }, "axes.lr[1]"], [{ a: { b: () => 1 } }, "axes.a.b"], [{ a: new Set([1]) }, "axes.a"], [{ a: [1n] }, "axes.a[0]"], [{ a: [new Date(0)] }, "axes.a[0]"],
  ])("refuses what is not JSON, with its place: %o", (axes, path) => {
    const error = thrown(() => product(axes));
    expect(error).toBeInstanceOf(InvalidValueError);
    expect(error).toMatchObject({ path });
  });

  it("refuses arguments and options that are none", () => {
    for (const axes of [null, 1, "abc", [1], undefined]) expect(thrown(() => product(axes as unknown as object))).toMatchObject({ field: "axes" });
    expect(thrown(() => product({}, { constant: {} } as object))).toMatchObject({ field: "constant" });
    expect(thrown(() => product({}, { constants: [1] }))).toMatchObject({ field: "constants" });
    expect(thrown(() => product({}, { constants: { a: NaN } }))).toMatchObject({ path: "constants.a" });
    expect(thrown(() => zip({}, { truncate: 1 } as unknown as object))).toMatchObject({ field: "truncate" });
  });
});

describe("a zip", () => {
  it("takes the axes side by side", () => {
    const sweep = zip({ a: [1, 2], b: { c: [3, 4], d: "x" } }, { constants: { e: [0] } });
    expect(sweep.length).toBe(2);
    expect([...sweep]).toEqual([{ a: 1, b: { c: 3, d: "x" }, e: [0] }, { a: 2, b: { c: 4, d: "x" }, e: [0] }]);
  });

  it("refuses axes of unequal lengths, naming both", () => {
    const error = thrown(() => zip({ a: [1, 2], b: { c: [3, 4, 5] } }));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as Error).message).toBe('Option "axes" must be axes of the same length, but a has 2 values and b.c has 3; set truncate to cut all to the shortest');
  });

  it("truncates when told to", () => expect([...zip({ a: [1, 2], b: [3, 4, 5] }, { truncate: true })]).toEqual([{ a: 1, b: 3 }, { a: 2, b: 4 }]));

  it("without axes is exactly one set", () => expect([...zip({ a: 1 })]).toEqual([{ a: 1 }]));
});

describe("a chain", () => {
  it("merges deeply, later sweeps winning and changing fastest", () => {
    const sweep = chain({ model: { width: [8, 16] }, lr: 1 }, zip({ lr: [0.1, 0.2], model: { depth: [2, 3] } }));
    expect(sweep.length).toBe(4);
    expect([...sweep]).toEqual([
      { model: { width: 8, depth: 2 }, lr: 0.1 }, { model: { width: 8, depth: 3 }, lr: 0.2 },
      { model: { width: 16, depth: 2 }, lr: 0.1 }, { model: { width: 16, depth: 3 }, lr: 0.2 },
    ]);
  });

  it("has sets that are alike once, where they came first", () => {
    expect([...chain({ a: [1, 2], b: [5, 6] }, { a: [3] })]).toEqual([{ b: 5, a: 3 }, { b: 6, a: 3 }]);
    expect([...chain({ a: [2, 1, 2] })]).toEqual([{ a: 2 }, { a: 1 }]);
    expect([...chain({ a: [{ b: 1, c: 2 }, { c: 2, b: 1 }] })]).toHaveLength(1);
  });

  it("takes a list for a chain, and nothing for one set", () => {
    expect([...chain({ a: [1, 2] }, [{ b: [3] }, { b: [4, 4] }])]).toEqual([{ a: 1, b: 4 }, { a: 2, b: 4 }]);
    expect([...chain()]).toEqual([{}]);
    expect([...chain([])]).toEqual([{}]);
  });

  it("stays lazy", () => {
    const axes = Object.fromEntries(range(9).map((axis) => [`axis${axis}`, range(10)]));
    const sweep = chain(axes, { axis8: range(20), more: zip({ a: [1, 2], b: [3, 4] }).at(0) }, { axis0: 7 });
    expect(sweep.length).toBe(10 ** 7 * 20);
    expect(sweep.at(sweep.length - 1)).toMatchObject({ axis0: 7, axis1: 9, axis8: 19, more: { a: 1, b: 3 } });
  });

  it("tells sets of different fields apart by making them, up to a bound", () => {
    const some = { a: [{ b: 1 }, 2] };
    expect([...chain({ a: { b: [5, 6], c: 7 } }, some)]).toEqual([{ a: { b: 1, c: 7 } }, { a: 2 }]);
    const error = thrown(() => chain({ a: { c: range(1000), d: range(1000) } }, some));
    expect(error).toMatchObject({ code: "INVALID_OPTION", field: "sweeps" });
    expect((error as Error).message).toMatch(/needs 2000000 sets made at once .* more than 1000000/);
    // Axes before the first one concerned cost nothing.
    expect(chain({ x: range(1000), y: range(1000), a: { c: [5, 6] } }, some).length).toBe(3_000_000);
  });

  it("names the sweep and the axis at fault", () => {
    expect(thrown(() => chain({ a: [1] }, { b: { c: [] } }))).toMatchObject({ field: "sweeps[1].b.c" });
    expect(thrown(() => chain([{ a: [1] }, { b: [NaN] }]))).toMatchObject({ path: "sweeps[0][1].b[0]" });
    expect(thrown(() => chain(null as unknown as object))).toMatchObject({ field: "sweeps[0]" });
    expect(thrown(() => chain("a" as unknown as object))).toMatchObject({ field: "sweeps[0]" });
  });
});

describe("any sweep", () => {
  const billion = (): ReturnType<typeof product> => product({ a: range(1000), b: { c: range(1000) }, d: range(1000) });

  it("of a billion sets costs nothing until they are taken", () => {
    const before = process.memoryUsage().heapUsed;
    const started = performance.now();
    const sweep = billion();
    expect(sweep.length).toBe(1e9);
    expect(sweep.at(123_456_789)).toEqual({ a: 123, b: { c: 456 }, d: 789 });
    const [first, second] = sweep;
    expect([first, second]).toEqual([{ a: 0, b: { c: 0 }, d: 0 }, { a: 0, b: { c: 0 }, d: 1 }]);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50 * 1_048_576);
  });

  it("can be gone through more than once", () => {
    const sweep = product({ a: [1, 2] });
    expect([...sweep]).toEqual([...sweep]);
  });

  it("gives an object of its own for each set", () => {
    const sweep = product({ a: [[{ b: 1 }], 2], c: { d: 1 } });
    const first = sweep.at(0) as { a: { b: number }[]; c: { d: number } };
    first.a[0] = { b: 9 };
    first.c.d = 9;
    expect(sweep.at(0)).toEqual({ a: [{ b: 1 }], c: { d: 1 } });
    expect(sweep.at(1)).toEqual({ a: 2, c: { d: 1 } });
  });

  it("does not change with the axes it was made of", () => {
    const axes = { a: [1, 2], b: { c: [3] } };
    const sweep = product(axes);
    axes.a.push(3);
    axes.b.c[0] = 9;
    expect([...sweep]).toEqual([{ a: 1, b: { c: 3 } }, { a: 2, b: { c: 3 } }]);
  });

  it("counts exactly up to 2^53 - 1, and refuses more", () => {
    const axes = Object.fromEntries(range(53).map((bit) => [`bit${bit}`, [0, 1]]));
    const error = thrown(() => product(axes));
    expect(error).toMatchObject({ code: "INVALID_OPTION", field: "axes" });
    expect((error as Error).message).toMatch(/about 9.01e\+15 sets/);
    const { bit0: _, ...fewer } = axes;
    const sweep = product(fewer);
    expect(sweep.length).toBe(2 ** 52);
    expect(sweep.at(2 ** 52 - 2)).toMatchObject({ bit1: 1, bit51: 1, bit52: 0 });
  });

  it("finds the last places of the longest sweeps", () => {
    const sweep = product({ a: range(3001), b: range(3001), c: range(3001), d: range(333_000) });
    expect(sweep.length).toBe(3001 ** 3 * 333_000);
    expect(sweep.length).toBeGreaterThan(2 ** 52);
    expect(sweep.at(sweep.length - 1)).toEqual({ a: 3000, b: 3000, c: 3000, d: 332_999 });
    expect(sweep.at(sweep.length - 333_001)).toEqual({ a: 3000, b: 3000, c: 2999, d: 332_999 });
  });

  it.each([-1, 2, 0.5, NaN, "0", undefined])("has no set number %s", (index) => {
    expect(thrown(() => product({ a: [1, 2] }).at(index as number))).toMatchObject({ field: "index" });
  });

  it("takes __proto__ for a name like any other", () => {
    const axes = JSON.parse('{"__proto__":[1,2],"a":{"__proto__":{"b":[3]}}}') as object;
    expect(JSON.stringify([...product(axes)])).toBe('[{"__proto__":1,"a":{"__proto__":{"b":3}}},{"__proto__":2,"a":{"__proto__":{"b":3}}}]');
    expect(({} as Record<string, unknown>)["b"]).toBeUndefined();
  });
});
