import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { daybook, jsonLines, temporaryFolder } from "./support.js";

/** Two runs of `train` and one of `eval`, with metrics.json; a third of `train` without. */
async function withFiles(): Promise<string> {
  const cwd = temporaryFolder();
  await using book = await openDaybook(path.join(cwd, "results"));
  for (const [identifier, lr, values] of [["train", 0.1, { loss: 1, val: { acc: 0.5 } }], ["train", 0.2, { loss: 2 }], ["eval", 0.2, { score: "=1" }], ["train", 0.3, undefined]] as const) {
    const uid = await book.runs.allocate(identifier, { params: { lr } });
    if (values === undefined) continue;
    const folder = book.runs.folder(identifier, uid);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "metrics.json"), JSON.stringify(values));
    await book.runs.log(identifier, uid, { files: { metrics: "metrics.json" } });
  }
  return cwd;
}

describe.concurrent("daybook aggregate", () => {
  it("joins attached files, and tells on stderr of those that cannot be had", async () => {
    const cwd = await withFiles();
    const table = await daybook(cwd, ["aggregate", "train", "--file", "metrics"]);
    expect([table.code, table.stdout, table.stderr]).toEqual([0, "uid   loss  val.acc\n0001     1      0.5\n0002     2\n", 'daybook: missing: train/0003: it has no file "metrics" (NOT_ATTACHED)\n']);
    const csv = await daybook(cwd, ["aggregate", "train", "eval", "--file", "metrics", "--by", "params", "--format", "csv", "--where", "params.lr = 0.2"]);
    expect(csv.stdout).toMatch(/^paramHash,train\.uid,eval\.uid,loss,score\n[0-9a-f]{64},0002,0001,2,'=1\n$/);
    expect(csv.stderr).toBe("");
    const json = await daybook(cwd, ["--json", "aggregate", "train", "eval", "--file", "metrics"]);
    expect(jsonLines<object>(json.stdout)).toEqual([{ uid: "0001", loss: 1, "val.acc": 0.5, score: "=1" }, { uid: "0002", loss: 2 }]);
    expect(jsonLines<{ missing: { run: string; why: string } }>(json.stderr).map(({ missing }) => [missing.run, missing.why])).toEqual([
      ["train/0003", "NOT_ATTACHED"], ["eval/0002", "NO_RUN"], ["eval/0003", "NO_RUN"],
    ]);
  });

  it("does not let a run's data steer the terminal by an error", async () => {
    const cwd = await withFiles();
    {
      await using book = await openDaybook(path.join(cwd, "results"));
      await book.runs.log("train", "0003", { files: { metrics: "\u001b[31mgone.json" } });
    }
    const strict = await daybook(cwd, ["aggregate", "train", "--file", "metrics", "--strict"]);
    expect(strict.code).toBe(1);
    expect(strict.stderr).toContain("\\u001b[31mgone.json");
    const wrong = await daybook(cwd, ["runs", "--status", "\u001b[31m\u009b"]);
    expect(wrong.code).toBe(2);
    expect(strict.stderr + wrong.stderr).not.toMatch(/[\u001b\u009b]/);
  });

  it("ends with 1 when asked to be strict; says when there is nothing, and which field no run has", async () => {
    const cwd = await withFiles();
    const strict = await daybook(cwd, ["aggregate", "train", "--file", "metrics", "--strict"]);
    expect([strict.code, strict.stdout, strict.stderr]).toEqual([1, "", expect.stringMatching(/train\/0003: it has no file "metrics" \(FILES_MISSING\)\n$/)]);
    const none = await daybook(cwd, ["aggregate", "other", "--file", "metrics", "--where", "params.rl<1"]);
    expect([none.code, none.stdout]).toEqual([0, ""]);
    expect(none.stderr).toBe("daybook: note: --where: no run has the field params.rl; nearest: params.lr\ndaybook: none of the runs of other has a file metrics that can be had\n");
  });
});
