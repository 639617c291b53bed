import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../src/index.js";
import { readMetrics, readParams, readValue } from "../../tools/cli/assignments.js";
import { orderBy } from "../../tools/cli/record-fields.js";
import { bytes, clean, duration, shorten } from "../../tools/cli/text.js";
import { readCondition } from "../../tools/cli/where.js";

describe("-p k=v", () => {
  it("is JSON if it parses, else text", () => {
    expect(readParams(["a=1", "b=true", "c=null", "d=x", "e=", 'f="1"', "g=[1,2]", 'h={"a.b":1}', "i=a=b", "j=01", "k=-2.5e3"])).toEqual({
      a: 1, b: true, c: null, d: "x", e: "", f: "1", g: [1, 2], h: { "a.b": 1 }, i: "a=b", j: "01", k: -2500,
    });
  });

  it("never becomes another number", () => {
    expect(readValue("9007199254740993")).toBe("9007199254740993");
    expect(readValue("1e999")).toBe("1e999");
    expect(readValue("9007199254740991")).toBe(9007199254740991);
    expect(readValue('["9007199254740993", 0.12345678901234567890, 1e20]')).toEqual(["9007199254740993", 0.12345678901234568, 1e20]);
    expect(() => readValue("[9007199254740993]")).toThrow(/too large/);
  });

  it("nests at dots, and refuses what is given twice", () => {
    expect(readParams(["m.a=1", "m.b.c=2", "n=3"])).toEqual({ m: { a: 1, b: { c: 2 } }, n: 3 });
    for (const twice of [["a=1", "a=1"], ["a=1", "a.b=2"], ["a.b=1", "a=2"], ["a.b=1", "a.b=1"]]) expect(() => readParams(twice)).toThrow(/given twice/);
    for (const wrong of ["a", "=1", ".a=1", "a.=1", "a..b=1"]) expect(() => readParams([wrong])).toThrow();
  });

  it("takes __proto__ for a name like any other", () => {
    const params = readParams(["__proto__=1", "a.__proto__.b=2"]);
    expect(Object.keys(params)).toEqual(["__proto__", "a"]);
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["b"]).toBeUndefined();
  });
});

it("metrics are flat", () => {
  expect(readMetrics(["val.acc=0.5", "note=x"])).toEqual({ "val.acc": 0.5, note: "x" });
  expect(() => readMetrics(["a={}"])).toThrow(/a metric is/);
});

const record = (metrics: Record<string, unknown>, more: object = {}): RunRecord =>
  ({ identifier: "t", relpath: "", uid: "0001", status: "DONE", params: { lr: 0.1, name: "5" }, metrics, tags: ["a", "b"], attempts: [], ...more }) as unknown as RunRecord;

describe("--where", () => {
  it.each([
    ["params.lr=0.1", true], ["params.lr!=0.1", false], ["params.lr<0.2", true], ["params.lr>=0.1", true], ["params.lr>0.1", false],
    ["params.name=5", true], ["params.none=1", false], ["params.none!=1", true], ["tags=a", true], ["tags=c", false],
    ["metrics.val.acc>0.4", true], ["status=DONE", true], ["run=t/0001", true], ["params.lr>x", false], ["metrics.gone<1", false],
  ])("%s", (condition, expected) => expect(readCondition(condition)(record({ "val.acc": 0.5, gone: null }))).toBe(expected));
});

it("--sort puts runs without the field last, either way", () => {
  const records = [record({ a: 2 }), record({}), record({ a: 10 }), record({ a: null }), record({ a: 1 })];
  const sorted = (by: string): unknown[] => [...records].sort(orderBy(by)).map(({ metrics }) => metrics["a"]);
  expect(sorted("metrics.a")).toEqual([1, 2, 10, undefined, null]);
  expect(sorted("-metrics.a")).toEqual([10, 2, 1, undefined, null]);
});

it("texts for people", () => {
  expect([0, 999, 9990, 59_000, 61_000, 3_700_000, 90_000_000].map(duration)).toEqual(["0.00 s", "1.00 s", "9.99 s", "59.0 s", "1m 01s", "1h 01m", "1d 01h"]);
  expect([0, 1023, 1024, 1536 * 1024].map(bytes)).toEqual(["0 B", "1023 B", "1.0 KiB", "1.5 MiB"]);
  expect(clean("a\u001b[0m\n\u202eb")).toBe("a\\u001b[0m\\n\\u202eb");
  expect(shorten("häßlich", 4)).toBe("häß…");
});
