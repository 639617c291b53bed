import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, PatchOperation } from "../../src/index.js";
import { jsonPatch } from "../../src/replay/json-patch.js";
import { applied, canonical } from "../support/apply-patch.js";

const keys = fc.oneof(fc.constantFrom("__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "length", "0", "1", "-", "", "a", "b", "a/b", "~1", "~"), fc.string({ maxLength: 3 }));
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    fc.oneof(fc.constantFrom<Json>(null, true, 0, 1, "", "x"), fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0), fc.string()),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(keys, tie("value")), { maxLength: 5 }).map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Json),
  ),
})).value;
/** Two values that have much in common: one, and the same with a few parts replaced. */
const related = fc.tuple(json, json, fc.nat(7)).map(([value, other, salt]): [Json, Json] => [value, mixed(value, other, salt)]);

function mixed(value: Json, other: Json, salt: number): Json {
  if (typeof value !== "object" || value === null || salt === 0) return other;
  const list = Array.isArray(value) ? (value as readonly Json[]) : undefined;
  if (list !== undefined) return salt % 2 === 0 ? list.slice(0, -1) : list.map((one, index) => (index % 2 === salt % 2 ? mixed(one, other, salt - 1) : one));
  const entries = Object.entries(value as Record<string, Json>);
  return Object.fromEntries(entries.flatMap(([key, one], index) => (index === salt ? [] : index % 2 === salt % 2 ? [[key, mixed(one, other, salt - 1)] as const] : [[key, one] as const])));
}

function expectPatch(before: Json, after: Json): PatchOperation[] {
  const patch = jsonPatch(before, after);
  // One of the two libraries cannot carry out a `test` on what has such a key.
  for (const tests of JSON.stringify(before).includes("hasOwnProperty") ? [false] : [false, true]) {
    const { byOne, byOther } = applied(before, jsonPatch(before, after, { tests }));
    expect(canonical(byOne)).toBe(canonical(after));
    // That library loses such keys of any value that it copies.
    if (!JSON.stringify([before, after]).includes("__proto__")) expect(canonical(byOther)).toBe(canonical(after));
  }
  return patch;
}

describe("a JSON Patch", () => {
  it("makes any value of any other, whichever library applies it", () => {
    fc.assert(fc.property(fc.oneof(related, fc.tuple(json, json)), ([before, after]) => void expectPatch(before, after)));
  });

  it("is empty for equal values alone", () => {
    fc.assert(fc.property(related, ([before, after]) => {
      expect(jsonPatch(before, JSON.parse(JSON.stringify(before)) as Json)).toEqual([]);
      expect(jsonPatch(before, after).length === 0).toBe(canonical(before) === canonical(after));
    }));
  });

  it.each<[string, Json, Json, string[]]>([
    ["an empty list and an empty object", [], {}, [""]],
    ["a list and an object with its indices", ["a"], { 0: "b" }, [""]],
    ["such two inside", { x: ["a"] }, { x: { 0: "a" } }, ["/x"]],
    ["values that are no containers", 1, null, [""]],
    ["a value and a container", null, {}, [""]],
    ["keys with slashes and tildes", { "a/b": 1, "~": 1 }, { "a/b": 2, "~": 2 }, ["/~0", "/a~1b"]],
    ["a list that grows", [1], [1, 2, 3], ["/1", "/2"]],
    ["a list that shrinks, from its end", [1, 2, 3], [1], ["/2", "/1"]],
  ])("tells apart %s", (_, before, after, paths) => expect(expectPatch(before, after).map(({ path }) => path)).toEqual(paths));

  it("replaces the object that holds a key through which no path may lead", () => {
    const object = (text: string): Json => JSON.parse(text) as Json;
    expect(expectPatch(object('{"x":{"__proto__":1,"y":1}}'), object('{"x":{"__proto__":2,"y":2}}')).map(({ path }) => path)).toEqual(["/x"]);
    expect(expectPatch(object('{"x":{"y":{"prototype":{"a":1}},"z":1}}'), object('{"x":{"y":{"prototype":{"a":2}},"z":2}}')).map(({ path }) => path)).toEqual(["/x/z", "/x/y"]);
    expect(expectPatch(object('{"constructor":1,"a":{"b":{"__proto__":1}}}'), object('{"a":{"b":{"__proto__":2}}}')).map(({ path }) => path)).toEqual([""]);
  });

  it("of big lists and deep values takes no longer than it should", () => {
    const list = Array.from({ length: 20_000 }, (_, index) => ({ index }));
    const deep = (bottom: Json): Json => Array.from({ length: 500 }).reduce<Json>((below) => ({ below }), bottom);
    expect(expectPatch(list, list.map((one, index) => (index === 15_000 ? { index: 1 } : one))).map(({ path }) => path)).toEqual(["/15000/index"]);
    expect(expectPatch(deep(1), deep(2))).toHaveLength(1);
  });

  it("holds copies", () => {
    const after = { list: [{ a: 1 }], other: { b: 1 } };
    for (const before of [{}, { list: {} }, [] as Json]) {
      const patch = JSON.parse(JSON.stringify(jsonPatch(before, after))) as Json;
      const held = jsonPatch(before, after);
      after.list[0]!.a += 1;
      after.other.b += 1;
      expect(held).toEqual(patch);
    }
  });
});
