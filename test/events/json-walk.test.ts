/** The quick look against the thorough one. Seeds: see test/support/fast-check-seed.ts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectJson, isPlainJson } from "../../src/events/json-walk.js";

const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true, withSparseArray: true, withTypedArray: true, maxDepth: 5 });

describe("the quick look", () => {
  it("calls plain only what the thorough one has nothing to say of", () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue()), (value) => {
        if (!isPlainJson(value)) return;
        expect(inspectJson(value, "$")).toEqual({ fault: undefined, droppedUndefined: false });
      }),
    );
  });

  it("calls ordinary data plain", () => {
    expect(isPlainJson({ run: "a", epoch: 3, loss: 0.25, layers: [64, [32]], nested: { ok: true, none: null } })).toBe(true);
  });

  it.each([
    ["an accessor, which it does not call", () => Object.defineProperty({}, "a", { enumerable: true, get: () => expect.fail("called") })],
    ["an accessor in an array", () => Object.defineProperty([1], 0, { enumerable: true, get: () => expect.fail("called") })],
    ["a symbol as key", () => ({ [Symbol("s")]: 1 })],
    ["a property that is not enumerable", () => Object.defineProperty({}, "a", { value: 1 })],
    ["a class of its own", () => new (class Point { x = 1; })()],
    ["no prototype", () => Object.create(null) as object],
    ["a hole", () => [1, , 2]],
    ["a property beside the elements", () => Object.assign([1], { more: 1 })],
    ["NaN", () => ({ a: [NaN] })],
    ["undefined", () => ({ a: undefined })],
    ["half a surrogate pair", () => ({ a: "\ud800" })],
    ["half a surrogate pair in a key", () => ({ "\udc00": 1 })],
  ])("leaves %s to the thorough one", (_title, make) => {
    expect(isPlainJson(make())).toBe(false);
  });

  it("leaves to it what is deep, long, cyclic, or stands for billions of values", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 40; depth += 1) deep = [deep];
    let shared: unknown = [1];
    for (let depth = 0; depth < 12; depth += 1) shared = Array.from({ length: 60 }, () => shared);
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    for (const value of [deep, shared, cyclic, Array.from({ length: 5000 }, () => 1)]) expect(isPlainJson(value)).toBe(false);
  });

  it("calls nothing plain while Object.prototype has something enumerable", () => {
    Object.defineProperty(Object.prototype, "polluted", { value: 1, enumerable: true, configurable: true, writable: true });
    let plain: boolean;
    try {
      plain = isPlainJson({ a: 1 });
    } finally {
      delete (Object.prototype as { polluted?: number }).polluted;
    }
    expect(plain).toBe(false);
  });
});
