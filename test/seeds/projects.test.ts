/** What the original's own tests assert of projects and sessions, as daybook calls; docs/from-run-ledger.md names the differences. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Status } from "../../src/index.js";
import { Project } from "../../src/projects.js";
import type { ProjectOptions } from "../../src/projects.js";
import { temporaryFolder } from "../support/temporary-folder.js";

async function openProject(options: ProjectOptions = {}): Promise<Project> {
  const project = await Project.open(join(temporaryFolder(), "results"), options);
  onTestFinished(() => project.close());
  return project;
}

describe("test_project", () => {
  it("sub appends to the relpath and shares the ledger", async () => {
    const project = await openProject();
    const child = project.sub("child");
    expect([child.root, child.relpath, child.book.runs]).toEqual([project.root, "child", project.book.runs]);
    expect(child.folder).toBe(join(project.root, "child"));
  });

  it("a session allocates one PENDING record and has a folder of its uid", async () => {
    const project = await openProject();
    const session = await project.session("train");
    expect(Object.values(await project.book.runs.getUidRecordDict("train")).map(({ status }) => status)).toEqual([Status.PENDING]);
    expect(session.folder).toBe(join(project.root, "runs", "train", session.uid));
    expect(session.path("metrics.json")).toBe(join(session.folder, "train_metrics.json"));
    // The original made the folder when it was looked at; here it is made when it is asked for.
    expect(existsSync(session.folder)).toBe(false);
    expect(existsSync((await session.ensureFolder()).folder)).toBe(true);
  });

  it("in prefix mode the folder is shared and files carry the uid", async () => {
    const project = await openProject({ storage: "prefix" });
    const session = await project.session("train");
    expect(session.folder).toBe(join(project.root, "runs", "train"));
    expect(session.path("model.pt")).toBe(join(session.folder, `${session.uid}_train_model.pt`));
  });

  it("resume gives the existing uid", async () => {
    const project = await openProject({ existingRuns: "new" });
    const params = { lr: 0.001 };
    const first = await project.session("train", params);
    await first.done();
    const resumed = await project.session("train", params, { existingRuns: "resume" });
    expect(resumed.uid).toBe(first.uid);
    expect(await resumed.isDone()).toBe(true);
    expect(await project.book.runs.list()).toHaveLength(1);
  });
});

describe("test_session", () => {
  it("statuses go from PENDING to RUNNING to DONE, and on to ERROR", async () => {
    const session = await (await openProject()).session("exp");
    const status = async (): Promise<string> => (await session.record()).status;
    expect(await status()).toBe(Status.PENDING);
    await session.start();
    expect(await status()).toBe(Status.RUNNING);
    await session.done();
    expect([await status(), await session.isDone()]).toEqual([Status.DONE, true]);
    await session.error();
    expect(await status()).toBe(Status.ERROR);
  });

  it("paths in a sub-folder, and attached files", async () => {
    const project = await openProject();
    const session = await project.sub("a").session("exp");
    expect(session.folder).toBe(join(project.root, "runs", "exp", "a", session.uid));
    expect(session.path("metrics", { suffix: ".json" })).toBe(join(session.folder, "exp_metrics.json"));
    expect(session.path("metrics", { suffix: ".json", includeIdentifier: false })).toBe(join(session.folder, "metrics.json"));
    await session.attachFiles({ metrics: session.path("metrics.json") });
    expect((await session.record()).files).toEqual({ metrics: session.path("metrics.json") });
  });

  it("paths with a prefix, in the folder of a project below", async () => {
    const project = await openProject({ storage: "prefix" });
    const session = await project.sub("sub").session("eval");
    expect(session.path("preds.npy")).toBe(join(project.root, "runs", "eval", "sub", `${session.uid}_eval_preds.npy`));
  });

  it("the same parameters resume the same session", async () => {
    const project = await openProject();
    const params = { a: 1, b: { c: [1, 2] } };
    const [first, second] = [await project.session("exp", params), await project.session("exp", { b: { c: [1, 2] }, a: 1 })];
    expect([first.created, second.created, second.uid]).toEqual([true, false, first.uid]);
    expect(await project.findSessions("exp")).toHaveLength(1);
  });
});
