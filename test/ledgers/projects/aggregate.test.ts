import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Daybook } from "../../../src/index.js";
import { aggregateRuns } from "../../../src/ledgers/projects/aggregate.js";
import type { AggregateOptions, AggregateSource } from "../../../src/ledgers/projects/aggregate.js";
import { temporaryBook } from "../runs/temporary-book.js";

const sourceOf = (book: Daybook): AggregateSource => ({
  list: (options) => book.runs.list(options),
  folderOf: ({ identifier, uid, relpath }) => book.runs.folder(identifier, uid, { relpath }),
});

/** A run with an attached file of results. */
async function attach(book: Daybook, identifier: string, content: string | object, { params, relpath = "" }: { params?: object; relpath?: string } = {}): Promise<string> {
  const uid = await book.runs.allocate(identifier, { relpath, ...(params === undefined ? {} : { params }) });
  const folder = book.runs.folder(identifier, uid, { relpath });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "metrics.json"), typeof content === "string" ? content : JSON.stringify(content));
  await book.runs.log(identifier, uid, { relpath, files: { metrics: "metrics.json" } });
  return uid;
}

describe("aggregating the files of runs", () => {
  it("joins identifiers by uid, at one relpath, all formats alike", async () => {
    const book = await temporaryBook();
    await attach(book, "train", { a: 1, b: { c: 2 }, list: [1, 2] });
    await attach(book, "train", { a: 3, b: { c: 4 }, note: "x, \"y\"" });
    await attach(book, "eval", { score: 0.5 });
    await attach(book, "eval", { score: null });
    await attach(book, "train", { other: 1 }, { relpath: "elsewhere" });
    const source = sourceOf(book);
    expect(await aggregateRuns(source, "", ["train", "eval"], "metrics")).toEqual({
      rows: [{ uid: "0001", a: 1, "b.c": 2, list: [1, 2], score: 0.5 }, { uid: "0002", a: 3, "b.c": 4, note: 'x, "y"', score: null }],
      columns: ["uid", "a", "b.c", "list", "note", "score"],
      missing: [],
    });
    const { text: csv } = await aggregateRuns(source, "", ["train", "eval"], "metrics", { format: "csv" });
    expect(csv).toBe('uid,a,b.c,list,note,score\n0001,1,2,"[1,2]",,0.5\n0002,3,4,,"x, ""y""",\n');
    const { text: table } = await aggregateRuns(source, "", ["train", "eval"], "metrics", { format: "table", separator: "__" });
    expect(table).toBe('uid   a  b__c  list   note    score\n0001  1     2  [1,2]            0.5\n0002  3     4         x, "y"\n');
    expect((await aggregateRuns(source, "elsewhere", ["train"], "metrics")).rows).toEqual([{ uid: "0001", other: 1 }]);
    expect((await aggregateRuns(source, "", ["train"], "metrics", { where: "uid = 2" })).rows).toEqual([{ uid: "0002", a: 3, "b.c": 4, note: 'x, "y"' }]);
  });

  it("joins by parameters, whatever the uids", async () => {
    const book = await temporaryBook();
    for (const lr of [0.1, 0.2]) await attach(book, "train", { loss: lr }, { params: { lr } });
    for (const lr of [0.2, 0.1]) await attach(book, "eval", { score: lr }, { params: { lr } });
    await attach(book, "eval", { score: 9 });
    const { rows, missing } = await aggregateRuns(sourceOf(book), "", ["train", "eval"], "metrics", { by: "params" });
    expect(rows).toEqual([
      { paramHash: book.runs.paramHash({ lr: 0.1 }), "train.uid": "0001", "eval.uid": "0002", loss: 0.1, score: 0.1 },
      { paramHash: book.runs.paramHash({ lr: 0.2 }), "train.uid": "0002", "eval.uid": "0001", loss: 0.2, score: 0.2 },
    ]);
    expect(missing).toMatchObject([{ run: "eval/0003", why: "NO_PARAMS" }]);
  });

  it("lists what cannot be had, and why; throws it only when asked", async () => {
    const book = await temporaryBook();
    await attach(book, "train", { loss: 1 });
    await attach(book, "train", "{\"loss\": NaN}");
    await attach(book, "train", "[1]");
    await attach(book, "train", "{\"loss\": 1");
    const [bare, gone, folder, pipe, deep] = await Promise.all(Array.from({ length: 5 }, () => book.runs.allocate("train")));
    await book.runs.log("train", gone ?? "", { files: { metrics: "nowhere.json" } });
    await book.runs.log("train", folder ?? "", { files: { metrics: "." } });
    mkdirSync(book.runs.folder("train", folder ?? ""), { recursive: true });
    mkdirSync(book.runs.folder("train", pipe ?? ""), { recursive: true });
    execFileSync("mkfifo", [join(book.runs.folder("train", pipe ?? ""), "pipe.json")]);
    await book.runs.log("train", pipe ?? "", { files: { metrics: "pipe.json" } });
    mkdirSync(book.runs.folder("train", deep ?? ""), { recursive: true });
    writeFileSync(join(book.runs.folder("train", deep ?? ""), "deep.json"), `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`);
    await book.runs.log("train", deep ?? "", { files: { metrics: "deep.json" } });
    await attach(book, "eval", { score: 1 });
    await book.runs.allocate("eval");
    const { rows, missing } = await aggregateRuns(sourceOf(book), "", ["train", "eval"], "metrics");
    expect(rows).toEqual([{ uid: "0001", loss: 1, score: 1 }]);
    expect(missing.slice(0, 9).map(({ run, why }) => [run, why])).toEqual([
      ["train/0002", "NOT_JSON"], ["train/0003", "NOT_AN_OBJECT"], ["train/0004", "NOT_JSON"], [`train/${bare}`, "NOT_ATTACHED"], [`train/${gone}`, "NOT_FOUND"],
      [`train/${folder}`, "NOT_READABLE"], [`train/${pipe}`, "NOT_READABLE"], [`train/${deep}`, "NOT_JSON"], ["eval/0002", "NOT_ATTACHED"],
    ]);
    expect(missing.slice(9).map(({ run, why }) => `${run} ${why}`)).toEqual(["0003", "0004", "0005", "0006", "0007", "0008", "0009"].map((uid) => `eval/${uid} NO_RUN`));
    expect(missing[0]).toMatchObject({ tag: "metrics", path: "metrics.json", message: expect.stringMatching(/NaN and Infinity are no JSON/) as string });
    await expect(aggregateRuns(sourceOf(book), "", ["train"], "metrics", { onMissing: "throw" })).rejects.toMatchObject({ code: "FILES_MISSING", missing: expect.arrayContaining([expect.objectContaining({ run: "train/0002" })]) as unknown });
  });

  it("keeps a spreadsheet from running what stands in a text, and numbers as they are", async () => {
    const book = await temporaryBook();
    await attach(book, "train", { "=head": "=1+1", b: "-x", c: -0.5, d: "@sum" });
    const csv = async (options: Partial<AggregateOptions> = {}): Promise<string> => (await aggregateRuns(sourceOf(book), "", ["train"], "metrics", { ...options, format: "csv" })).text;
    expect(await csv()).toBe("uid,'=head,b,c,d\n0001,'=1+1,'-x,-0.5,'@sum\n");
    expect(await csv({ escapeFormulas: false })).toBe("uid,=head,b,c,d\n0001,=1+1,-x,-0.5,@sum\n");
  });

  it("gives nothing where there are no runs", async () => {
    const book = await temporaryBook();
    expect(await aggregateRuns(sourceOf(book), "", ["train"], "metrics")).toEqual({ rows: [], columns: [], missing: [] });
    for (const format of ["table", "csv"] as const) expect((await aggregateRuns(sourceOf(book), "", ["train"], "metrics", { format })).text).toBe("");
  });

  it("stops when it is told to", async () => {
    const book = await temporaryBook();
    await attach(book, "train", {});
    const controller = new AbortController();
    const source = sourceOf(book);
    const stopping = { ...source, folderOf: (record: Parameters<typeof source.folderOf>[0]) => (controller.abort(new Error("enough")), source.folderOf(record)) };
    for (let n = 0; n < 40; n += 1) await attach(book, "train", {});
    await expect(aggregateRuns(stopping, "", ["train"], "metrics", { signal: controller.signal })).rejects.toThrow("enough");
    await expect(aggregateRuns(source, "", ["train"], "metrics", { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
  });

  it.each<[string, string[], string, object]>([
    ["identifiers", [], "m", {}], ["identifiers", ["a", "a"], "m", {}], ["identifiers", "train" as unknown as string[], "m", {}], ["tag", ["a"], "", {}], ["by", ["a"], "m", { by: "hash" }],
    ["format", ["a"], "m", { format: "xml" }], ["onMissing", ["a"], "m", { onMissing: true }], ["separator", ["a"], "m", { separator: "" }], ["sort", ["a"], "m", { sort: "uid" }], ["escapeFormulas", ["a"], "m", { escapeFormulas: 1 }],
  ])("refuses %s that cannot be: %j %j %j", async (field, identifiers, tag, options) => {
    const book = await temporaryBook();
    await expect(aggregateRuns(sourceOf(book), "", identifiers, tag, options)).rejects.toMatchObject({ code: "INVALID_OPTION", field });
  });
});
