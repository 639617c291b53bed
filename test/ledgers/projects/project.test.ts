import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook, Status } from "../../../src/index.js";
import type { Daybook, RunFilter } from "../../../src/index.js";
import { Project } from "../../../src/projects.js";
import type { ProjectOptions, SessionOptions } from "../../../src/projects.js";
import { openMemoryDaybook } from "../../../src/testing.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { eventsOf, headSeq, temporaryBook } from "../runs/temporary-book.js";
import { madeBelow, temporaryProject } from "./temporary-project.js";

describe("opening a project", () => {
  it("in a daybook that is open leaves that to its owner", async () => {
    const book = await temporaryBook();
    const project = await Project.open(book, { relpath: "mnist//cnn/" });
    expect([project.book, project.root, project.relpath, project.folder]).toEqual([book, book.root, "mnist/cnn", join(book.root, "mnist/cnn")]);
    await project.close();
    expect(await book.runs.allocate("train")).toBe("0001");
    expect(madeBelow(book.root)).toEqual([]);
  });

  it("from a folder opens a daybook that belongs to it, and to no project below", async () => {
    const project = await Project.open(join(temporaryFolder(), "results"), { daybook: { participantId: "w1", durability: "os" } });
    expect(project.book.participantId).toBe("w1");
    await project.sub("a").close();
    expect((await project.session("train")).uid).toBe("0001");
    await project.close();
    await project.close();
    await expect(project.session("train")).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });

  it("is undone at the end of its scope", async () => {
    let book: Daybook;
    {
      await using project = await Project.open(temporaryFolder());
      book = project.book;
      await project.session("train");
    }
    await expect(book.runs.list()).rejects.toMatchObject({ code: "LOG_CLOSED" });
  });

  it.each<[what: string, options: unknown, error: object]>([
    ["options that are none", null, { field: "options" }],
    ["a field that does not exist", { storageMode: "prefix" }, { field: "storageMode" }],
    ["an odd storage", { storage: "flat" }, { field: "storage" }],
    ["an odd choice of existing runs", { existingRuns: "RESUME" }, { field: "existingRuns" }],
    ["a signal that is none", { signal: {} }, { field: "signal" }],
    ["options for a daybook that is open", { daybook: {} }, { field: "daybook" }],
    ["a relpath that leads up", { relpath: "../x" }, { code: "INVALID_ID", kind: "relpath" }],
  ])("refuses %s", async (_, options, error) => {
    const book = await temporaryBook();
    await expect(Project.open(book, options as ProjectOptions)).rejects.toMatchObject(error);
  });

  it.each([undefined, null, 5, {}, []])("refuses to take %j for a place", async (place) => {
    await expect(Project.open(place as string)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "place" });
  });

  it("refuses a daybook that is closed, and does not begin once its signal has aborted", async () => {
    const book = await openDaybook(temporaryFolder());
    await book.close();
    await expect(Project.open(book)).rejects.toMatchObject({ code: "LOG_CLOSED" });
    const root = join(temporaryFolder(), "never");
    await expect(Project.open(root, { signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
    expect(existsSync(root)).toBe(false);
  });
});

describe("a project below another", () => {
  it("has the longer relpath, the same daybook and the same settings, and makes nothing", async () => {
    const project = await temporaryProject({ relpath: "mnist", storage: "prefix", existingRuns: "new" });
    const child = project.sub("cnn/deep");
    expect([child.book, child.relpath, child.folder]).toEqual([project.book, "mnist/cnn/deep", join(project.root, "mnist/cnn/deep")]);
    const first = await child.session("train", { lr: 1 });
    const second = await child.session("train", { lr: 1 });
    expect([first.storage, first.relpath, second.uid]).toEqual(["prefix", "mnist/cnn/deep", "0002"]);
    expect(madeBelow(project.root)).toEqual([]);
    expect(project.sub("").relpath).toBe("mnist");
  });

  it.each(["..", "../x", "a/../../x", "/abs", "a\\b", "a\0", ".hidden", 5, null, undefined])("is never %j", async (name) => {
    const project = await temporaryProject();
    expect(() => project.sub(name as string)).toThrow(expect.objectContaining({ code: "INVALID_ID", kind: "relpath" }) as Error);
  });

  it("is no deeper than a relpath is long", async () => {
    const project = await temporaryProject({ relpath: "a/".repeat(200) });
    expect(() => project.sub("b/".repeat(100))).toThrow(expect.objectContaining({ code: "INVALID_ID" }) as Error);
  });
});

describe("the folder of a project", () => {
  it("is made when it is asked for, and gives the project", async () => {
    const project = (await temporaryProject()).sub("mnist/cnn");
    expect(existsSync(project.folder)).toBe(false);
    expect(await project.ensureFolder()).toBe(project);
    expect(await project.ensureFolder()).toBe(project);
    expect(statSync(project.folder).isDirectory()).toBe(true);
  });

  it.each(["log", "runs/x", "Snapshots", "index", "quarantine", "checkpoints", "warm-starts", "daybook.json", "metadata.json", "metadata.lock", "metadata.json.new"])(
    "is not %s, which is daybook's own; runs may be there all the same",
    async (relpath) => {
      const project = await temporaryProject({ relpath });
      await expect(project.ensureFolder()).rejects.toMatchObject({ code: "INVALID_ID", kind: "project folder" });
      const session = await project.session("train");
      await session.run(() => undefined);
      expect(session.folder).toBe(join(project.root, "runs/train", relpath, "0001"));
      expect(existsSync(session.folder)).toBe(true);
    },
  );

  it("is not where a file is", async () => {
    const project = (await temporaryProject()).sub("a/b");
    writeFileSync(join(project.root, "a"), "");
    await expect(project.ensureFolder()).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });

  it("is not made where only reading is allowed", async () => {
    const { root } = await temporaryProject();
    const reading = await Project.open(root, { daybook: { readOnly: true } });
    await expect(reading.ensureFolder()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await reading.close();
  });

  it("of a daybook in memory can be made too", async () => {
    const book = await openMemoryDaybook();
    const project = await (await Project.open(book)).sub("a").ensureFolder();
    expect(existsSync(project.folder)).toBe(true);
    await book.close();
    expect(existsSync(project.root)).toBe(false);
  });
});

describe("symbolic links", () => {
  it.each<[what: string, link: string, relpath: string]>([
    ["at the folder itself", "a", "a"],
    ["on the way", "a", "a/b/c"],
  ])("that leave the root are refused %s, and nothing is made outside", async (_, link, relpath) => {
    const outside = temporaryFolder();
    const project = await temporaryProject({ relpath });
    symlinkSync(outside, join(project.root, link));
    await expect(project.ensureFolder()).rejects.toMatchObject({ code: "PATH_OUTSIDE_ROOT", path: project.folder, root: project.root });
    expect(madeBelow(outside)).toEqual([]);
  });

  it("to nowhere are refused", async () => {
    const project = await temporaryProject({ relpath: "a/b" });
    const target = join(temporaryFolder(), "not-there");
    symlinkSync(target, join(project.root, "a"));
    await expect(project.ensureFolder()).rejects.toMatchObject({ code: "PATH_OUTSIDE_ROOT", real: undefined });
    expect(existsSync(target)).toBe(false);
  });

  it("that stay inside are followed, and so is one that leads to the root", async () => {
    const root = temporaryFolder();
    const alias = join(temporaryFolder(), "alias");
    symlinkSync(root, alias);
    const project = await Project.open(alias, { relpath: "a/b", daybook: { durability: "os" } });
    mkdirSync(join(root, "real"));
    symlinkSync(join(root, "real"), join(root, "a"));
    await project.ensureFolder();
    expect(existsSync(join(root, "real/b"))).toBe(true);
    await (await project.session("train")).run(() => undefined);
    await project.close();
  });

  it("that leave the root keep a run from being taken up, which is left as it was", async () => {
    const outside = temporaryFolder();
    const project = await temporaryProject();
    mkdirSync(join(project.root, "runs"));
    symlinkSync(outside, join(project.root, "runs/train"));
    const session = await project.session("train", { lr: 1 });
    await expect(session.run(() => 1)).rejects.toMatchObject({ code: "PATH_OUTSIDE_ROOT" });
    await expect(session.start()).rejects.toMatchObject({ code: "PATH_OUTSIDE_ROOT" });
    await expect(session.ensureFolder()).rejects.toMatchObject({ code: "PATH_OUTSIDE_ROOT" });
    expect(await session.record()).toMatchObject({ status: Status.PENDING, attempts: [] });
    expect(madeBelow(outside)).toEqual([]);
  });
});

describe("a session of a project", () => {
  it("stands for the run with the same parameters, whatever the order of their keys", async () => {
    const project = await temporaryProject({ relpath: "mnist" });
    const first = await project.session("train", { lr: 0.1, layers: [1, 2] });
    const again = await project.session("train", { layers: [1, 2], lr: 0.1 });
    expect([first.created, first.uid, again.created, again.uid]).toEqual([true, "0001", false, "0001"]);
    expect((await project.session("train", { lr: 0.2 })).uid).toBe("0002");
    expect((await project.session("eval", { lr: 0.1, layers: [1, 2] })).created).toBe(true);
    expect((await project.sub("x").session("train", { lr: 0.1, layers: [1, 2] })).created).toBe(true);
    expect(again.params).toEqual({ lr: 0.1, layers: [1, 2] });
  });

  it("is always a new run without parameters, or with none in them", async () => {
    const project = await temporaryProject();
    const uids = [await project.session("train"), await project.session("train", {}), await project.session("train", undefined), await project.session("train", {})];
    expect(uids.map(({ uid, created }) => [uid, created])).toEqual(["0001", "0002", "0003", "0004"].map((uid) => [uid, true]));
    expect(uids[0]?.params).toEqual({});
  });

  it("is a new run where that is asked for; afterwards the lowest uid is resumed", async () => {
    const project = await temporaryProject({ existingRuns: "new" });
    const uids = [];
    for (const existingRuns of ["new", undefined, "resume"] as const) {
      uids.push((await project.session("train", { lr: 1 }, existingRuns === undefined ? {} : { existingRuns })).uid);
    }
    expect(uids).toEqual(["0001", "0002", "0001"]);
  });

  it("appends its tags and its note with a new run, as one commit, and leaves a run that is there as it is", async () => {
    const project = await temporaryProject();
    const session = await project.session("train", { lr: 1 }, { tags: ["a", "a", "b"], note: "why" });
    expect(await session.record()).toMatchObject({ tags: ["a", "b"], note: "why", status: Status.PENDING });
    const before = await headSeq(project.book);
    await project.session("train", { lr: 1 }, { tags: ["c"], note: "other", storage: "prefix" });
    expect(await headSeq(project.book)).toBe(before);
    expect((await eventsOf(project.book)).map(({ type }) => type)).toEqual(["run.allocated", "run.noted", "run.tagged"]);
  });

  it("knows parameters as they were given, whatever becomes of the object", async () => {
    const project = await temporaryProject();
    const params = { lr: 1 };
    const making = project.session("train", params);
    params.lr = 2;
    expect((await making).params).toEqual({ lr: 1 });
  });

  it("of a run whose parameters were not kept has those it was asked for with", async () => {
    const project = await temporaryProject();
    const hash = project.book.runs.paramHash({ lr: 1 });
    await project.book.runs.allocate("train", { paramHash: hash });
    const session = await project.session("train", { lr: 1 });
    expect([session.created, session.params]).toEqual([false, { lr: 1 }]);
    expect((await project.findSessions("train"))[0]?.params).toEqual({});
  });

  it.each<[what: string, args: [identifier: unknown, params?: unknown, options?: unknown], error: object]>([
    ["an identifier with a slash", ["a/b"], { code: "INVALID_ID", kind: "identifier" }],
    ["parameters that are null", ["train", null], { code: "INVALID_OPTION", field: "params" }],
    ["parameters that are a list", ["train", [1]], { code: "INVALID_OPTION", field: "params" }],
    ["parameters with NaN", ["train", { lr: NaN }], { code: "INVALID_VALUE", path: "$.params.lr" }],
    ["an odd storage", ["train", {}, { storage: "x" }], { code: "INVALID_OPTION", field: "storage" }],
    ["an odd choice of existing runs", ["train", {}, { existingRuns: "x" }], { code: "INVALID_OPTION", field: "existingRuns" }],
    ["a field that does not exist", ["train", {}, { relpath: "x" }], { code: "INVALID_OPTION", field: "relpath" }],
    ["options that are none", ["train", {}, "x"], { code: "INVALID_OPTION", field: "options" }],
    ["tags that are none", ["train", {}, { tags: "x" }], { code: "INVALID_OPTION", field: "tags" }],
    ["a tag that is empty", ["train", {}, { tags: [""] }], { code: "INVALID_EVENT" }],
  ])("is refused with %s, and nothing is appended", async (_, [identifier, params, options], error) => {
    const project = await temporaryProject();
    await expect(project.session(identifier as string, params as object, options as SessionOptions)).rejects.toMatchObject(error);
    expect(await headSeq(project.book)).toBe(0);
  });

  it("is not made once a signal has aborted, the project's or its own", async () => {
    const controller = new AbortController();
    const project = await temporaryProject({ signal: controller.signal });
    await expect(project.session("train", {}, { signal: AbortSignal.abort("own") })).rejects.toBe("own");
    controller.abort("project");
    await expect(project.sub("a").session("train")).rejects.toBe("project");
    await expect(project.findSessions("train")).rejects.toBe("project");
    expect(await headSeq(project.book)).toBe(0);
  });
});

describe("finding sessions", () => {
  it("gives those of an identifier at this very relpath, by number, each in its own mode", async () => {
    const project = await temporaryProject();
    for (let count = 0; count < 11; count += 1) await project.session("train", {}, { storage: count % 2 === 0 ? "subfolder" : "prefix" });
    await project.session("eval");
    await project.sub("a").session("train");
    const sessions = await project.findSessions("train");
    expect(sessions.map(({ uid }) => Number(uid))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(sessions.map(({ folder }) => folder).slice(0, 3)).toEqual(["0001", "", "0003"].map((own) => join(project.root, "runs/train", own)));
    expect(sessions.every(({ created }) => !created)).toBe(true);
    expect(await project.sub("nothing").findSessions("train")).toEqual([]);
    expect(madeBelow(project.root)).toEqual([]);
  });

  it("gives those that a filter chooses, whatever else it names", async () => {
    const project = await temporaryProject();
    for (const lr of [1, 2, 3]) await (await project.session("train", { lr })).metric("accuracy", lr / 10);
    const uids = async (filter: RunFilter): Promise<string[]> => (await project.findSessions("train", filter)).map(({ uid }) => uid);
    expect(await uids({ params: { lr: 2 } })).toEqual(["0002"]);
    expect(await uids((record) => Number(record.metrics["accuracy"]) > 0.15)).toEqual(["0002", "0003"]);
    expect(await uids({ identifier: "eval" })).toEqual([]);
    await expect(project.findSessions("train", 5 as unknown as RunFilter)).rejects.toMatchObject({ code: "INVALID_OPTION", field: "where" });
    await expect(project.findSessions("a/b")).rejects.toMatchObject({ code: "INVALID_ID" });
  });

  it("works where only reading is allowed, and makes nothing", async () => {
    const project = await temporaryProject();
    await project.session("train", { lr: 1 });
    const reading = await Project.open(project.root, { daybook: { readOnly: true } });
    const [session] = await reading.findSessions("train");
    expect([session?.uid, await session?.isDone(), session?.path("m.json")]).toEqual(["0001", false, join(project.root, "runs/train/0001/train_m.json")]);
    await expect(reading.session("train")).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await expect(session?.start()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await expect(session?.ensureFolder()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    expect(madeBelow(project.root)).toEqual([]);
    await reading.close();
  });
});
