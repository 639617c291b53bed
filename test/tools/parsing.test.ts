import { describe, expect, it } from "vitest";
import { readMetrics, readParams, readValue } from "../../tools/cli/assignments.js";
import { readSince } from "../../tools/cli/since.js";
import { tableLines } from "../../tools/cli/table.js";
import { bytes, clean, columnsOf, duration, pad, shorten } from "../../tools/cli/text.js";

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

describe("--since", () => {
  const now = Date.parse("2026-11-21T12:00:00.000Z");
  it.each([
    ["2h", "2026-11-21T10:00:00.000Z"], ["1h30m", "2026-11-21T10:30:00.000Z"], ["3d", "2026-11-18T12:00:00.000Z"], ["1w", "2026-11-14T12:00:00.000Z"], ["0.5h", "2026-11-21T11:30:00.000Z"], ["90s", "2026-11-21T11:58:30.000Z"],
    ["2026-11-20T10:00Z", "2026-11-20T10:00:00.000Z"], ["2026-11-20T10:00:01.5+02:00", "2026-11-20T08:00:01.500Z"],
  ])("%s", (text, time) => expect(new Date(readSince(text, now)).toISOString()).toBe(time));

  it("takes a time without a zone for a local one, as tables show it", () => {
    expect(readSince("2026-11-20", now)).toBe(new Date(2026, 10, 20).getTime());
    expect(readSince("2026-11-20 10:30", now)).toBe(new Date(2026, 10, 20, 10, 30).getTime());
  });

  it.each(["", "2", "h", "2 fortnights", "yesterday", "-2h", "2026-13-01", "2026-02-30", "2026-11-20T25:00", "20261120", "NaNh"])("refuses %j", (text) => {
    expect(() => readSince(text, now)).toThrow(/--since .*write a time such as/);
  });
});

it("texts for people", () => {
  expect([0, 999, 9990, 59_000, 61_000, 3_700_000, 90_000_000].map(duration)).toEqual(["0.00 s", "1.00 s", "9.99 s", "59.0 s", "1m 01s", "1h 01m", "1d 01h"]);
  expect([0, 1023, 1024, 1536 * 1024].map(bytes)).toEqual(["0 B", "1023 B", "1.0 KiB", "1.5 MiB"]);
  expect(clean("a\u001b[0m\n\u202eb")).toBe("a\\u001b[0m\\n\\u202eb");
  expect(shorten("häßlich", 4)).toBe("häß…");
});

describe("wide characters", () => {
  it("count as the columns that a terminal gives them", () => {
    expect(["abc", "é", "e\u0301", "日本語", "ﾊﾝ", "한글", "🎉", "→", "Ω"].map(columnsOf)).toEqual([3, 1, 1, 6, 2, 4, 2, 1, 1]);
    expect(pad("日本", 6)).toBe("日本  ");
    expect([shorten("日本語", 6), shorten("日本語", 5), shorten("日本語", 4), shorten("abcdef", 4)]).toEqual(["日本語", "日本…", "日…", "abc…"]);
  });

  it("are not cut from a table that has room", async () => {
    const columns = [{ head: "tags" }, { head: "note" }];
    expect(await tableLines(columns, [["日本語 実験", "🎉 x"], ["a", "b"]])).toEqual(["tags         note", "日本語 実験  🎉 x", "a            b"]);
  });
});
