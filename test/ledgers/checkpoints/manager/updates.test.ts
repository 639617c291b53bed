import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { DataState } from "../../../../src/checkpoints.js";
import { eventsOf, headSeq, temporaryBook } from "../../runs/temporary-book.js";
import { manager, modelA, modelB } from "./root.js";

const pathOf = (root: string, hash: string, ...rest: string[]): string => path.join(root, "checkpoints", hash, ...rest);

describe("updating an experiment's hash", () => {
  it("gives the hash, that it is new, and every part", async () => {
    const checkpoints = await manager();
    const [hash, isNew, changed] = await checkpoints.updateExperimentHash({ model: modelA, config: { lr: 0.1 }, dataState: { uids: ["a"] } });
    expect(hash).toMatch(/^(?!00000000)[0-9a-f]{8}(?!00000000)[0-9a-f]{8}(?!00000000)[0-9a-f]{8}$/);
    expect(isNew).toBe(true);
    expect(changed).toEqual(new Set(["model", "config", "data"]));
    expect(checkpoints.currentHash).toBe(hash);
  });

  it("appends nothing when nothing changes, not even when forced", async () => {
    const checkpoints = await manager();
    const [hash] = await checkpoints.updateExperimentHash({ config: { a: 1, b: 2 }, dumpImmediately: true });
    const head = await headSeq(checkpoints.book);
    expect(await checkpoints.updateExperimentHash({ config: { b: 2, a: 1 } })).toEqual([hash, false, new Set()]);
    expect(await checkpoints.updateExperimentHash({ config: { b: 2, a: 1 }, force: true })).toEqual([hash, false, new Set()]);
    expect(await headSeq(checkpoints.book)).toBe(head);
  });

  it("leaves parts that are not given as they are, and takes away those that are null", async () => {
    const checkpoints = await manager();
    await checkpoints.updateExperimentHash({ model: modelA, config: { lr: 0.1 } });
    const [hash, , changed] = await checkpoints.updateExperimentHash({ config: { lr: 0.2 } });
    expect(changed).toEqual(new Set(["config"]));
    expect(hash.slice(0, 8)).not.toBe("00000000");
    const [less, , gone] = await checkpoints.updateExperimentHash({ model: null });
    expect(gone).toEqual(new Set(["model"]));
    expect(less.slice(0, 8)).toBe("00000000");
    await expect(checkpoints.updateExperimentHash({ config: null })).rejects.toMatchObject({ code: "NOTHING_REGISTERED" });
  });

  it.each(["dataState", "activeDataUids"])("takes away the data state where %s is null", async (field) => {
    const checkpoints = await manager();
    const [before] = await checkpoints.updateExperimentHash({ config: { lr: 0.1 } });
    await checkpoints.updateExperimentHash({ dataState: ["a", "b"] });
    expect(await checkpoints.updateExperimentHash({ [field]: null })).toEqual([before, true, new Set(["data"])]);
    const [hash] = await checkpoints.updateExperimentHash({ dataState: ["a", "b"] });
    expect(await checkpoints.updateExperimentHash({ dataState: null, activeDataUids: ["b", "a"] })).toEqual([hash, false, new Set()]);
  });

  it("without anything given or registered is an error; with something registered it is that", async () => {
    const checkpoints = await manager();
    await expect(checkpoints.updateExperimentHash()).rejects.toMatchObject({ code: "NOTHING_REGISTERED", what: "hash" });
    checkpoints.registerModel("net", modelA).registerConfig({ lr: 0.1 });
    expect((await checkpoints.updateExperimentHash())[2]).toEqual(new Set(["model", "config"]));
  });

  it("names the part and the place that cannot be hashed, and appends nothing", async () => {
    const checkpoints = await manager();
    await expect(checkpoints.updateExperimentHash({ config: { lr: NaN } })).rejects.toMatchObject({ code: "UNHASHABLE_PART", part: "config", path: "$.lr" });
    expect(await headSeq(checkpoints.book)).toBe(0);
  });

  it("takes iterators of uids, which can be gone through once only", async () => {
    const checkpoints = await manager();
    const uids = new Set(["a", "b"]);
    const [hash] = await checkpoints.updateExperimentHash({ dataState: { uids: uids.values(), discarded: ["b"] }, dumpImmediately: true });
    expect(await checkpoints.updateExperimentHash({ dataState: { uids, discarded: ["b"] } })).toEqual([hash, false, new Set()]);
    expect((await checkpoints.loadDataState())?.lines()).toEqual(["a:d0:t", "b:d1:t"]);
    checkpoints.registerDataState(uids.values());
    const [other, isNew] = await checkpoints.updateExperimentHash();
    expect(isNew).toBe(true);
    expect(await checkpoints.updateExperimentHash()).toEqual([other, false, new Set()]);
    expect((await checkpoints.loadDataState())?.lines()).toEqual(["a:d0:t", "b:d0:t"]);
  });

  it("refuses a dataset that does not say the same twice: what the log keeps of a digest is what was hashed", async () => {
    const checkpoints = await manager();
    let asked = 0;
    const dataState = { getSampleUids: () => ["a", "b"], isDiscarded: () => (asked += 1) > 2 };
    await expect(checkpoints.updateExperimentHash({ dataState })).rejects.toMatchObject({ code: "UNHASHABLE_PART", part: "data" });
    expect(await headSeq(checkpoints.book)).toBe(0);
    await expect(checkpoints.updateExperimentHash({ dataState: { uids: ["a"], tags: { a: new Set(["x"]).values() } } })).rejects.toMatchObject({ code: "UNHASHABLE_PART" });
  });

  it("records which keys were left out", async () => {
    const checkpoints = await manager(undefined, { excludeKeys: ["log", "pause"] });
    const [hash] = await checkpoints.updateExperimentHash({ config: { lr: 1, log: "/x" } });
    expect((await checkpoints.updateExperimentHash({ config: { lr: 1, log: "/y" } }))[0]).toBe(hash);
    const [event] = await eventsOf(checkpoints.book, "experiment/main");
    expect(event?.data).toMatchObject({ excluded: ["log"], contents: { config: { json: { lr: 1 } } } });
  });

  it("tells a chance collision of 8 digits apart, and reports it", async () => {
    const told: unknown[] = [];
    const checkpoints = await manager(undefined, { onCollision: (collision) => told.push(collision), adapters: [] });
    await checkpoints.updateExperimentHash({ config: { lr: 1 } });
    const [first] = await eventsOf(checkpoints.book, "experiment/main");
    const parts = (first?.data as { parts: { config: { digest: string } } }).parts;
    // The same 8 digits with another rest, as if another configuration had them.
    const other = `${parts.config.digest.slice(0, 8)}${"0".repeat(24)}`;
    const { hash } = first?.data as { hash: string };
    const second = await manager(undefined, { onCollision: (collision) => told.push(collision) });
    await second.book.runs.host.transact(
      [],
      () => ({ events: [{ stream: "experiment/other", type: "hash.updated", data: { folder: hash, hash, parts: { config: { digest: other, algorithm: "config-1" } }, changed: ["config"], contents: { config: { json: {} } } } }], result: undefined }),
      { types: ["hash.updated"] },
    );
    expect((await second.updateExperimentHash({ config: { lr: 1 } }))[0]).toBe(`${hash}-2`);
    expect(told).toEqual([{ part: "config", hash: `${hash}-2`, other: hash }]);
    await second.dumpPendingChanges();
    expect(existsSync(pathOf(second.root, `${hash}-2`, "hp", `${hash}-2_config.yaml`))).toBe(true);
  });
});

describe("pending changes", () => {
  it("are the union of those of several updates, and one dump", async () => {
    const checkpoints = await manager();
    await checkpoints.updateExperimentHash({ model: modelA, config: { lr: 1 }, dataState: { uids: ["a", "b"] }, dumpImmediately: true });
    await checkpoints.updateExperimentHash({ config: { lr: 2 } });
    const [hash] = await checkpoints.updateExperimentHash({ dataState: { uids: ["a", "b"], discarded: ["b"] } });
    expect(await checkpoints.hasPendingChanges()).toEqual([true, new Set(["config", "data"])]);
    expect(await checkpoints.dumpPendingChanges({ force: true })).toBe(true);
    expect(await checkpoints.hasPendingChanges()).toEqual([false, new Set()]);
    expect(parse(readFileSync(pathOf(checkpoints.root, hash, "hp", `${hash}_config.yaml`), "utf8"))).toEqual({ lr: 2 });
    expect(parse(readFileSync(pathOf(checkpoints.root, hash, "data", `${hash}_data_state.yaml`), "utf8"))).toEqual({ uids: ["a", "b"], discarded: ["b"], tags: {} });
    expect(JSON.parse(readFileSync(pathOf(checkpoints.root, hash, "model", `${hash}_architecture.json`), "utf8"))).toEqual(modelA);
    const dumps = (await eventsOf(checkpoints.book)).filter(({ type }) => type === "hash.dumped");
    expect(dumps.map(({ data }) => data["parts"])).toEqual([["model", "config", "data"], ["config", "data"]]);
  });

  it("are none after going back to what was dumped", async () => {
    const checkpoints = await manager();
    const [first] = await checkpoints.updateExperimentHash({ config: { lr: 1 }, dumpImmediately: true });
    await checkpoints.updateExperimentHash({ config: { lr: 2 } });
    expect(await checkpoints.updateExperimentHash({ config: { lr: 1 } })).toEqual([first, true, new Set(["config"])]);
    expect(await checkpoints.hasPendingChanges()).toEqual([false, new Set()]);
    expect(await checkpoints.dumpPendingChanges()).toBe(false);
  });

  it("are what was hashed, whatever becomes of the objects", async () => {
    const checkpoints = await manager();
    const config = { lr: 0.1 };
    const data = new DataState({ uids: ["a", "b"] });
    const updating = checkpoints.updateExperimentHash({ config, dataState: data });
    config.lr = 0.9;
    data.discard("a");
    const [hash] = await updating;
    await checkpoints.dumpPendingChanges();
    expect(parse(readFileSync(pathOf(checkpoints.root, hash, "hp", `${hash}_config.yaml`), "utf8"))).toEqual({ lr: 0.1 });
    expect(parse(readFileSync(pathOf(checkpoints.root, hash, "data", `${hash}_data_state.yaml`), "utf8"))).toMatchObject({ discarded: [] });
  });

  it("are pending again for whoever comes later", async () => {
    const book = await temporaryBook();
    const one = await manager(book);
    const [hash] = await one.updateExperimentHash({ config: { lr: 1 } });
    await one.close();
    const other = await manager(book);
    expect(other.currentHash).toBe(hash);
    expect(await other.hasPendingChanges()).toEqual([true, new Set(["config"])]);
    expect(await other.updateExperimentHash({ config: { lr: 1 } })).toEqual([hash, false, new Set()]);
    expect(await other.dumpPendingChanges()).toBe(true);
  });

  it("are each manager's own where two work on one experiment", async () => {
    const book = await temporaryBook();
    const [one, other] = [await manager(book), await manager(book)];
    const [a] = await one.updateExperimentHash({ config: { lr: 1 } });
    const [b] = await other.updateExperimentHash({ config: { lr: 2 } });
    const head = await headSeq(book);
    expect(await one.updateExperimentHash({ config: { lr: 1 } })).toEqual([a, false, new Set()]);
    expect(await headSeq(book)).toBe(head);
    expect(await one.hasPendingChanges()).toEqual([true, new Set(["config"])]);
    expect(await one.dumpPendingChanges()).toBe(true);
    expect(await one.hasPendingChanges()).toEqual([false, new Set()]);
    expect(await other.hasPendingChanges()).toEqual([true, new Set(["config"])]);
    expect(other.currentHash).toBe(b);
  });

  it("of a configuration too long for an event are in a file, and dumped from it", async () => {
    const checkpoints = await manager();
    const config = { words: Array.from({ length: 9000 }, (_, index) => `word ${index}`) };
    const [hash] = await checkpoints.updateExperimentHash({ config });
    const [event] = await eventsOf(checkpoints.book, "experiment/main");
    expect(JSON.stringify(event).length).toBeLessThan(2000);
    await checkpoints.dumpPendingChanges();
    expect(parse(readFileSync(pathOf(checkpoints.root, hash, "hp", `${hash}_config.yaml`), "utf8"))).toEqual(config);
    expect(await checkpoints.loadConfig()).toEqual(config);
  });

  it("of a large data state are told as what changed", async () => {
    const checkpoints = await manager();
    const uids = Array.from({ length: 12_000 }, (_, index) => `s${index}`);
    await checkpoints.updateExperimentHash({ dataState: { uids }, dumpImmediately: true });
    const [hash] = await checkpoints.updateExperimentHash({ dataState: { uids, discarded: ["s5"] }, dumpImmediately: true });
    const updates = (await eventsOf(checkpoints.book)).filter(({ type }) => type === "hash.updated");
    expect(updates[1]?.data["contents"]).toMatchObject({ data: { lines: ["s5:d1:t"] } });
    expect(readFileSync(pathOf(checkpoints.root, hash, "data", `${hash}_data_state.yaml`), "utf8").length).toBeLessThan(1000);
    expect((await checkpoints.loadDataState())?.isDiscarded("s5")).toBe(true);
    expect((await checkpoints.diffHashes(checkpoints.currentHash ?? "", (await checkpoints.listExperimentHashes())[0] ?? "")).data?.restored).toEqual({ count: 1, uids: ["s5"] });
  });

  it("forced, mends a file that was damaged, and else appends nothing", async () => {
    const checkpoints = await manager();
    const [hash] = await checkpoints.updateExperimentHash({ model: modelB, config: { lr: 1 }, force: true });
    const head = await headSeq(checkpoints.book);
    expect(await checkpoints.dumpPendingChanges({ force: true })).toBe(false);
    expect(await headSeq(checkpoints.book)).toBe(head);
    const file = pathOf(checkpoints.root, hash, "hp", `${hash}_config.yaml`);
    writeFileSync(file, "lr: 7\n");
    expect(await checkpoints.dumpPendingChanges({ force: true })).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("lr: 1\n");
  });
});
