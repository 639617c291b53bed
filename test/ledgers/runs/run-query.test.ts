import { describe, expect, it } from "vitest";
import type { ListOptions, RunRecord } from "../../../src/index.js";
import { parseFieldPath, splitFieldList } from "../../../src/ledgers/runs/run-fields.js";
import { selectRuns } from "../../../src/ledgers/runs/run-query.js";

const run = (uid: string, more: Partial<RunRecord> = {}): RunRecord => ({
  identifier: "train", relpath: "", uid, status: "DONE", liveness: "ended", paramHash: undefined, params: undefined, storage: "subfolder",
  files: {}, metrics: {}, tags: [], note: undefined, error: undefined, attempts: [], history: [], ...more,
});

const names = (records: readonly RunRecord[], options: ListOptions = {}): string[] =>
  selectRuns(records, options).map(({ identifier, relpath, uid }) => [identifier, relpath, uid].filter((part) => part !== "").join("/"));

describe("which runs", () => {
  const records = [
    run("0001", { params: { lr: 0.1, optimiser: { name: "adam", beta: 0.9 } }, tags: ["best", "slow"], metrics: { accuracy: 0.9 } }),
    run("0002", { params: { lr: 0.2, optimiser: { name: "adam" } }, status: "ERROR", tags: ["slow"] }),
    run("0003", { relpath: "x", metrics: { loss: 0 } }),
  ];

  it.each<[ListOptions["where"], string[]]>([
    [undefined, ["train/0001", "train/0002", "train/x/0003"]],
    [{}, ["train/0001", "train/0002", "train/x/0003"]],
    [{ status: "ERROR" }, ["train/0002"]],
    [{ status: "DONE", relpath: "" }, ["train/0001"]],
    [{ params: { optimiser: { name: "adam" } } }, ["train/0001", "train/0002"]],
    [{ params: { optimiser: { name: "adam", beta: 0.9 } } }, ["train/0001"]],
    [{ params: { lr: "0.1" } }, []],
    [{ tags: ["slow"] }, ["train/0001", "train/0002"]],
    [{ tags: ["slow", "best"] }, ["train/0001"]],
    [{ metrics: { accuracy: undefined } }, ["train/0002", "train/x/0003"]],
    [{ metrics: { loss: -0 } }, ["train/x/0003"]],
    [{ params: undefined }, ["train/x/0003"]],
    [{ nonsense: 1 }, []],
    [{ metrics: { constructor: Object } }, []],
    [(record) => record.tags.includes("best"), ["train/0001"]],
  ])("%j", (where, expected) => {
    expect(names(records, where === undefined ? {} : { where })).toEqual(expected);
  });

  it.each([null, 5, "DONE", []])("is not a question of %j", (where) => {
    expect(() => selectRuns(records, { where } as unknown as ListOptions)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", field: "where" }) as Error,
    );
  });
});

describe("in which order", () => {
  it("by identifier, relpath and uid, uids as numbers", () => {
    const records = [
      run("10000"),
      run("0002"),
      run("9999"),
      run("0001", { relpath: "b" }),
      run("0009", { relpath: "a" }),
      run("0001", { identifier: "eval" }),
    ];
    expect(names(records)).toEqual(["eval/0001", "train/0002", "train/9999", "train/10000", "train/a/0009", "train/b/0001"]);
  });

  it("by uid as a number when asked for", () => {
    expect(names([run("10000"), run("9999"), run("0010")], { sort: "-uid" })).toEqual(["train/10000", "train/9999", "train/0010"]);
    expect(names([run("10000"), run("9999"), run("0010")], { sort: "uid" })).toEqual(["train/0010", "train/9999", "train/10000"]);
  });

  const scored = [
    run("0001", { metrics: { accuracy: 0.9 } }),
    run("0002"),
    run("0003", { metrics: { accuracy: 10 } }),
    run("0004", { metrics: { accuracy: null } }),
    run("0005", { metrics: { accuracy: 2 } }),
  ];

  it("by a field, upwards, runs without it last", () => {
    expect(names(scored, { sort: "metrics.accuracy" })).toEqual(["train/0001", "train/0005", "train/0003", "train/0002", "train/0004"]);
  });

  it("by a field, downwards, runs without it last too", () => {
    expect(names(scored, { sort: "-metrics.accuracy" })).toEqual(["train/0003", "train/0005", "train/0001", "train/0002", "train/0004"]);
  });

  it("by texts as they are, long ones to their end", () => {
    const long = "x".repeat(100);
    const records = [
      run("0001", { note: `${long}b` }),
      run("0002", { note: `${long}a` }),
      run("0003", { note: "a b" }),
      run("0004", { note: "a" }),
    ];
    expect(names(records, { sort: "note" })).toEqual(["train/0004", "train/0003", "train/0002", "train/0001"]);
  });

  it("by kind first where kinds are mixed: numbers, texts, truth values", () => {
    const records = [true, "5", 10, "x", 9, false].map((value, index) => run(`000${index}`, { metrics: { value } }));
    expect(names(records, { sort: "metrics.value" })).toEqual([
      "train/0004",
      "train/0002",
      "train/0001",
      "train/0003",
      "train/0005",
      "train/0000",
    ]);
  });

  it("by several fields, each either way, runs without one after those that equal them in the others", () => {
    const records = [[1, 2], [2, 1], [1, 1], [2, undefined], [undefined, 9]].map(([a, b], index) =>
      run(`000${index}`, { metrics: { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) } }),
    );
    expect(names(records, { sort: "-metrics.a,metrics.b" })).toEqual(["train/0001", "train/0003", "train/0002", "train/0000", "train/0004"]);
    expect(names(records, { sort: "metrics.b, -metrics.a" })).toEqual(["train/0001", "train/0002", "train/0000", "train/0004", "train/0003"]);
  });

  it("by keys with dots and commas", () => {
    const records = [run("0001", { metrics: { "val.acc": 1, "a,b": 1 } }), run("0002", { metrics: { "val.acc": 2, "a,b": 0 } })];
    expect(names(records, { sort: "-metrics.val.acc" })).toEqual(["train/0002", "train/0001"]);
    expect(names(records, { sort: 'metrics["a,b"],uid' })).toEqual(["train/0002", "train/0001"]);
  });

  it("by what is no number last of all", () => {
    const records = [NaN, 2, 1].map((value, index) => run(`000${index}`, { metrics: { value } }));
    for (const sort of ["metrics.value", "-metrics.value"]) expect(names(records, { sort }).at(-1)).toBe("train/0000");
  });

  it("by a comparison, equals by address", () => {
    const records = [run("0003", { note: "a" }), run("0002", { note: "b" }), run("0001", { note: "a" })];
    expect(
      names(records, { sort: (a, b) => (b.note ?? "").localeCompare(a.note ?? "") }),
    ).toEqual(["train/0002", "train/0001", "train/0003"]);
  });

  it.each(["", "-", "metrics.", "metrics..b", "metrics.a,", ",uid", "metric.a", "lr", 5, null, {}])("not by %j", (sort) => {
    expect(() => selectRuns(scored, { sort } as unknown as ListOptions)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", field: "sort" }) as Error,
    );
  });
});

describe("how many", () => {
  const records = [run("0001"), run("0002"), run("0003")];

  it("the first of them, all where there are fewer", () => {
    expect([0, 2, 3, 9].map((limit) => names(records, { limit }).length)).toEqual([0, 2, 3, 3]);
  });

  it("after filter and order", () => {
    expect(names(records, { where: (record) => record.uid !== "0003", sort: "-uid", limit: 1 })).toEqual(["train/0002"]);
  });

  it.each([-1, 1.5, NaN, Infinity, "2", null])("not %j", (limit) => {
    expect(() => selectRuns(records, { limit } as unknown as ListOptions)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", field: "limit" }) as Error,
    );
  });
});

it("leaves the list it was given as it is", () => {
  const records = [run("0002"), run("0001")];
  selectRuns(records, { sort: "-uid" });
  expect(records.map(({ uid }) => uid)).toEqual(["0002", "0001"]);
});

it.each([
  ["params.lr", [["params", "lr"]]], ['run, params["a,b"].c ,metrics.x', [["run"], ["params", "a,b", "c"], ["metrics", "x"]]], ['params["q\\"]"]', [["params", 'q"]']]],
])("a list of fields: %s", (text, paths) => expect(splitFieldList(text).map(parseFieldPath)).toEqual(paths));

it.each(["", ".", "a.", ".a", "a..b", "a[b]", 'a["b"', '["a"]', 'a[""]', "a]", Array.from({ length: 65 }, () => "a").join(".")])("no field: %j", (text) => {
  expect(parseFieldPath(text)).toBeUndefined();
});
