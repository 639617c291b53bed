import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { CheckpointRow, HashRow } from "../../src/checkpoints.js";
import { CheckpointBook, hashOf, partsOf } from "./checkpoint-book.js";
import { daybook, jsonLines, temporaryFolder } from "./support.js";

const [first, second, third] = [partsOf("m", "c1", "d1"), partsOf("m", "c2", "d1"), partsOf("m", "c2", "d2")];
const [one, two, three] = [hashOf(first), hashOf(second), hashOf(third)];

/** Three hashes, the last one pending; steps 5, 10 and 200 of the first, of them 10 saved twice and pinned, 200 pruned. */
async function history(): Promise<{ readonly cwd: string; readonly root: string }> {
  const cwd = temporaryFolder();
  const root = path.join(cwd, "results");
  const book = await CheckpointBook.open(root);
  await book.update(first, { excluded: ["logDir"] });
  await book.append("experiment/main", "hash.dumped", { folder: one, parts: ["model", "config", "data"], files: { config: book.file(`checkpoints/${one}/hp/${one}_config.yaml`, "lr: 1\n") } });
  await book.save(one, 200);
  const ten = await book.save(one, 10, { metadata: { loss: 0.5 } });
  await book.save(one, 10, { save: 2, metadata: { loss: 0.25, val: { acc: 0.123456789 } }, modelName: "net" });
  await book.save(one, 5);
  await book.append(ten, "checkpoint.pinned", { reason: "paper" });
  await book.append(`checkpoint/${one}/000200`, "checkpoint.pruned", { saves: [1], reason: "not among the last 2" });
  await book.update(second, { from: one, changed: ["config"] });
  await book.update(third, { from: two, changed: ["data"] });
  await book.book.close();
  return { cwd, root };
}

describe.concurrent("daybook hashes", () => {
  it("lists hashes oldest first: what changed, from where, what is pending", async () => {
    const { cwd } = await history();
    const { code, stdout } = await daybook(cwd, ["hashes"]);
    const lines = stdout.trimEnd().split("\n");
    expect([code, lines.length]).toEqual([0, 4]);
    expect(lines[1]).toMatch(new RegExp(`^${one}  model, config, data .* trainer +2$`));
    expect(lines[2]).toMatch(new RegExp(`^${two}  config +${one.slice(0, 12)} .*never dumped$`));
    expect(lines[3]).toMatch(new RegExp(`^${three}  data +${two.slice(0, 20)} .*current, pending: config, data$`));
    const rows = jsonLines<HashRow>((await daybook(cwd, ["--json", "hashes"])).stdout);
    expect(rows.map(({ folder, origins }) => [folder, origins[0]?.from])).toEqual([[one, undefined], [two, one], [three, two]]);
    const then = await daybook(cwd, ["hashes", "--at", "1"]);
    expect(then.stdout.trimEnd().split("\n")[1]).toMatch(/ 0  current, pending: model, config, data$/);
  });

  it("takes the digits that name one, and says which ones several share", async () => {
    const { cwd } = await history();
    expect(jsonLines<HashRow>((await daybook(cwd, ["hashes", two.slice(0, 20), "--json"])).stdout).map(({ folder }) => folder)).toEqual([two]);
    expect(await daybook(cwd, ["hashes", one.slice(0, 8)])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/is the beginning of 3 hashes: .*\(AMBIGUOUS_HASH\)\n$/) as string });
    for (const unknown of ["0".repeat(24), one.slice(0, 3), ""]) {
      expect(await daybook(cwd, ["hashes", unknown])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/there is no experiment hash .* in .*, which has 3 hashes; .*\(CHECKPOINT_NOT_FOUND\)\n$/) as string });
    }
  });

  it("tells experiments and chance collisions apart", async () => {
    const cwd = temporaryFolder();
    const book = await CheckpointBook.open(path.join(cwd, "results"));
    await book.update(first);
    const other = { ...first, config: { digest: `${first.config?.digest.slice(0, 8)}${"0".repeat(24)}`, algorithm: "config-1" } };
    await book.update(other, { experiment: "other", folder: `${one}-2`, collides: { config: one } });
    await book.book.close();
    const { stdout } = await daybook(cwd, ["hashes"]);
    expect(stdout).toMatch(new RegExp(`\n${one} .* main .* main is here, pending: .*\n${one}-2 .* other .* other is here, pending: .*; config collides with ${one}\n$`));
    expect(jsonLines<HashRow>((await daybook(cwd, ["hashes", one, "--json"])).stdout)).toHaveLength(1);
  });

  it("says that there are none", async () => {
    const cwd = temporaryFolder();
    await (await CheckpointBook.open(path.join(cwd, "results"))).book.close();
    expect(await daybook(cwd, ["hashes"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^No experiment hashes in .* yet: a CheckpointManager makes them\.\n$/) as string });
    expect(await daybook(cwd, ["hashes", "--json"])).toMatchObject({ code: 0, stdout: "" });
    expect(await daybook(cwd, ["checkpoints"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^No checkpoints in .* yet\.\n$/) as string });
  });
});

describe.concurrent("daybook checkpoints", () => {
  it("lists what is there by hash and step, without a verb too", async () => {
    const { cwd } = await history();
    const { code, stdout } = await daybook(cwd, ["checkpoints"]);
    expect([code, stdout.trimEnd().split("\n").slice(1).map((line) => line.replace(/ \d{4}-\S+ \S+ +trainer/, ""))]).toEqual([0, [
      expect.stringMatching(new RegExp(`^${one} +5 +6 B$`)),
      expect.stringMatching(new RegExp(`^${one} +10 +11 B  loss=0\\.25 val\\.acc=0\\.123457  pinned: paper; 2 saves$`)),
    ]]);
    expect((await daybook(cwd, ["checkpoints", one, "--all"])).stdout).toMatch(/ 200 .* pruned: not among the last 2\n$/);
    expect(jsonLines<CheckpointRow>((await daybook(cwd, ["--json", "checkpoints", "ls"])).stdout).map(({ step }) => step)).toEqual([5, 10]);
    expect(jsonLines<CheckpointRow>((await daybook(cwd, ["--json", "checkpoints", "--at", "4"])).stdout).map(({ step, saves }) => [step, saves.length])).toEqual([[10, 1], [200, 1]]);
    expect((await daybook(cwd, ["checkpoints", "ls", two])).stdout).toBe(`No checkpoints of ${two} yet.\n`);
  });

  it("shows a hash with all that is known of it; the current one where none is named", async () => {
    const { cwd, root } = await history();
    fs.rmSync(path.join(root, `checkpoints/${one}/hp/${one}_config.yaml`));
    const { stdout } = await daybook(cwd, ["checkpoints", "show", one]);
    for (const part of [new RegExp(`^${one}\n  model +${first.model?.digest} plain-1\n`), /config-1; without logDir\n/, /Came up\n.*\n.* main +the first one +model, config, data/, /config +checkpoints\/.*_config\.yaml +missing\n/, /Checkpoints\n +step .*\n +5 /]) expect(stdout).toMatch(part);
    expect(jsonLines((await daybook(cwd, ["--json", "checkpoints", "show"])).stdout)).toMatchObject([{ folder: three, experiments: [{ experiment: "main", pending: ["config", "data"] }], checkpoints: [] }]);
    expect(await daybook(cwd, ["checkpoints", "show", "--experiment", "other"])).toMatchObject({ code: 1, stderr: expect.stringMatching(/there is no experiment other in .*; there is main \(CHECKPOINT_NOT_FOUND\)/) as string });
  });

  it("shows a checkpoint with all its saves", async () => {
    const { cwd, root } = await history();
    fs.writeFileSync(path.join(root, `checkpoints/${one}/model/${one}_step_10.1.safetensors`), "short");
    const { stdout } = await daybook(cwd, ["checkpoints", "show", `${one.slice(0, 12)}/10`]);
    for (const part of [/ pinned +by trainer at .*: paper\n/, /\nSave 2\n +saved .* by trainer, seq 5\n +model +net\n +loss +0\.25\n +val\.acc +0\.123457\n/, /weights .*\.2\.safetensors +11 B\n/, /\nSave 1\n/, /5 B where the log says 11 B\n/]) expect(stdout).toMatch(part);
    expect((await daybook(cwd, ["checkpoints", "show", `${one}/200`])).stdout).toMatch(/ pruned +.* by trainer: not among the last 2\n$/);
    expect(await daybook(cwd, ["checkpoints", "show", `${one}/7`])).toMatchObject({ code: 1, stderr: expect.stringMatching(/no checkpoint of step 7 of .*; nearest: 5, 10, 200 \(CHECKPOINT_NOT_FOUND\)/) as string });
    expect((await daybook(cwd, ["checkpoints", "show", `${one}/x`])).code).toBe(2);
  });

  it("shows nothing of a log that could steer a terminal", async () => {
    const cwd = temporaryFolder();
    const wild = "\u202e\u2028wild";
    const book = await CheckpointBook.open(path.join(cwd, "results"), "w");
    await book.update(first, { excluded: [`\u001b[31m${wild}`] });
    const stream = await book.save(one, 1, { metadata: { [`\u001b[2J${wild}`]: `\u001b[2J\n${wild}` } });
    await book.append(stream, "checkpoint.pinned", { reason: "x" });
    await book.book.close();
    for (const args of [["hashes"], ["checkpoints"], ["checkpoints", "show"], ["checkpoints", "show", `${one}/1`], ["history", "--stream", "checkpoint"]]) {
      expect((await daybook(cwd, args)).stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    }
  });
});
