import { describe, expect, it } from "vitest";
import { checkpointStream, experimentStream } from "../../../../src/events/checkpoint-names.js";
import { loadBestCheckpoint, loadCheckpoint, loadLatestCheckpoint } from "../../../../src/ledgers/checkpoints/loading/load-checkpoint.js";
import { eventsOf, headSeq } from "../../runs/temporary-book.js";
import { folderOf, givenCheckpoints, pathOf } from "./given-checkpoints.js";

const A = folderOf("a", "1");
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const loads = async (given: Awaited<ReturnType<typeof givenCheckpoints>>) => (await eventsOf(given.book, experimentStream("main"))).filter(({ type }) => type === "checkpoint.loaded").map(({ data }) => data);

describe("loading a checkpoint", () => {
  it("gives undefined while the experiment has no hash, or the hash no checkpoint, and records nothing", async () => {
    const given = await givenCheckpoints();
    expect(await loadLatestCheckpoint(given.context)).toBeUndefined();
    await given.cameTo("a", "1");
    const before = await headSeq(given.book);
    expect(await loadLatestCheckpoint(given.context)).toBeUndefined();
    expect(await headSeq(given.book)).toBe(before);
  });

  it("gives the newest by number with what was saved with it, and records the load", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.saved(999_999);
    await given.saved(1_000_000, { loss: 0.5 });
    const loaded = await loadLatestCheckpoint(given.context);
    expect(loaded).toMatchObject({ hash: A, step: 1_000_000, save: 1, metadata: { loss: 0.5 }, by: "tester", skipped: [], applied: { model: false, optimizer: false, config: false, data: false } });
    expect(text(loaded?.weights?.bytes)).toBe("weights 1000000 1");
    expect(loaded?.weights?.path).toBe(`memory:${pathOf(A, 1_000_000)}`);
    expect(await loads(given)).toEqual([{ folder: A, step: 1_000_000, save: 1 }]);
  });

  it("takes the later of two saves of a step", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.saved(5);
    await given.saved(5, {}, { save: 2 });
    expect(text((await loadCheckpoint(given.context, { step: 5 })).weights?.bytes)).toBe("weights 5 2");
  });

  it("says which steps there are when the one asked for is not, and takes the nearest when that is asked for", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    for (const step of [0, 10, 200]) await given.saved(step);
    await expect(loadCheckpoint(given.context, { step: 5 })).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND", hash: A, step: 5, message: `Hash ${A} has no checkpoint of step 5; there are 0, 10, 200` });
    expect(await loadCheckpoint(given.context, { step: 5, nearest: true })).toMatchObject({ step: 10 });
  });

  it("says who gave a step up, and why", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    for (const step of [1, 2]) await given.saved(step);
    await given.append(checkpointStream(A, 1), "checkpoint.pruned", { saves: [1], reason: "keepLast 1" });
    await expect(loadCheckpoint(given.context, { step: 1 })).rejects.toThrow(/^Hash a{8}1{8}0{8} has no checkpoint of step 1 any more: it was pruned at .* by tester \(keepLast 1\); there are 2$/);
    await given.append(checkpointStream(A, 2), "checkpoint.pruned", { saves: [1], reason: "keepLast 0" });
    expect(await loadLatestCheckpoint(given.context)).toBeUndefined();
    await expect(loadCheckpoint(given.context)).rejects.toThrow("all 2 steps that were saved have been pruned");
  });

  it("takes the best by a field of the metadata, and says which numbers there are when none has it", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.saved(1, { loss: 0.25, eval: { acc: 0.5 } });
    await given.saved(2, { loss: 0.5, eval: { acc: 0.75 } });
    expect(await loadBestCheckpoint(given.context, { by: "loss" })).toMatchObject({ step: 1 });
    expect(await loadBestCheckpoint(given.context, { by: "eval.acc", goal: "max" })).toMatchObject({ step: 2 });
    await expect(loadBestCheckpoint(given.context, { by: "bleu" })).rejects.toThrow(`Hash ${A} has no checkpoint with a number as "bleu" in its metadata; numbers are in "loss"`);
  });

  it("refuses a hash that nobody ever came to, and options that make no sense", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await expect(loadLatestCheckpoint(given.context, { hash: "b".repeat(24) })).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND", hash: "b".repeat(24) });
    await expect(loadLatestCheckpoint(given.context, { hash: 7 as unknown as string })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "hash" });
    await expect(loadCheckpoint(given.context, { step: -1 })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "step" });
    await expect(loadCheckpoint(given.context, { nearest: true })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "step" });
    await expect(loadBestCheckpoint(given.context, { by: "" })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "by" });
    await expect(loadLatestCheckpoint(given.context, { fallback: "yes" as unknown as boolean })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "fallback" });
    await expect(loadLatestCheckpoint(given.context, { modelName: "net" })).resolves.toBeUndefined();
  });
});

describe("files that are not what the log says", () => {
  const damaged = async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    for (const step of [1, 2, 3]) await given.saved(step);
    await given.damage(pathOf(A, 3));
    await given.artifacts.delete(pathOf(A, 2));
    return given;
  };

  it("are never given out, and nothing is recorded", async () => {
    const given = await damaged();
    const before = await headSeq(given.book);
    await expect(loadLatestCheckpoint(given.context)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", path: `memory:${pathOf(A, 3)}` });
    await expect(loadCheckpoint(given.context, { step: 2 })).rejects.toThrow("is missing");
    expect(await headSeq(given.book)).toBe(before);
  });

  it("are passed over for the newest intact checkpoint where that is asked for, and the result says so", async () => {
    const given = await damaged();
    const loaded = await loadLatestCheckpoint(given.context, { fallback: true });
    expect(loaded?.step).toBe(1);
    expect(loaded?.skipped.map(({ step, error }) => [step, error.code])).toEqual([[3, "ARTIFACT_CORRUPT"], [2, "ARTIFACT_CORRUPT"]]);
    expect(await loads(given)).toEqual([{ folder: A, step: 1, save: 1 }]);
  });

  it("reject with the first fault where nothing is intact", async () => {
    const given = await damaged();
    await given.damage(pathOf(A, 1));
    await expect(loadLatestCheckpoint(given.context, { fallback: true })).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT", path: `memory:${pathOf(A, 3)}` });
  });

  it("are looked for anew where somebody has given them up or compressed them meanwhile", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    for (const step of [1, 2]) await given.saved(step);
    const get = given.artifacts.get.bind(given.artifacts);
    let asked = 0;
    given.artifacts.get = async (path, options) => {
      if (path === pathOf(A, 2)) {
        asked += 1;
        await given.append(checkpointStream(A, 2), "checkpoint.pruned", { saves: [1], reason: "keepLast 1" });
        await given.artifacts.delete(path);
      }
      return await get(path, options);
    };
    expect(await loadLatestCheckpoint(given.context)).toMatchObject({ step: 1, skipped: [] });
    expect(asked).toBe(1);
  });
});

describe("loading of another hash", () => {
  it("moves manager and experiment there, with its configuration, and says where they were", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.saved(1);
    const B = await given.cameTo("a", "2");
    const registered = { lr: 2, pause: true, extra: 1 };
    given.context.registered.config = registered;
    expect(await loadLatestCheckpoint(given.context, { hash: A })).toMatchObject({ applied: { config: true } });
    expect(registered).toEqual({ lr: 1, pause: true });
    expect(given.context.position?.folder).toBe(A);
    expect(await loads(given)).toMatchObject([{ folder: A, step: 1, save: 1, from: B }]);
    expect(await given.book.view("experiments")).toMatchObject({ "experiment/main": { folder: A, pending: [] } });
  });

  it("moves nothing with apply: false, and nothing at all where the configuration's file is damaged", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.saved(1);
    const B = await given.cameTo("a", "2");
    await loadLatestCheckpoint(given.context, { hash: A, apply: false });
    expect(given.context.position?.folder).toBe(B);
    expect(await loads(given)).toEqual([{ folder: A, step: 1, save: 1 }]);

    given.context.registered.config = { lr: 2 };
    await given.damage(`checkpoints/${A}/hp/${A}_config.yaml`);
    await expect(loadLatestCheckpoint(given.context, { hash: A })).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
    expect(given.context).toMatchObject({ position: { folder: B }, registered: { config: { lr: 2 } } });
    expect(await loads(given)).toHaveLength(1);
    expect(await loadLatestCheckpoint(given.context, { hash: A, fallback: true })).toMatchObject({ step: 1 });
    expect(given.context).toMatchObject({ position: { folder: A }, registered: { config: { lr: 1 } } });
  });

  it("only reads a daybook as of a moment: what was the newest then is loaded, and nothing is recorded", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.saved(1);
    const then = await headSeq(given.book);
    await given.saved(2);
    const past = await given.book.at(then);
    const head = await headSeq(given.book);
    expect(await loadLatestCheckpoint(given.contextOf(past))).toMatchObject({ step: 1 });
    expect(await headSeq(given.book)).toBe(head);
  });
});
