import { describe, expect, it } from "vitest";
import { pin, unpin } from "../../../../src/ledgers/checkpoints/care/pin.js";
import type { RetentionPolicy } from "../../../../src/ledgers/checkpoints/care/policy.js";
import { prune } from "../../../../src/ledgers/checkpoints/care/prune.js";
import { experimentStream } from "../../../../src/events/checkpoint-names.js";
import { A, B, C, folderCareBook, memoryCareBook } from "./care-book.js";
import type { CareBook } from "./care-book.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

/** Hash A with steps 0, 100, ..., 900 whose loss is smallest at 300, a minute apart. */
async function tenSteps(): Promise<CareBook> {
  const care = await memoryCareBook();
  await care.come(A);
  for (let step = 0; step < 1000; step += 100) {
    await care.save(A, step, { metadata: { loss: Math.abs(step - 300), val: { accuracy: step === 200 ? "none" : step / 1000 } } });
    care.clock.advance(60_000);
  }
  return care;
}

const steps = (...numbers: readonly number[]): string[] => numbers.map((step) => `a ${step}.1`).sort();

describe("retention", () => {
  const table: readonly (readonly [string, RetentionPolicy, string[]])[] = [
    ["the last n", { keepLast: 3 }, steps(700, 800, 900)],
    ["the best n by a field, and the newest", { keepBest: { n: 2, by: "loss" } }, steps(300, 400, 900)],
    ["the best n the other way round", { keepBest: { n: 1, by: "loss", goal: "max" } }, steps(900)],
    ["the best n by a field within another one, passing over what is no number", { keepBest: { n: 8, by: "val.accuracy" } }, steps(0, 100, 300, 400, 500, 600, 700, 800, 900)],
    ["the best by a field that nobody has: the newest", { keepBest: { n: 3, by: "f1" } }, steps(900)],
    ["the best by two fields", { keepBest: [{ n: 1, by: "loss" }, { n: 1, by: "val.accuracy" }] }, steps(0, 300, 900)],
    ["every k-th", { keepEvery: 400 }, steps(0, 400, 800, 900)],
    ["those younger than", { keepYoungerThanMs: 5 * 60_000 }, steps(600, 700, 800, 900)],
    ["everything of the last n hashes", { keepLastHashes: 1 }, steps(0, 100, 200, 300, 400, 500, 600, 700, 800, 900)],
    ["what any of several rules keeps", { keepLast: 2, keepEvery: 500, keepBest: { n: 1, by: "loss" } }, steps(0, 300, 500, 800, 900)],
  ];
  it.each(table)("keeps %s", async (_, policy, left) => {
    const care = await tenSteps();
    const planned = await prune(care.context, policy, { dryRun: true });
    expect(await care.there()).toHaveLength(10);
    const report = await prune(care.context, policy);
    expect(await care.there()).toEqual(left);
    expect(await care.files()).toHaveLength(left.length);
    expect(report).toEqual({ ...planned, dryRun: false });
    expect([report.kept.length, report.pruned.length, report.bytes, report.failed]).toEqual([left.length, 10 - left.length, 1000 * (10 - left.length), []]);
    expect((await prune(care.context, policy)).pruned).toEqual([]);
  });

  it("says of each what keeps it, or the rule that did not, and leaves the rule in the log", async () => {
    const care = await tenSteps();
    const { kept, pruned } = await prune(care.context, { keepLast: 2, keepEvery: 400 });
    expect(kept.map(({ step, rule }) => [step, rule])).toEqual([[0, "a multiple of 400"], [400, "a multiple of 400"], [800, "the last 2; a multiple of 400"], [900, "the highest step of its hash; the newest of its hash; the last 2"]]);
    expect(pruned[0]).toEqual({ hash: A, step: 100, save: 1, bytes: 1000, rule: "not among what is kept: the last 2; every step that is a multiple of 400" });
    expect((await care.row(A, 100))?.saves[0]?.pruned).toMatchObject({ by: "w", reason: pruned[0]?.rule });
  });

  it("keeps what is pinned until it is unpinned", async () => {
    const care = await tenSteps();
    expect(await pin(care.context, { hash: A, step: 200, reason: "in the paper" })).toBe(true);
    expect(await pin(care.context, { hash: A, step: 200, reason: "in the paper" })).toBe(false);
    await prune(care.context, { keepLast: 1 });
    expect(await care.there()).toEqual(steps(200, 900));
    expect(await unpin(care.context, { hash: A, step: 200 })).toBe(true);
    expect(await unpin(care.context, { hash: A, step: 200 })).toBe(false);
    await prune(care.context, { keepLast: 1 });
    expect(await care.there()).toEqual(steps(900));
    await expect(pin(care.context, { hash: A, step: 200 })).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND", message: expect.stringContaining("is pruned") as unknown });
    await expect(pin(care.context, { hash: A, step: 201 })).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND", hash: A, step: 201 });
    await expect(pin(care.context, { step: 200 })).rejects.toMatchObject({ code: "NOTHING_REGISTERED", what: "hash" });
    for (const [options, field] of [[{ hash: A, step: -1 }, "step"], [{ hash: A, step: 900, reason: "a\nb" }, "reason"], [{ hash: 5, step: 900 }, "hash"], [{ hahs: A, step: 900 }, "hahs"]] as const) {
      await expect(pin(care.context, options as unknown as { step: number })).rejects.toMatchObject({ code: "INVALID_OPTION", field });
    }
  });

  it("gives up what was saved again, and keeps the last save", async () => {
    const care = await tenSteps();
    await care.save(A, 900);
    await care.save(A, 900);
    const { pruned } = await prune(care.context, { keepLast: 10 });
    expect(pruned.map(({ step, save, rule }) => [step, save, rule])).toEqual([[900, 1, "saved again as save 3"], [900, 2, "saved again as save 3"]]);
    expect(await care.there()).toEqual([...steps(0, 100, 200, 300, 400, 500, 600, 700, 800), "a 900.3"]);
  });

  it("keeps the newest of every hash, by step and by time, and where other lines began", async () => {
    const care = await memoryCareBook();
    await care.come(A);
    for (const step of [1, 2, 3]) await care.save(A, step);
    await care.come(B, A);
    for (const step of [4, 5, 6]) await care.save(B, step);
    await care.come(A, B);
    for (const step of [7, 8]) await care.save(A, step);
    // Back to an earlier one, from which another line goes on; loading the newest one is nothing of the kind.
    await care.append(experimentStream("main"), "checkpoint.loaded", { folder: A, step: 8, save: 1, resumed: true });
    await care.append(experimentStream("main"), "checkpoint.loaded", { folder: B, step: 4, save: 1 });
    for (const step of [9, 2]) await care.save(A, step);
    const { kept } = await prune(care.context, { keepLast: 1 });
    expect(await care.there()).toEqual(["a 2.2", "a 3.1", "a 9.1", "b 4.1", "b 6.1"]);
    expect(kept.map(({ step, rule }) => [step, rule])).toEqual([
      [2, "the newest of its hash"],
      [3, "where another line began"],
      [9, "the highest step of its hash; the last 1"],
      [4, "where another line began"],
      [6, "the highest step of its hash; the newest of its hash; where another line began; the last 1"],
    ]);
  });

  it("keeps everything of the hashes that an experiment came to last, for each experiment", async () => {
    const care = await memoryCareBook();
    for (const [folder, experiment] of [[A, "main"], [B, "main"], [C, "other"]] as const) {
      await care.come(folder, undefined, experiment);
      care.clock.advance(1000);
      for (const step of [1, 2]) await care.save(folder, step, { experiment });
    }
    await prune(care.context, { keepLastHashes: 1 });
    expect(await care.there()).toEqual(["a 2.1", "b 1.1", "b 2.1", "c 1.1", "c 2.1"]);
  });

  it("never gives up the only one of a hash that is intact, and nothing of a hash without any", async () => {
    const care = await memoryCareBook();
    const { artifacts } = care.context;
    for (const folder of [A, B]) {
      await care.come(folder);
      for (const step of [1, 2, 3, 4]) await care.save(folder, step);
    }
    const ruin = async (folder: string, step: number): Promise<void> => {
      const path = (await care.row(folder, step))?.saves[0]?.files["weights"]?.path ?? "";
      await artifacts.put(path, Buffer.alloc(1000), { replace: true });
    };
    for (const [folder, step] of [[A, 4], [A, 3], [B, 1], [B, 2], [B, 3]] as const) await ruin(folder, step);
    await artifacts.delete((await care.row(B, 4))?.saves[0]?.files["weights"]?.path ?? "");
    const { kept } = await prune(care.context, { keepLast: 1 });
    expect(await care.there()).toEqual(["a 2.1", "a 4.1", "b 1.1", "b 2.1", "b 3.1", "b 4.1"]);
    expect(kept.find(({ step }) => step === 2)?.rule).toBe("the only one of its hash that is intact");
    expect(kept.filter(({ rule }) => rule === "none of its hash is intact").map(({ step }) => step)).toEqual([1, 2, 3]);
  });

  it("honours what others pin, and what they give up, while it looks at files", async () => {
    const care = await tenSteps();
    const { artifacts } = care.context;
    let once = false;
    const meddling: typeof artifacts = {
      get: async (path, options) => {
        if (!once) {
          once = true;
          await pin(care.context, { hash: A, step: 100 });
        }
        return await artifacts.get(path, options);
      },
      put: (path, content, options) => artifacts.put(path, content, options),
      list: (prefix) => artifacts.list(prefix),
      delete: (path) => artifacts.delete(path),
      locate: (path) => artifacts.locate(path),
    };
    await prune({ ...care.context, artifacts: meddling }, { keepLast: 1 });
    expect(await care.there()).toEqual(steps(100, 900));
  });

  it("two at once give up each save once", async () => {
    const care = await tenSteps();
    const reports = await Promise.all([prune(care.context, { keepLast: 2 }), prune(care.context, { keepLast: 3 })]);
    expect(await care.there()).toEqual(steps(800, 900));
    expect(reports[0].pruned.length + reports[1].pruned.length).toBe(8);
    expect(await care.files()).toHaveLength(2);
  });

  it("tells files that cannot be deleted, and has given them up all the same", async () => {
    const care = await tenSteps();
    const { artifacts } = care.context;
    const stuck = { ...artifacts, get: artifacts.get.bind(artifacts), put: artifacts.put.bind(artifacts), list: artifacts.list.bind(artifacts), locate: artifacts.locate.bind(artifacts), delete: () => Promise.reject(new Error("EROFS")) };
    const { failed } = await prune({ ...care.context, artifacts: stuck }, { keepLast: 9 });
    expect(failed).toEqual([{ path: `checkpoints/${A}/model/${A}_step_000000.bin`, problem: "EROFS" }]);
    expect(await care.there()).toHaveLength(9);
    expect(await care.files()).toHaveLength(10);
  });

  it("refuses what is no policy, and what may not write", async () => {
    const care = await tenSteps();
    const wrong: readonly (readonly [object, string])[] = [
      [{}, "policy"], [{ keepLast: 0 }, "keepLast"], [{ keepLast: 1.5 }, "keepLast"], [{ keepEvery: -1 }, "keepEvery"], [{ keepLastHashes: "2" }, "keepLastHashes"], [{ keepYoungerThanMs: NaN }, "keepYoungerThanMs"],
      [{ keepBest: { n: 1 } }, "keepBest.by"], [{ keepBest: { by: "loss" } }, "keepBest.n"], [{ keepBest: { n: 1, by: "loss", goal: "least" } }, "keepBest.goal"], [{ keepBest: { n: 1, by: "loss", gaol: "max" } }, "keepBest.gaol"], [{ keepBest: [] }, "policy"], [{ keepFirst: 1 }, "keepFirst"],
    ];
    for (const [policy, field] of wrong) await expect(prune(care.context, policy), field).rejects.toMatchObject({ code: "INVALID_OPTION", field });
    await expect(prune(care.context, { keepLast: 1 }, { dryRun: 1 as unknown as boolean })).rejects.toMatchObject({ field: "dryRun" });
    await expect(prune(care.context, { keepLast: 1 }, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    await using past = await care.book.at(3);
    await expect(prune({ ...care.context, host: past.runs.host }, { keepLast: 1 })).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    await expect(prune({ ...care.context, host: past.runs.host }, { keepLast: 1 }, { dryRun: true })).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    expect(await care.there()).toHaveLength(10);
  });

  it("deletes the files of a folder", async () => {
    const care = await folderCareBook(temporaryFolder());
    await care.come(A);
    for (const step of [1, 2, 3]) await care.save(A, step);
    const progress: number[] = [];
    await prune(care.context, { keepLast: 1 }, { onProgress: ({ step, bytes, totalBytes }) => step === "deleting" && progress.push(bytes, totalBytes) });
    expect(await care.files()).toEqual([`checkpoints/${A}/model/${A}_step_000003.bin`]);
    expect(progress).toEqual([1000, 2000, 2000, 2000]);
  });
});
