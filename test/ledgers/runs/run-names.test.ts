import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Status } from "../../../src/index.js";
import { headSeq, temporaryBook } from "./temporary-book.js";

describe("relpaths", () => {
  it.each<[normal: string, forms: readonly (string | undefined)[]]>([
    ["", [undefined, "", ".", "./", "././", ".//."]],
    ["a/b", ["a/b", "a//b", "a/./b", "a/b/", "./a/b", "a/b/.", "a///b//"]],
    ["é", ["é", "e\u0301"]],
    ["mnist run 1/cnn (v2)", ["mnist run 1/cnn (v2)", "mnist run 1//cnn (v2)/"]],
  ])("mean %j in all their forms", async (normal, forms) => {
    const { runs } = await temporaryBook();
    const option = (relpath: string | undefined): { relpath?: string } => (relpath === undefined ? {} : { relpath });
    for (const form of forms) await runs.allocate("train", { ...option(form), paramHash: "h" });
    expect(await runs.load()).toEqual({
      train: { [normal]: expect.objectContaining({ [String(forms.length).padStart(4, "0")]: expect.anything() as unknown }) as object },
    });
    for (const form of forms) {
      expect(Object.keys(await runs.getUidRecordDict("train", option(form)))).toHaveLength(forms.length);
      expect((await runs.findByParamHash("train", "h", option(form)))?.[1].relpath).toBe(normal);
      expect(await runs.getRecord("train", "0001", option(form))).toMatchObject({ relpath: normal });
      await runs.log("train", "0001", { ...option(form), status: Status.DONE });
    }
    expect((await runs.getRecord("train", "0001", option(forms[0])))?.history).toHaveLength(1 + forms.length);
  });

  it("keep runs apart: uids, hashes and records are those of one relpath", async () => {
    const { runs } = await temporaryBook();
    expect([
      await runs.allocate("train", { relpath: "a", paramHash: "h" }),
      await runs.allocate("train", { relpath: "a/b", paramHash: "h" }),
      await runs.allocate("train"),
    ]).toEqual(["0001", "0001", "0001"]);
    await runs.log("train", "0001", { relpath: "a", status: Status.DONE });
    expect((await runs.list({ where: { status: Status.DONE } })).map(({ relpath }) => relpath)).toEqual(["a"]);
    expect(await runs.findByParamHash("train", "h")).toBeUndefined();
    expect((await runs.findByParamHash("train", "h", { relpath: "a/b" }))?.[1].relpath).toBe("a/b");
  });

  it("that look like uids or identifiers are only relpaths", async () => {
    const { runs } = await temporaryBook();
    await runs.allocate("train", { relpath: "0001" });
    await runs.allocate("train");
    await runs.log("train", "0001", { relpath: "0001", status: Status.DONE });
    expect((await runs.list()).map(({ relpath, status }) => [relpath, status])).toEqual([["", Status.PENDING], ["0001", Status.DONE]]);
  });
});

describe("a run named without its relpath", () => {
  it("is the only one of that uid", async () => {
    const { runs } = await temporaryBook();
    await runs.allocate("train", { relpath: "mnist/cnn" });
    await runs.log("train", "0001", { status: Status.RUNNING });
    const lease = await runs.start("train", "0001");
    expect([lease.relpath, lease.folder]).toEqual(["mnist/cnn", runs.folder("train", "0001", { relpath: "mnist/cnn" })]);
    expect(await runs.getRecord("train", "0001")).toMatchObject({ relpath: "mnist/cnn", status: Status.RUNNING });
  });

  it("is the root's where the root has one", async () => {
    const { runs } = await temporaryBook();
    for (const relpath of ["a", "b", ""]) await runs.allocate("train", { relpath });
    await runs.log("train", "0001", { status: Status.DONE });
    expect((await runs.list({ where: { status: Status.DONE } })).map(({ relpath }) => relpath)).toEqual([""]);
  });

  it("is refused where there are several, with their relpaths, and nothing is written", async () => {
    const book = await temporaryBook();
    const { runs } = book;
    for (const relpath of ["b", "a/c"]) await runs.allocate("train", { relpath });
    const ambiguous = {
      code: "AMBIGUOUS_RUN",
      run: "train/0001",
      relpaths: ["b", "a/c"],
      message: expect.stringContaining('"a/c"') as string,
    };
    await expect(runs.getRecord("train", "0001")).rejects.toMatchObject(ambiguous);
    await expect(runs.log("train", "0001", { status: Status.DONE })).rejects.toMatchObject(ambiguous);
    await expect(runs.start("train", "0001")).rejects.toMatchObject(ambiguous);
    expect(await headSeq(book)).toBe(2);
    expect(await runs.getRecord("train", "0001", { relpath: "" })).toBeUndefined();
  });
});

describe("parameter hashes", () => {
  it.each([[12345], ["12345"], [12345n]])("find the same run, allocated with %o", async (given) => {
    const { runs } = await temporaryBook();
    await runs.allocate("train", { paramHash: given });
    for (const asked of [12345, "12345", 12345n]) {
      expect(await runs.findByParamHash("train", asked)).toMatchObject(["0001", { paramHash: "12345" }]);
      expect((await runs.findOrAllocate("train", { paramHash: asked })).created).toBe(false);
    }
    for (const other of ["12345.0", " 12345", "012345", 12346, -12345]) expect(await runs.findByParamHash("train", other)).toBeUndefined();
  });

  it("are kept to the last digit", async () => {
    const { runs } = await temporaryBook();
    const hash = -9223372036854775808n;
    await runs.allocate("train", { paramHash: hash });
    expect((await runs.findByParamHash("train", hash))?.[1].paramHash).toBe("-9223372036854775808");
    await expect(runs.findByParamHash("train", Number(hash))).rejects.toMatchObject({ code: "INVALID_OPTION", field: "paramHash" });
  });

  it("find the lowest uid of several", async () => {
    const { runs } = await temporaryBook();
    for (const paramHash of ["a", "b", "b"]) await runs.allocate("train", { paramHash });
    expect((await runs.findByParamHash("train", "b"))?.[0]).toBe("0002");
  });
});

it("puts a run's folder under runs, by identifier, relpath and uid, and makes nothing", async () => {
  const { runs, root } = await temporaryBook();
  expect(runs.folder("train", "0001")).toBe(join(root, "runs", "train", "0001"));
  expect(runs.folder("train", "0001", { relpath: "./a//b" })).toBe(join(root, "runs", "train", "a", "b", "0001"));
  expect(() => runs.folder("..", "0001")).toThrow(expect.objectContaining({ code: "INVALID_ID" }) as Error);
});
