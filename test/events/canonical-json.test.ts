import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidValueError, isDaybookError } from "../../src/base/errors.js";
import { assertJson, canonicalJson } from "../../src/events/canonical-json.js";
import { maxJsonDepth } from "../../src/events/json-walk.js";

function refusal(value: unknown): string {
  try {
    canonicalJson(value);
  } catch (error) {
    if (error instanceof InvalidValueError) return error.message;
    throw error;
  }
  throw new Error("accepted");
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** What canonical JSON takes for equal: properties that are undefined are absent, -0 is 0, objects have no prototype. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    const copy = Object.create(null) as Record<string, unknown>;
    for (const [key, entry] of Object.entries(value)) if (entry !== undefined) copy[key] = plain(entry);
    return copy;
  }
  return value === 0 ? 0 : value;
}

/** A deep copy with the keys of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  const copy = {};
  for (const [key, entry] of Object.entries(value).reverse()) {
    Object.defineProperty(copy, key, { value: shuffled(entry), enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

function argumentsOf(..._: number[]): unknown {
  return arguments; // eslint-disable-line prefer-rest-params
}

describe("canonical JSON", () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: [true, null, "é😀"] }, '{"a":[true,null,"é😀"],"b":1}'],
    [{ "\u{1f600}": 1, "\uffff": 2 }, '{"😀":1,"\uffff":2}'],
    [[{ y: 1, x: 2 }], '[{"x":2,"y":1}]'],
    [-0, "0"],
    [1e21, "1e+21"],
    [0.1 + 0.2, "0.30000000000000004"],
    ["a\n\u2028", '"a\\n\u2028"'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [{ toJSON: "just text" }, '{"toJSON":"just text"}'],
    [Object.freeze([Object.freeze({})]), "[{}]"],
  ])("writes %j as %s", (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it("keeps apart what the original's hash took for the same", () => {
    const inputs = [{}, { a: {} }, { a: [] }, { a: null }, { a: {}, b: 1 }, { b: 1 }, { a: 1 }, { a: "1" }, { a: true }, { a: { b: 1 } }, { "a.b": 1 }];
    expect(new Set(inputs.map(canonicalJson)).size).toBe(inputs.length);
  });

  it("takes shared references that are no cycle", () => {
    const shared = { x: [1] };
    expect(canonicalJson({ a: shared, b: [shared, shared] })).toBe('{"a":{"x":[1]},"b":[{"x":[1]},{"x":[1]}]}');
  });

  it("keeps hostile keys as own keys and pollutes nothing", () => {
    const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"hasOwnProperty":1,"length":2,"toString":3}';
    expect(canonicalJson(JSON.parse(text))).toBe(text);
    expect("polluted" in {}).toBe(false);
  });
});

describe("what JSON would change is refused, with its path", () => {
  class Model {
    width = 1;
  }
  const cycle: Record<string, unknown> = { a: { b: [] } };
  (cycle.a as { b: unknown[] }).b.push(cycle);
  const selfish: unknown[] = [];
  selfish.push(selfish);

  it.each<[string, unknown, string]>([
    ["NaN", { layers: [{}, {}, { width: Number.NaN }] }, "$.layers[2].width is NaN"],
    ["Infinity", [Infinity], "$[0] is Infinity"],
    ["-Infinity", { "odd key": -Infinity }, '$["odd key"] is -Infinity'],
    ["a BigInt", { a: 1n }, "$.a is a BigInt"],
    ["undefined itself", undefined, "$ is undefined"],
    ["undefined in an array", [1, undefined], "$[1] is undefined"],
    ["a hole", [1, , 2], "$[1] is a hole"],
    ["a huge hole", { a: new Array(4_294_967_295) }, "$.a has too many entries"],
    ["an extra property of an array", Object.assign([1], { a: 1 }), "$ has a property besides its elements"],
    ["an array of another class", new (class extends Array {})(), "$ is an array of a class of its own"],
    ["a Map", { m: new Map() }, "$.m is a Map"],
    ["a Set", new Set(), "$ is a Set"],
    ["a Date", { d: new Date(0) }, "$.d is a Date"],
    ["a RegExp", /a/, "$ is an instance of RegExp"],
    ["a class instance", { m: new Model() }, "$.m is an instance of Model"],
    ["a typed array", new Float32Array(2), "$ is an instance of Float32Array"],
    ["a Buffer", Buffer.from("a"), "$ is an instance of Buffer"],
    ["an ArrayBuffer", new ArrayBuffer(1), "$ is an instance of ArrayBuffer"],
    ["a boxed number", Object(1), "$ is an instance of Number"],
    ["an object made of another", Object.create({ inherited: 1 }), "$ is an object with a prototype of its own"],
    ["a function", { f: () => 1 }, "$.f is a function"],
    ["a method toJSON", { toJSON: () => 1 }, "$.toJSON is a function"],
    ["a symbol", [Symbol("s")], "$[0] is a symbol"],
    ["a symbol as key", { a: { [Symbol("s")]: 1 } }, "$.a has a symbol as key"],
    ["a property that is not enumerable", Object.defineProperty({}, "a", { value: 1 }), "$ has a property that is not enumerable"],
    ["arguments", argumentsOf(1), "$ has a"],
    ["a lone surrogate", { s: "a\ud800b" }, "$.s holds half of a surrogate pair"],
    ["a lone surrogate in a key", { a: { "\udc00": 1 } }, 'in its key'],
    ["a cycle", { root: cycle }, "$.root.a.b[0] is a cycle: the same object as $.root"],
    ["an array in itself", selfish, "$[0] is a cycle: the same object as $"],
    ["deep nesting", nested(maxJsonDepth + 1), `is nested more than ${maxJsonDepth} deep`],
    ["hostile nesting", nested(200_000), `is nested more than ${maxJsonDepth} deep`],
  ])("%s", (_, value, message) => {
    expect(refusal(value)).toContain(message);
  });

  it("takes the deepest nesting allowed", () => {
    expect(JSON.parse(canonicalJson(nested(maxJsonDepth)))).toEqual(nested(maxJsonDepth));
  });

  it("refuses accessors without calling them", () => {
    const getter = { ok: 1, get now(): number { throw new Error("called"); } };
    expect(refusal({ a: getter })).toContain("$.a.now is an accessor");
    expect(refusal(Object.defineProperty([0], 0, { enumerable: true, get: () => expect.unreachable() }))).toContain("$[0] is an accessor");
    expect(refusal(Object.defineProperty({}, "s", { enumerable: true, set: () => undefined }))).toContain("$.s is an accessor");
  });

  it("refuses a Proxy that throws, and one that changes its mind, with a typed error", () => {
    const fail = (): never => {
      throw new RangeError("trap");
    };
    for (const trap of ["getPrototypeOf", "ownKeys", "getOwnPropertyDescriptor"]) expect(refusal([new Proxy({ a: 1 }, { [trap]: fail })])).toContain("$[0]");
    expect(refusal(new Proxy({ a: 1 }, { get: fail }))).toContain("$ cannot be written");
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(refusal({ a: proxy })).toContain("$.a cannot be read");
  });

  it("refuses a few shared arrays that stand for billions of values", () => {
    let bomb: unknown = 0;
    for (let level = 0; level < 100; level += 1) bomb = [bomb, bomb, bomb, bomb];
    expect(refusal(bomb)).toContain("holds more than 4194304");
  });

  it("keeps paths short enough to read", () => {
    expect(refusal({ ["k".repeat(1_000_000)]: Number.NaN }).length).toBeLessThan(200);
    expect(refusal(nested(10_000)).length).toBeLessThan(600);
  });

  it("names the value as the caller does", () => {
    expect(() => assertJson({ a: 1n }, "$.data")).toThrow("$.data.a is a BigInt");
  });
});

describe("for every value", () => {
  const json = fc.jsonValue({ depthSize: "medium" });
  const keyed = fc.dictionary(fc.constantFrom("a", "b", "__proto__", "constructor", "toJSON", "0", ""), fc.oneof(fc.jsonValue(), fc.constant(undefined)), { noNullPrototype: false });
  const close = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(0, -0, 1, "", "0", "1", null, true, false, "null", "[]", "{}"),
      fc.array(tie("value"), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom("a", "b", '"'), tie("value"), { maxKeys: 2 }),
    ),
  })).value;
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    key: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "constructor", "toJSON", "prototype")),
  });

  it("the order of keys does not matter", () => {
    fc.assert(
      fc.property(fc.oneof(json, keyed), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it("reading it back gives the value", () => {
    fc.assert(
      fc.property(fc.oneof(json, keyed), (value) => {
        expect(isDeepStrictEqual(plain(JSON.parse(canonicalJson(value))), plain(value))).toBe(true);
      }),
    );
  });

  it("two values share their text only if they are equal", () => {
    fc.assert(
      fc.property(close, close, (one, other) => {
        expect(canonicalJson(one) === canonicalJson(other)).toBe(isDeepStrictEqual(plain(one), plain(other)));
      }),
      { numRuns: 1000 },
    );
  });

  it("hostile input is written so that it reads back, or refused with an error of ours", () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.string({ unit: "binary" })), (value) => {
        let text: string;
        try {
          text = canonicalJson(value);
        } catch (error) {
          expect(isDaybookError(error, "INVALID_VALUE")).toBe(true);
          return;
        }
        expect(isDeepStrictEqual(plain(JSON.parse(text)), plain(value))).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect("polluted" in {}).toBe(false);
  });
});
