import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { CheckpointRow, CheckpointsVerification, GcReport, PruneReport } from "../../src/checkpoints.js";
import { CheckpointBook, hashOf, partsOf } from "./checkpoint-book.js";
import { daybook, jsonLines, temporaryFolder } from "./support.js";

const parts = partsOf("m", "c", "d");
const hash = hashOf(parts);

/** Steps 10, 20, 30 and 40 of one hash, with losses of which that of 20 is the smallest. */
async function saved(): Promise<{ readonly cwd: string; readonly weights: (step: number) => string; readonly steps: () => Promise<number[]> }> {
  const cwd = temporaryFolder();
  const root = path.join(cwd, "results");
  const book = await CheckpointBook.open(root);
  await book.update(parts);
  for (const [step, loss] of [[10, 0.9], [20, 0.1], [30, 0.5], [40, 0.7]] as const) await book.save(hash, step, { metadata: { loss } });
  await book.book.close();
  return {
    cwd,
    weights: (step) => path.join(root, `checkpoints/${hash}/model/${hash}_step_${step}.1.safetensors`),
    steps: async () => jsonLines<CheckpointRow>((await daybook(cwd, ["--json", "checkpoints"])).stdout).map(({ step }) => step),
  };
}

describe.concurrent("daybook checkpoints prune", () => {
  it("says on a dry run what would go and why the others stay, then does it", async () => {
    const { cwd, weights, steps } = await saved();
    const rules = ["checkpoints", "prune", "--keep-last", "1", "--keep-best", "1:loss", "--keep-best", "1:loss:max"];
    const dry = await daybook(cwd, [...rules, "--dry-run"]);
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/keep .* 20 .*best 1 by loss \(min\).*\n(.*\n)*prune .* 30 +1 +31 B +not among .*\n1 save would be pruned: 31 B; 3 saves kept\n$/)]);
    expect(await steps()).toEqual([10, 20, 30, 40]);
    const done = await daybook(cwd, ["--json", ...rules]);
    expect([done.code, jsonLines<PruneReport>(done.stdout)]).toEqual([0, [expect.objectContaining({ dryRun: false, bytes: 31, failed: [], pruned: [expect.objectContaining({ hash, step: 30, save: 1 }) as object] })]]);
    expect([await steps(), fs.existsSync(weights(30)), fs.existsSync(weights(20))]).toEqual([[10, 20, 40], false, true]);
    expect((await daybook(cwd, rules)).stdout).toBe("ok: there is nothing to prune; 3 saves kept\n");
  });

  it("passes over what is pinned, until it is unpinned", async () => {
    const { cwd, steps } = await saved();
    const pin = await daybook(cwd, ["checkpoints", "pin", `${hash.slice(0, 6)}/10`, "--reason", "paper"]);
    expect([pin.code, pin.stdout]).toEqual([0, `${hash}/10 is pinned\n`]);
    expect((await daybook(cwd, ["checkpoints", "pin", `${hash}/10`, "--reason", "paper"])).stdout).toBe(`${hash}/10 was pinned already\n`);
    expect((await daybook(cwd, ["checkpoints", "prune", "--keep-last", "1"])).code).toBe(0);
    expect(await steps()).toEqual([10, 40]);
    expect(jsonLines((await daybook(cwd, ["--json", "checkpoints", "unpin", `${hash}/10`])).stdout)).toEqual([{ hash, step: 10, pinned: false, changed: true }]);
    expect((await daybook(cwd, ["checkpoints", "prune", "--keep-every", "40"])).code).toBe(0);
    expect(await steps()).toEqual([40]);
    expect((await daybook(cwd, ["history", "--stream", `checkpoint/${hash}/000010`])).stdout).toMatch(/ pinned: paper\n.* unpinned\n.* save 1 pruned: /);
    for (const [text, code, message] of [[`${hash}/11`, 1, "CHECKPOINT_NOT_FOUND"], [`${hash}/10`, 1, "CHECKPOINT_NOT_FOUND"], [hash, 2, "names no step"]] as const) {
      expect(await daybook(cwd, ["checkpoints", "pin", text])).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) as string });
    }
  });

  it("asks for a rule, and for rules that can be read", async () => {
    const { cwd } = await saved();
    for (const [args, message] of [[[], /say what to keep: --keep-last/], [["--keep-best", "loss"], /3:loss or 3:accuracy:max/], [["--keep-younger", "soon"], /such as 30m, 12h, 7d/], [["--keep-last", "0"], /from 1/]] as const) {
      expect(await daybook(cwd, ["checkpoints", "prune", ...args])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(message) as string });
    }
  });
});

describe.concurrent("daybook checkpoints verify", () => {
  it("reads every file, names each fault, and ends with 1 where there is one", async () => {
    const { cwd, weights } = await saved();
    expect(await daybook(cwd, ["checkpoints", "verify"])).toMatchObject({ code: 0, stdout: "ok: 4 files (104 B read)\n" });
    fs.writeFileSync(weights(20), "x".repeat(21));
    fs.rmSync(weights(30));
    const end = await daybook(cwd, ["checkpoints", "verify"]);
    expect([end.code, end.stdout]).toEqual([1, expect.stringMatching(new RegExp(`^hash .*\n${hash} +20  weights .* is altered.*\n${hash} +30  weights .* is missing\n2 faults in 4 files `))]);
    const [json] = jsonLines<CheckpointsVerification>((await daybook(cwd, ["--json", "checkpoints", "verify"])).stdout);
    expect(json).toMatchObject({ ok: false, files: 4, faults: [{ hash, step: 20, role: "weights" }, { hash, step: 30, role: "weights" }] });
  });

  it("with a moment looks for what there was then", async () => {
    const { cwd, weights } = await saved();
    fs.rmSync(weights(40));
    expect((await daybook(cwd, ["checkpoints", "verify"])).code).toBe(1);
    // Step 40 was saved by event 5.
    expect(await daybook(cwd, ["checkpoints", "verify", "--at", "4"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok: .*of them only what there was at seq 4 counts\n$/) as string });
    expect((await daybook(cwd, ["checkpoints", "prune", "--keep-last", "2"])).code).toBe(0);
    const [then] = jsonLines<{ prunedSince: { step: number }[] }>((await daybook(cwd, ["--json", "checkpoints", "verify", "--at", "4"])).stdout);
    expect(then?.prunedSince.map(({ step }) => step)).toEqual([10, 20]);
  });
});

describe.concurrent("daybook checkpoints gc", () => {
  it("clears away what no event speaks of once it is old, and nothing else", async () => {
    const { cwd, weights } = await saved();
    const [orphan, foreign] = [weights(50), path.join(cwd, "results/checkpoints/notes.txt")];
    fs.writeFileSync(orphan, "left");
    fs.writeFileSync(foreign, "mine");
    expect(await daybook(cwd, ["checkpoints", "gc"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok: there is nothing to clear away\n1 younger file left alone.*\nnote: .*notes\.txt is not daybook's own, and left alone\n$/) as string });
    const dayAgo = Date.now() / 1000 - 86_400;
    fs.utimesSync(orphan, dayAgo, dayAgo);
    expect((await daybook(cwd, ["checkpoints", "gc", "--dry-run"])).stdout).toMatch(/step_50.* unnamed\n1 file would be deleted: 4 B\n/);
    expect((await daybook(cwd, ["checkpoints", "gc", "--older-than", "2d"])).stdout).toMatch(/^ok: there is nothing/);
    expect((await daybook(cwd, ["checkpoints", "gc", "--at", "2"])).stdout).toMatch(/1 file would be deleted: 4 B\n/);
    expect(fs.existsSync(orphan)).toBe(true);
    const done = await daybook(cwd, ["--json", "checkpoints", "gc", "--older-than", "12h"]);
    expect([done.code, jsonLines<GcReport>(done.stdout)[0]]).toMatchObject([0, { dryRun: false, bytes: 4, deleted: [{ why: "unnamed" }] }]);
    expect([orphan, foreign, weights(10)].map((file) => fs.existsSync(file))).toEqual([false, true, true]);
    expect(await daybook(cwd, ["checkpoints", "gc", "--at", "2", "--older-than", "1d"])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe.concurrent("daybook checkpoints compress", () => {
  it("leaves the highest steps alone, and shows what is compressed", async () => {
    const cwd = temporaryFolder();
    const book = await CheckpointBook.open(path.join(cwd, "results"));
    await book.update(parts);
    for (const step of [5000, 9000]) await book.save(hash, step);
    await book.book.close();
    expect((await daybook(cwd, ["checkpoints", "compress", "--dry-run"])).stdout).toMatch(/ 5000 .*\n1 file would be tried\n$/);
    expect(await daybook(cwd, ["checkpoints", "compress"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/ 5000 .*\.gz +4\.9 KiB .*\nok: 1 file compressed: 4\.8 KiB are free\n$/) as string });
    expect((await daybook(cwd, ["checkpoints"])).stdout).toMatch(/ 5000 .* compressed\n.* 9000 .* 8\.8 KiB\n/);
    expect((await daybook(cwd, ["checkpoints", "show", `${hash}/5000`])).stdout).toMatch(/ 4\.9 KiB in \d+ B \(gzip\)\n/);
    expect((await daybook(cwd, ["checkpoints", "verify"])).code).toBe(0);
    expect((await daybook(cwd, ["checkpoints", "compress"])).stdout).toBe("ok: there is nothing to compress\n");
  });

  it("is a backup's matter too: what is copied can be verified", async () => {
    const { cwd } = await saved();
    expect((await daybook(cwd, ["checkpoints", "compress", "--keep", "0", "--level", "9"])).code).toBe(0);
    expect((await daybook(cwd, ["backup", "copy"])).code).toBe(0);
    expect(await daybook(cwd, ["--root", "copy", "checkpoints", "verify"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok: 4 files /) as string });
  });
});
