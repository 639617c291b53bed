import { describe, expect, it } from "vitest";
import type { AllocateOptions, Daybook, RunReport } from "../../../src/index.js";
import { resolveAllocation, resolveReport } from "../../../src/ledgers/runs/run-input.js";
import { eventsOf, headSeq, temporaryBook } from "./temporary-book.js";

class Weights {
  readonly layers = 3;
}

const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;

const sha = (text: string): string => `hash of ${text}`;
const notAn = (field: string): object => ({ code: "INVALID_OPTION", field });

describe("options of an allocation", () => {
  const bad: readonly [what: string, options: unknown, error: object][] = [
    ["options that are no object", null, notAn("options")],
    ["options that are a list", ["mnist"], notAn("options")],
    ["a field that does not exist", { param_hash: "h" }, notAn("param_hash")],
    ["params that are no object", { params: "lr=0.1" }, notAn("params")],
    ["params that are null", { params: null }, notAn("params")],
    ["params that are a list", { params: [1] }, notAn("params")],
    ["params with NaN", { params: { optimiser: { lr: NaN } } }, { code: "INVALID_VALUE", path: "$.params.optimiser.lr" }],
    ["params with a bigint", { params: { seed: 1n } }, { code: "INVALID_VALUE", path: "$.params.seed" }],
    ["params with undefined in a list", { params: { layers: [1, undefined] } }, { code: "INVALID_VALUE", path: "$.params.layers[1]" }],
    ["params that are a Map", { params: new Map([["lr", 1]]) }, { code: "INVALID_VALUE", path: "$.params" }],
    ["params of a class", { params: { weights: new Weights() } }, { code: "INVALID_VALUE", path: "$.params.weights" }],
    ["params with a date", { params: { at: new Date(0) } }, { code: "INVALID_VALUE", path: "$.params.at" }],
    ["params with a function", { params: { loss: () => 1 } }, { code: "INVALID_VALUE", path: "$.params.loss" }],
    ["params with a cycle", { params: cycle }, { code: "INVALID_VALUE", path: "$.params.self" }],
    ["an empty hash", { paramHash: "" }, notAn("paramHash")],
    ["a hash with a control character", { paramHash: "a\nb" }, notAn("paramHash")],
    ["a hash that is too long", { paramHash: "x".repeat(257) }, notAn("paramHash")],
    ["a hash that is a fraction", { paramHash: 1.5 }, notAn("paramHash")],
    ["a hash that has lost digits", { paramHash: 2 ** 53 }, notAn("paramHash")],
    ["a hash that is NaN", { paramHash: NaN }, notAn("paramHash")],
    ["a hash that is null", { paramHash: null }, notAn("paramHash")],
    ["a hash that is an object", { paramHash: {} }, notAn("paramHash")],
    ["a status that is none", { status: "bogus" }, notAn("status")],
    ["a status in lower case", { status: "done" }, notAn("status")],
    ["a status that is null", { status: null }, notAn("status")],
    ["a storage that is none", { storage: "folder" }, notAn("storage")],
    ["a storage that is null", { storage: null }, notAn("storage")],
    ["tags that are no list", { tags: "best" }, notAn("tags")],
    ["a note that is no text", { note: 5 }, notAn("note")],
    ["a relpath that is no text", { relpath: 5 }, { code: "INVALID_ID", kind: "relpath" }],
    ["a relpath that is null", { relpath: null }, { code: "INVALID_ID", kind: "relpath" }],
    ["a relpath that leads up", { relpath: "a/../b" }, { code: "INVALID_ID", kind: "relpath" }],
    ["a relpath that is absolute", { relpath: "/tmp" }, { code: "INVALID_ID", kind: "relpath" }],
    ["a relpath with a backslash", { relpath: "a\\b" }, { code: "INVALID_ID", kind: "relpath" }],
  ];

  it.each(bad)("refuse %s", (_, options, error) => {
    expect(() => resolveAllocation("train", options as AllocateOptions, sha)).toThrow(expect.objectContaining(error) as Error);
  });

  it.each([
    "",
    " ",
    "a/b",
    ".hidden",
    "a..b",
    "a\u0000",
    "x".repeat(129),
    null,
    undefined,
    5,
    {},
  ])("refuse the identifier %j", (identifier) => {
    expect(() => resolveAllocation(identifier as string, {}, sha)).toThrow(
      expect.objectContaining({ code: "INVALID_ID", kind: "identifier" }) as Error,
    );
  });

  it("hash the params, unless a hash is given or there are none", () => {
    const hashOf = (options: AllocateOptions): string | undefined => resolveAllocation("train", options, sha).paramHash;
    expect(hashOf({ params: { b: 1, a: { d: 1, c: 2 } } })).toBe('hash of {"a":{"c":2,"d":1},"b":1}');
    expect(hashOf({ params: { b: 1 }, paramHash: "mine" })).toBe("mine");
    expect(hashOf({ params: {} })).toBeUndefined();
    expect(hashOf({ params: { a: undefined } })).toBeUndefined();
    expect(hashOf({})).toBeUndefined();
  });

  it("take a hash in decimal", () => {
    const hashOf = (paramHash: string | number | bigint): string | undefined => resolveAllocation("train", { paramHash }, sha).paramHash;
    expect([
      hashOf(12345),
      hashOf(12345n),
      hashOf("12345"),
      hashOf(-7),
      hashOf(-0),
      hashOf(2n ** 64n),
    ]).toEqual(["12345", "12345", "12345", "-7", "0", "18446744073709551616"]);
  });

  it("copy the params", () => {
    const params = { layers: [1, 2] };
    const resolved = resolveAllocation("train", { params }, sha);
    params.layers.push(3);
    expect(resolved.params).toEqual({ layers: [1, 2] });
  });
});

describe("a report", () => {
  const bad: readonly [what: string, report: unknown, field: string][] = [
    ["no object", null, "report"],
    ["a list", [], "report"],
    ["a text", "DONE", "report"],
    ["a field that does not exist", { path_dict: { model: "m.pt" } }, "path_dict"],
    ["a status that is none", { status: "bogus" }, "status"],
    ["a status that is null", { status: null }, "status"],
    ["files that are a text", { files: "m.pt" }, "files"],
    ["files that are a list", { files: ["m.pt"] }, "files"],
    ["files that are a Map, which would look empty", { files: new Map([["model", "m.pt"]]) }, "files"],
    ["files that are null", { files: null }, "files"],
    ["metrics that are a number", { metrics: 0.9 }, "metrics"],
    ["metrics of a class", { metrics: new Weights() }, "metrics"],
    ["a step that is a fraction", { metrics: { loss: 1 }, step: 0.5 }, "step"],
    ["a step that is negative, without metrics too", { step: -1 }, "step"],
    ["an attempt before the first", { note: "n", attempt: 0 }, "attempt"],
    ["an attempt that is a text", { note: "n", attempt: "1" }, "attempt"],
    ["an attempt that is not a number, with nothing to say too", { attempt: NaN }, "attempt"],
    ["a note that is a number", { note: 5 }, "note"],
    ["a note that is null", { note: null }, "note"],
    ["tags that are a text, of which every letter would be one", { tags: "best" }, "tags"],
    ["tags that are null", { tags: null }, "tags"],
    ["tags that are no texts", { tags: ["best", 1] }, "tags"],
  ];

  it.each(bad)("is refused: %s", (_, report, field) => {
    expect(() => resolveReport(report as RunReport)).toThrow(expect.objectContaining(notAn(field)) as Error);
  });

  it("takes what is undefined for absent", () => {
    const report = {
      status: undefined,
      files: { model: undefined, notes: "n.yaml" },
      metrics: { loss: undefined },
    } as unknown as RunReport;
    expect(resolveReport(report)).toMatchObject({ status: undefined, files: { notes: "n.yaml" }, metrics: {} });
  });

  it("takes objects without a prototype", () => {
    const files = Object.assign(Object.create(null) as Record<string, string>, { model: "m.pt" });
    expect(resolveReport({ files }).files).toEqual({ model: "m.pt" });
  });

  it("takes an error as a text, an Error or its parts", () => {
    class TooHot extends Error {
      override readonly name = "TooHot";
      readonly code = 7;
    }
    expect(resolveReport({ error: "out of memory" }).error).toEqual({ message: "out of memory" });
    expect(resolveReport({ error: new TooHot("90 degrees") }).error).toEqual({
      message: "90 degrees",
      name: "TooHot",
      code: "7",
      stack: expect.any(String) as string,
    });
    expect(resolveReport({ error: { message: "m", code: "E1" } }).error).toEqual({ message: "m", code: "E1" });
  });

  it("takes whatever a catch gave: an error that could not be recorded would hide the failure", () => {
    expect(resolveReport({ error: 42 }).error).toEqual({ message: "42" });
    expect(resolveReport({ error: null }).error).toEqual({ message: "null" });
    expect(resolveReport({ error: { reason: "unknown" } }).error).toEqual({ message: '{"reason":"unknown"}' });
    expect(resolveReport({ error: "half a \ud83d" }).error).toEqual({ message: "half a \ufffd" });
    expect(resolveReport({ error: "x".repeat(2_000_000) }).error?.message.length).toBeLessThan(100_000);
  });
});

describe("bad values that the event's schema refuses", () => {
  const bad: readonly [report: RunReport, path: string][] = [
    [{ metrics: { loss: NaN } }, "$.data.metrics.loss"],
    [{ metrics: { loss: Infinity } }, "$.data.metrics.loss"],
    [{ metrics: { curve: [1, 2] as unknown as number } }, "$.data.metrics.curve"],
    [{ files: { model: 5 as unknown as string } }, "$.data.files.model"],
    [{ files: { model: "" } }, "$.data.files.model"],
    [{ files: { model: "a\u0000" } }, "$.data.files.model"],
    [{ tags: [""] }, "$.data.tags[0]"],
    [{ note: "\ud800" }, "$.data.note"],
  ];

  it("are named by their place, and nothing of the report is kept", async () => {
    const book = await temporaryBook();
    const uid = await book.runs.allocate("train");
    const before = await headSeq(book);
    for (const [report, path] of bad) {
      await expect(book.runs.log("train", uid, { status: "DONE", ...report })).rejects.toMatchObject({ code: "INVALID_EVENT", path });
    }
    await expect(book.runs.log("train", uid, { files: { "": "m.pt" } })).rejects.toMatchObject({ code: "INVALID_EVENT" });
    expect(await headSeq(book)).toBe(before);
    expect((await book.runs.getRecord("train", uid))?.status).toBe("PENDING");
  });
});

describe("every method", () => {
  const calls: readonly [method: string, call: (book: Daybook) => unknown][] = [
    ["start, an option", (book) => book.runs.start("train", "0001", { beatWithin: 5 } as object)],
    ["start, too short a promise", (book) => book.runs.start("train", "0001", { beatWithinMs: 99 })],
    ["start, a promise that is no whole number", (book) => book.runs.start("train", "0001", { beatWithinMs: 1000.5 })],
    ["start, a command that is a text", (book) => book.runs.start("train", "0001", { command: "train" as unknown as string[] })],
    ["start, a folder that is no text", (book) => book.runs.start("train", "0001", { cwd: 5 as unknown as string })],
    ["getRecord, an option", (book) => book.runs.getRecord("train", "0001", { path: "a" } as object)],
    ["getRecord, a relpath in the place of options", (book) => book.runs.getRecord("train", "0001", "mnist" as unknown as object)],
    ["getUidRecordDict, an option", (book) => book.runs.getUidRecordDict("train", { path: "a" } as object)],
    ["findByParamHash, no hash", (book) => book.runs.findByParamHash("train", undefined as unknown as string)],
    ["findByParamHash, an option", (book) => book.runs.findByParamHash("train", "h", { path: "a" } as object)],
    ["findOrAllocate, an option", (book) => book.runs.findOrAllocate("train", { parameters: {} } as object)],
    ["list, an option", (book) => book.runs.list({ filter: {} } as object)],
  ];

  it.each(calls)("refuses bad options as a rejection: %s", async (_, call) => {
    const book = await temporaryBook();
    await book.runs.allocate("train");
    await expect(call(book)).rejects.toMatchObject({ code: "INVALID_OPTION", field: expect.any(String) as string });
    expect(await eventsOf(book)).toHaveLength(1);
  });

  it.each(["1", "001", "abcd", "0001x", "", "12345678901234567", 1, null])("refuses the uid %j", async (uid) => {
    const book = await temporaryBook();
    const refused = { code: "INVALID_ID", kind: "uid" };
    await expect(book.runs.getRecord("train", uid as string)).rejects.toMatchObject(refused);
    await expect(book.runs.log("train", uid as string, { status: "DONE" })).rejects.toMatchObject(refused);
    await expect(book.runs.start("train", uid as string)).rejects.toMatchObject(refused);
  });
});
