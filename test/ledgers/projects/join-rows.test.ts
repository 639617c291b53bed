import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../src/index.js";
import { toTable } from "../../../src/ledgers/projects/aggregate-text.js";
import { flattenJson } from "../../../src/ledgers/projects/flatten-json.js";
import { joinRows } from "../../../src/ledgers/projects/join-rows.js";
import type { JoinInput, JoinOptions } from "../../../src/ledgers/projects/join-rows.js";

const options: JoinOptions = { identifiers: ["train", "eval"], by: "uid", separator: ".", onConflict: "prefix" };
const input = (identifier: string, uid: string, value: JsonObject, key = uid): JoinInput => ({ identifier, uid, key, values: flattenJson(value) });

it("flattens objects, not lists and not what is empty", () => {
  expect([...flattenJson({ a: 1, b: { c: { d: null }, e: [1, { f: 2 }] }, g: {}, h: [] })]).toEqual([["a", 1], ["b.c.d", null], ["b.e", [1, { f: 2 }]], ["g", {}], ["h", []]]);
  expect([...flattenJson({ b: { c: 1 } }, "__").keys()]).toEqual(["b__c"]);
  expect([...flattenJson({ "b.c": 1, b: { c: 2 } })]).toEqual([["b.c", 2]]);
});

describe("rows by uid", () => {
  it("stand in the order of the numbers, and have what each identifier has", () => {
    const inputs = [input("eval", "10000", { score: 3 }), input("train", "9999", { loss: 1 }), input("eval", "9999", { score: 2 }), input("train", "0002", { loss: 0.5 })];
    expect(joinRows(inputs, options)).toEqual({
      rows: [{ uid: "0002", loss: 0.5 }, { uid: "9999", loss: 1, score: 2 }, { uid: "10000", score: 3 }],
      columns: ["uid", "loss", "score"],
    });
  });

  it("keep both values of a key that two identifiers have, in every row", () => {
    const inputs = [input("train", "0001", { loss: 1, a: 0 }), input("eval", "0001", { loss: 2 }), input("train", "0002", { loss: 3 })];
    expect(joinRows(inputs, options)).toEqual({
      rows: [{ uid: "0001", "train.loss": 1, a: 0, "eval.loss": 2 }, { uid: "0002", "train.loss": 3 }],
      columns: ["uid", "train.loss", "a", "eval.loss"],
    });
    expect(joinRows(inputs, { ...options, onConflict: "last" }).rows).toEqual([{ uid: "0001", loss: 2, a: 0 }, { uid: "0002", loss: 3 }]);
    expect(joinRows(inputs, { ...options, identifiers: ["eval", "train"], onConflict: "last" }).rows[0]).toEqual({ uid: "0001", loss: 1, a: 0 });
  });

  it("never give a column of their own, or one column twice, to a key", () => {
    const { rows } = joinRows([input("train", "0001", { uid: "mine", "eval.uid": 3 }), input("eval", "0001", { uid: 7 })], options);
    expect(rows).toEqual([{ uid: "0001", "train.uid": "mine", "eval.uid": 3, "eval.eval.uid": 7 }]);
    const names = { ...options, identifiers: ["a", "a.b"] };
    const { rows: tricky } = joinRows([input("a", "0001", { "b.x": 1, x: 2 }), input("a.b", "0001", { x: 3, "b.x": 4 })], names);
    expect(Object.values(tricky[0] ?? {}).filter((value) => typeof value === "number").sort()).toEqual([1, 2, 3, 4]);
  });

  it("take __proto__ for a key like any other", () => {
    const [row] = joinRows([input("train", "0001", JSON.parse('{"__proto__":1,"constructor":2}') as JsonObject)], options).rows;
    expect(Object.keys(row ?? {})).toEqual(["uid", "__proto__", "constructor"]);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  });
});

describe("rows by parameters", () => {
  it("have the uid of each run, and combine repetitions", () => {
    const inputs = [input("train", "0001", { loss: 1 }, "h1"), input("eval", "0007", { score: 1 }, "h1"), input("eval", "0003", { score: 2 }, "h1"), input("eval", "0002", { score: 9 }, "h2")];
    expect(joinRows(inputs, { ...options, by: "params" })).toEqual({
      rows: [
        { paramHash: "h1", "train.uid": "0001", "eval.uid": "0003", loss: 1, score: 2 },
        { paramHash: "h1", "train.uid": "0001", "eval.uid": "0007", loss: 1, score: 1 },
        { paramHash: "h2", "eval.uid": "0002", score: 9 },
      ],
      columns: ["paramHash", "train.uid", "eval.uid", "loss", "score"],
    });
  });
});

it("the same files give the same rows and columns, whatever order they come in, and no value is lost", () => {
  const values = fc.dictionary(fc.constantFrom("a", "b", "uid", "train.a", "eval.uid", "train.uid"), fc.integer(), { minKeys: 1 });
  const files = fc.uniqueArray(fc.record({ identifier: fc.constantFrom("train", "eval"), uid: fc.constantFrom("0001", "0002", "9999", "10000"), values }), { selector: ({ identifier, uid }) => `${identifier}/${uid}` });
  fc.assert(
    fc.property(files, fc.integer(), (made, seed) => {
      const inputs = made.map(({ identifier, uid, values }) => input(identifier, uid, values));
      const shuffled = inputs.map((one, index) => ({ one, at: Math.imul(index + 1, seed | 1) })).sort((a, b) => a.at - b.at).map(({ one }) => one);
      const joined = joinRows(inputs, options);
      expect(joinRows(shuffled, options)).toEqual(joined);
      const numbers = (rows: readonly { readonly [column: string]: Json }[]): Json[] => rows.flatMap((row) => Object.values(row).filter((value) => typeof value === "number")).sort();
      expect(numbers(joined.rows)).toEqual(made.flatMap(({ values }) => Object.values(values)).sort());
    }),
  );
});

describe("many rows", () => {
  const runs = (identifier: string, count: number): JoinInput[] => Array.from({ length: count }, (_, index) => input(identifier, String(index + 1).padStart(4, "0"), { v: index }, "h"));

  it("are refused before they are made, where runs of the same parameters multiply", () => {
    const inputs = ["train", "eval", "test"].flatMap((identifier) => runs(identifier, 1000));
    expect(() => joinRows(inputs, { ...options, by: "params", identifiers: ["train", "eval", "test"] })).toThrow(/by.*1000000000 rows.*more than 1000000/);
    expect(joinRows(inputs.slice(0, 1000), { ...options, by: "params" }).rows).toHaveLength(1000);
  });

  it("are a table all the same, also more than a call has room for arguments", () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => ({ uid: String(index) }));
    expect(toTable({ rows, columns: ["uid"] })).toMatch(/^uid\n0\n[\d\n]*\n199999\n$/);
  });
});
