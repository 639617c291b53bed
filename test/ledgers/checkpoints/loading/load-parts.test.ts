import { describe, expect, it } from "vitest";
import { experimentStream } from "../../../../src/events/checkpoint-names.js";
import { DataState } from "../../../../src/ledgers/checkpoints/data-state/data-state.js";
import { loadDataState } from "../../../../src/ledgers/checkpoints/loading/load-data-state.js";
import { loadHash } from "../../../../src/ledgers/checkpoints/loading/load-hash.js";
import { loadArchitecture, loadConfig } from "../../../../src/ledgers/checkpoints/loading/load-parts.js";
import { eventsOf, headSeq } from "../../runs/temporary-book.js";
import { folderOf, givenCheckpoints } from "./given-checkpoints.js";

const [A, B] = [folderOf("a", "1"), folderOf("a", "2")];

describe("the configuration of a hash", () => {
  it("comes from the log while it is pending, a copy, and from its file once it was dumped", async () => {
    const given = await givenCheckpoints();
    expect(await loadConfig(given.context)).toBeUndefined();
    await given.cameTo("a", "1", { dump: false, json: { lr: 1, betas: [0.5] } });
    const config = await loadConfig(given.context);
    expect(config).toEqual({ lr: 1, betas: [0.5] });
    Object.assign(config ?? {}, { lr: 9 });
    expect(await loadConfig(given.context)).toEqual({ lr: 1, betas: [0.5] });
    await given.cameTo("a", "2", { json: { lr: 2, onlyInTheLog: true } });
    expect(await loadConfig(given.context)).toEqual({ lr: 2 });
    expect(await loadConfig(given.context, A)).toEqual({ lr: 1, betas: [0.5] });
  });

  it("is not given out of a damaged file; with fallback the log's is", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.damage(`checkpoints/${A}/hp/${A}_config.yaml`);
    await expect(loadConfig(given.context)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
    expect(await loadConfig(given.context, undefined, { fallback: true })).toEqual({ lr: 1 });
  });

  it("may have others beside it, by name", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    const file = await given.put(`checkpoints/${A}/hp/${A}_optimizer_config.yaml`, "beta: 0.9\n");
    await given.append(experimentStream("main"), "hash.file-added", { folder: A, kind: "config", name: "optimizer_config", file });
    expect(await loadConfig(given.context, undefined, { configName: "optimizer_config" })).toEqual({ beta: 0.9 });
    expect(await loadConfig(given.context, undefined, { configName: "data_config" })).toBeUndefined();
  });

  it("that is too long for an event is read from the file that the log names", async () => {
    const given = await givenCheckpoints();
    const file = await given.put("checkpoints/parts/config-1.json", '{"lr":3}');
    const parts = { config: { digest: "3".repeat(32), algorithm: "config-1" } };
    const folder = `00000000${"3".repeat(8)}00000000`;
    await given.append(experimentStream("main"), "hash.updated", { folder, hash: folder, parts, changed: ["config"], contents: { config: { file } } });
    expect(await loadConfig(given.context, folder)).toEqual({ lr: 3 });
    expect(await loadArchitecture(given.context, folder)).toBeUndefined();
    await given.damage(file.path);
    await expect(loadConfig(given.context, folder)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
  });

  it("of an unknown hash is not there, and of one whose content the log does not have is not made up", async () => {
    const given = await givenCheckpoints();
    await expect(loadConfig(given.context, A)).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND", message: `No experiment in ${given.book.root} ever came to the hash "${A}"` });
    const parts = { config: { digest: "3".repeat(32), algorithm: "config-1" } };
    const folder = `00000000${"3".repeat(8)}00000000`;
    await given.append(experimentStream("main"), "hash.updated", { folder, hash: folder, parts, changed: ["config"] });
    await expect(loadConfig(given.context, folder)).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND" });
  });
});

describe("the data state of a hash", () => {
  const folder = "0".repeat(16) + "d".repeat(8);
  const withData = async (more: Readonly<Record<string, unknown>> = {}) => {
    const given = await givenCheckpoints();
    const state = new DataState({ uids: ["s1", "s2", "s3"], discarded: ["s2"], tags: { s1: ["clean"] } });
    const data = { folder, hash: folder, parts: { data: state.part }, changed: ["data" as const], contents: { data: { lines: state.lines(), ...more } } };
    await given.append(experimentStream("main"), "hash.updated", data);
    return { given, state };
  };

  it("is put together from the log, verified by its digest, a new one each time", async () => {
    const { given, state } = await withData();
    const loaded = await loadDataState(given.context, folder);
    expect([...(loaded?.samples() ?? [])]).toEqual([...state.samples()]);
    loaded?.discard("s1");
    expect((await loadDataState(given.context, folder))?.digest).toBe(state.digest);
    await given.cameTo("a", "1");
    expect(await loadDataState(given.context)).toBeUndefined();
  });

  it("is not given out where what the log keeps is another one", async () => {
    const { given } = await withData({ lines: ["s1:d0:t"] });
    await expect(loadDataState(given.context, folder)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
  });

  it("is put into the registered DataState itself; a dataset is left to its owner, and the result says so", async () => {
    const { given, state } = await withData();
    await given.cameTo("a", "1");
    const live = new DataState(["s1", "s4"]);
    given.context.registered.dataState = live;
    expect(await loadHash(given.context, folder)).toMatchObject({ applied: { data: true }, notApplied: [] });
    expect(live.digest).toBe(state.digest);
    await loadHash(given.context, A);
    given.context.registered.dataState = { uids: ["s4"] };
    const loaded = await loadHash(given.context, folder);
    expect(loaded).toMatchObject({ applied: { data: false }, notApplied: [{ what: "data" }] });
    expect(loaded.dataState?.digest).toBe(state.digest);
  });
});

describe("going to a hash without its weights", () => {
  it("gives what it is made of, moves there and says so", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.cameTo("a", "2");
    given.context.registered.config = { lr: 2 };
    expect(await loadHash(given.context, A)).toMatchObject({ hash: A, config: { lr: 1 }, architecture: { layers: ["a"] }, applied: { config: true } });
    expect(given.context).toMatchObject({ position: { folder: A }, registered: { config: { lr: 1 } } });
    expect((await eventsOf(given.book)).at(-1)).toMatchObject({ type: "checkpoint.loaded", data: { folder: A, from: B } });
  });

  it("brings back the experiment, too, where another process has moved it away from the manager's hash", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    const mine = given.context;
    given.context = given.contextOf(given.book);
    await given.cameTo("a", "2");
    expect(mine.position?.folder).toBe(A);
    await loadHash(mine, A, { apply: false });
    expect(await given.book.view("experiments")).toMatchObject({ "experiment/main": { folder: B } });
    await loadHash(mine, A);
    expect(await given.book.view("experiments")).toMatchObject({ "experiment/main": { folder: A, pending: [] } });
    expect((await eventsOf(given.book)).at(-1)).toMatchObject({ type: "checkpoint.loaded", data: { folder: A, from: B } });
    await loadHash(mine, A);
    expect((await eventsOf(given.book)).at(-1)?.data).toEqual({ folder: A });
  });

  it("that was never dumped has pending again what it had pending", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.cameTo("a", "2", { dump: false });
    await given.cameTo("a", "1");
    await loadHash(given.context, B);
    expect(await given.book.view("experiments")).toMatchObject({ "experiment/main": { folder: B, pending: ["config"] } });
    expect((await eventsOf(given.book)).slice(-2).map(({ type }) => type)).toEqual(["hash.updated", "checkpoint.loaded"]);
  });

  it("only reads with apply: false, and leaves everything as it was where a file is damaged", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.cameTo("a", "2");
    await loadHash(given.context, A, { apply: false });
    expect(given.context.position?.folder).toBe(B);
    await given.damage(`checkpoints/${A}/model/${A}_architecture.json`);
    const before = await headSeq(given.book);
    await expect(loadHash(given.context, A)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
    expect(given.context.position?.folder).toBe(B);
    expect(await headSeq(given.book)).toBe(before);
  });
});
