import { describe, expect, it } from "vitest";
import { experimentStream } from "../../../../src/events/checkpoint-names.js";
import { lineOf } from "../../../../src/ledgers/checkpoints/loading/line-of-hash.js";
import { resume } from "../../../../src/ledgers/checkpoints/loading/resume.js";
import type { HashRow } from "../../../../src/projections/views/hashes.js";
import { eventsOf, headSeq } from "../../runs/temporary-book.js";
import { folderOf, givenCheckpoints, partsOf, pathOf } from "./given-checkpoints.js";

const [A, B, C] = [folderOf("a", "1"), folderOf("a", "2"), folderOf("b", "2")];

describe("taking training up again", () => {
  it("begins with step 0 where nothing was saved, and records nothing", async () => {
    const given = await givenCheckpoints();
    expect(await resume(given.context)).toEqual({ hash: undefined, nextStep: 0, checkpoint: undefined });
    await given.cameTo("a", "1");
    const before = await headSeq(given.book);
    expect(await resume(given.context)).toEqual({ hash: A, nextStep: 0, checkpoint: undefined });
    expect(await headSeq(given.book)).toBe(before);
  });

  it("goes on behind the newest intact checkpoint, and says what it passed over", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    for (const step of [10, 20, 30]) await given.saved(step);
    await given.damage(pathOf(A, 30));
    const point = await resume(given.context);
    expect(point).toMatchObject({ hash: A, nextStep: 21, checkpoint: { hash: A, step: 20, skipped: [{ step: 30 }] } });
    expect((await eventsOf(given.book, experimentStream("main"))).at(-1)).toMatchObject({ type: "checkpoint.loaded", data: { folder: A, step: 20, save: 1, resumed: true } });
  });

  it("never begins anew by itself where there are checkpoints and none is intact", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.saved(10);
    await given.damage(pathOf(A, 10));
    await expect(resume(given.context)).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
  });

  it("stays at a pending hash, with the weights of the one before, and leaves an edited configuration as it is", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.saved(10);
    await given.cameTo("a", "2", { dump: false });
    given.context.registered.config = { lr: 3 };
    expect(await resume(given.context)).toMatchObject({ hash: B, nextStep: 11, checkpoint: { hash: A, step: 10 } });
    expect(given.context).toMatchObject({ position: { folder: B }, registered: { config: { lr: 3 } } });
    expect(await given.book.view("experiments")).toMatchObject({ "experiment/main": { folder: B, pending: ["config"] } });
  });

  it("puts the hash's configuration into the registered one where that is asked for", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "1");
    await given.saved(10);
    await given.cameTo("a", "2", { dump: false });
    given.context.registered.config = { lr: 3 };
    await resume(given.context, { restoreConfig: true });
    expect(given.context.registered.config).toEqual({ lr: 2 });
  });

  it("does not go on from weights of another model", async () => {
    const given = await givenCheckpoints();
    await given.cameTo("a", "2");
    await given.saved(10);
    await given.cameTo("b", "2");
    expect(await resume(given.context)).toEqual({ hash: C, nextStep: 0, checkpoint: undefined });
  });
});

describe("the hashes that one can go on from", () => {
  const row = (model: string, config: string, ...from: readonly (readonly [string, number] | readonly [string, number, string])[]): HashRow => {
    const folder = folderOf(model, config);
    const origins = from.map(([one, seq, experiment = "main"]) => ({ experiment, from: one, changed: [], seq, time: "", by: "w", count: 1 }));
    return { folder, hash: folder, parts: partsOf(model, config), origins, added: [], used: "" };
  };
  const line = (own: HashRow, ...others: readonly HashRow[]): string[] => lineOf(new Map([own, ...others].map((one) => [one.folder, one])), own, "main").map(({ folder }) => folder);
  const D = folderOf("a", "3");

  it("are its own, then those it came from, the one left last first, each once although ways go in circles", () => {
    expect(line(row("a", "1", [B, 5], [D, 9]), row("a", "2", [A, 4]), row("a", "3", [A, 8]))).toEqual([A, D, B]);
  });

  it("lie also behind a hash with another model, which is none of them itself", () => {
    expect(line(row("a", "3", [C, 5]), row("b", "2", [A, 4]), row("a", "1"))).toEqual([D, A]);
  });

  it("are none of another experiment", () => {
    expect(line(row("a", "1", [B, 5, "other"]), row("a", "2"))).toEqual([A]);
  });
});
