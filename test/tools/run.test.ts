import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { daybook, jsonLines, recordOf, script, shell, temporaryFolder } from "./support.js";

describe.concurrent("daybook run", () => {
  it("tracks a command: parameters, variables, output, metrics, tags and the end", async () => {
    const cwd = temporaryFolder();
    const command = script(cwd, "train.mjs", [
      "import fs from 'node:fs';",
      "const { DAYBOOK_ROOT, DAYBOOK_IDENTIFIER, DAYBOOK_RELPATH, DAYBOOK_UID, DAYBOOK_ATTEMPT, DAYBOOK_PARAMS, DAYBOOK_RUN_DIR } = process.env;",
      "console.log(JSON.stringify({ DAYBOOK_ROOT, DAYBOOK_IDENTIFIER, DAYBOOK_RELPATH, DAYBOOK_UID, DAYBOOK_ATTEMPT, DAYBOOK_PARAMS: JSON.parse(DAYBOOK_PARAMS), DAYBOOK_RUN_DIR }));",
      "console.error('to stderr');",
      "fs.writeFileSync(DAYBOOK_RUN_DIR + '/metrics.json', JSON.stringify({ accuracy: 0.5, val: { acc: 0.25, best: null }, name: 'x', ok: true, curve: [1, 2] }));",
    ]);
    const ran = await daybook(cwd, ["run", "train", "-p", "lr=0.1", "-p", "model.width=8", "-p", "opt=adam", "--relpath", "a//b", "--tag", "t1", "--note", "why", "--", ...command]);
    const root = path.join(cwd, "results");
    const folder = path.join(root, "runs/train/a/b/0001");
    const params = { lr: 0.1, model: { width: 8 }, opt: "adam" };
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout)).toEqual({ DAYBOOK_ROOT: root, DAYBOOK_IDENTIFIER: "train", DAYBOOK_RELPATH: "a/b", DAYBOOK_UID: "0001", DAYBOOK_ATTEMPT: "1", DAYBOOK_PARAMS: params, DAYBOOK_RUN_DIR: folder });
    expect(ran.stderr).toContain(`daybook: run train/a/b/0001 (attempt 1) in ${folder}\nto stderr\n`);
    expect(ran.stderr).toContain('"curve" is left out');
    expect(await recordOf(cwd, "train/a/b/0001")).toMatchObject({
      status: "DONE",
      liveness: "ended",
      params,
      tags: ["t1"],
      note: "why",
      metrics: { accuracy: 0.5, "val.acc": 0.25, "val.best": null, name: "x", ok: true },
      files: { stdout: "attempt-1.stdout.log", stderr: "attempt-1.stderr.log" },
      attempts: [{ attempt: 1, command, cwd, exitCode: 0 }],
      history: [{ status: "PENDING" }, { status: "RUNNING" }, { status: "DONE" }],
    });
    expect(fs.readFileSync(path.join(folder, "attempt-1.stdout.log"), "utf8")).toBe(ran.stdout);
    expect(fs.readFileSync(path.join(folder, "attempt-1.stderr.log"), "utf8")).toBe("to stderr\n");
  });

  it("keeps what belongs to a run that shares its folder apart, by what the files begin with", async () => {
    const cwd = temporaryFolder();
    const root = path.join(cwd, "results");
    const book = await openDaybook(root);
    for (const lr of [1, 2]) await book.runs.allocate("train", { params: { lr }, storage: "prefix" });
    await book.close();
    for (const lr of [1, 2]) {
      const ran = await daybook(cwd, ["run", "train", "-p", `lr=${lr}`, "--reuse", "--", "sh", "-c", 'echo "$DAYBOOK_PARAMS"; echo "$DAYBOOK_PARAMS" > "$DAYBOOK_RUN_DIR/${DAYBOOK_FILE_PREFIX}metrics.json"']);
      expect(ran.code).toBe(0);
    }
    const files = fs.readdirSync(path.join(root, "runs/train")).sort();
    expect(files).toEqual(["0001", "0002"].flatMap((uid) => ["attempt-1.stderr.log", "attempt-1.stdout.log", "metrics.json"].map((name) => `${uid}_train_${name}`)));
    expect(await recordOf(cwd, "train/0002")).toMatchObject({
      status: "DONE", storage: "prefix", metrics: { lr: 2 }, files: { stdout: "0002_train_attempt-1.stdout.log", stderr: "0002_train_attempt-1.stderr.log" },
    });
    expect((await daybook(cwd, ["show", "train/0002"])).stdout).not.toContain("missing");
  });

  it("passes on the exit code, the signal, and what cannot be started", async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, "plain.txt"), "no program");
    const cases = [
      { command: ["sh", "-c", "exit 3"], code: 3, error: "exit code 3", end: { exitCode: 3 } },
      { command: ["sh", "-c", "kill -KILL $$"], code: 137, error: "killed by SIGKILL", end: { signal: "SIGKILL" } },
      { command: ["no-such-command-here"], code: 127, error: "command not found: no-such-command-here", end: { exitCode: 127 } },
      { command: ["./plain.txt"], code: 126, error: "not executable: ./plain.txt", end: { exitCode: 126 } },
    ];
    for (const [index, { command, code, error, end }] of cases.entries()) {
      const ran = await daybook(cwd, ["--json", "run", "job", "--", ...command]);
      expect(ran.code).toBe(code);
      expect(ran.stdout).toBe("");
      const [record] = jsonLines(ran.stderr.split("\n").at(-2) ?? "");
      expect(record).toMatchObject({ uid: `000${index + 1}`, status: "ERROR", error: { message: error }, attempts: [end] });
    }
  });

  it("leaves stdout as it is: binary, 10 MB, through a slow reader, no byte lost or changed", async () => {
    const cwd = temporaryFolder();
    const [node = "", file = ""] = script(cwd, "big.mjs", [
      "import { createHash } from 'node:crypto';",
      "import fs from 'node:fs';",
      "const hash = createHash('sha256');",
      "for (let i = 0; i < 160; i += 1) {",
      "  const chunk = Buffer.alloc(65536, 0).map((_, j) => (i * 31 + j * 7 + (j >> 8)) & 255);",
      "  hash.update(chunk);",
      "  fs.writeSync(1, chunk) === chunk.length || process.exit(9);",
      "}",
      "fs.writeFileSync('expected.txt', hash.digest('hex'));",
    ]);
    const ran = await shell(cwd, `set -o pipefail; $DAYBOOK run big -- '${node}' '${file}' | (sleep 0.7; cat) > out.bin`);
    expect(ran.code).toBe(0);
    const digest = (name: string): string => createHash("sha256").update(fs.readFileSync(path.join(cwd, name))).digest("hex");
    const expected = fs.readFileSync(path.join(cwd, "expected.txt"), "utf8");
    expect(fs.statSync(path.join(cwd, "out.bin")).size).toBe(160 * 65536);
    expect(digest("out.bin")).toBe(expected);
    expect(digest("results/runs/big/0001/attempt-1.stdout.log")).toBe(expected);
  });

  it("keeps a run going, and its file whole, when who reads has gone", async () => {
    const cwd = temporaryFolder();
    const ran = await shell(cwd, "$DAYBOOK run seq -- sh -c 'seq 1 50000; exit 4' | head -1; echo ${PIPESTATUS[0]}");
    expect(ran.stdout).toBe("1\n4\n");
    expect(ran.stderr).toMatch(/^daybook: run seq\/0001 .*\n$/);
    expect(fs.readFileSync(path.join(cwd, "results/runs/seq/0001/attempt-1.stdout.log"), "utf8").split("\n")).toHaveLength(50_001);
  });

  it("passes stdin on, and does not wait for a daemon that holds its output open", async () => {
    const cwd = temporaryFolder();
    const began = Date.now();
    const ran = await shell(cwd, "echo from-stdin | $DAYBOOK run io -- sh -c 'cat; sleep 30 & echo started'");
    expect(ran.stdout).toBe("from-stdin\nstarted\n");
    expect(ran.code).toBe(0);
    expect(Date.now() - began).toBeLessThan(20_000);
  });

  it("takes the verdict of the command itself, and set reports from inside", async () => {
    const cwd = temporaryFolder();
    const ran = await shell(cwd, `$DAYBOOK run job -- sh -c "$DAYBOOK set --metric acc=0.75 --metric phase=warm --file model=m.pt --tag inner --status error --error 'did not converge'; touch results/m.pt"`);
    expect(ran.code).toBe(0);
    expect(await recordOf(cwd, "job/0001")).toMatchObject({
      status: "ERROR",
      metrics: { acc: 0.75, phase: "warm" },
      files: { model: "m.pt" },
      tags: ["inner"],
      error: { message: "did not converge" },
      attempts: [{ exitCode: 0 }],
    });
  });

  it("warns of a broken metrics.json, and does not fail the run", async () => {
    const cwd = temporaryFolder();
    const ran = await daybook(cwd, ["run", "job", "--", "sh", "-c", 'echo \'{"loss": NaN}\' > "$DAYBOOK_RUN_DIR/metrics.json"']);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain("metrics.json is not taken up");
    expect(await recordOf(cwd, "job/0001")).toMatchObject({ status: "DONE", metrics: {} });
  });

  it("reuses: skips what is DONE, takes up again what failed, with metrics of this attempt only", async () => {
    const cwd = temporaryFolder();
    const args = ["run", "job", "-p", "lr=0.1", "--reuse", "--"];
    const first = await daybook(cwd, [...args, "sh", "-c", 'echo \'{"acc": 1}\' > "$DAYBOOK_RUN_DIR/metrics.json"; exit 5']);
    expect(first.code).toBe(5);
    const set = await daybook(cwd, ["set", "job/0001", "--metric", "acc=2"]);
    expect(set.code).toBe(0);
    const second = await daybook(cwd, [...args, "true"]);
    expect(second.code).toBe(0);
    expect(second.stderr).toContain("run job/0001 (attempt 2)");
    const third = await daybook(cwd, [...args, "false"]);
    expect(third.code).toBe(0);
    expect(third.stderr).toContain("run job/0001 is DONE with these parameters: not run again");
    expect(await recordOf(cwd, "job/0001")).toMatchObject({ status: "DONE", metrics: { acc: 2 }, attempts: [{ exitCode: 5 }, { exitCode: 0 }] });
    const other = await daybook(cwd, ["run", "job", "-p", "lr=0.2", "--reuse", "--", "true"]);
    expect(other.stderr).toContain("run job/0002 (attempt 1)");
  });

  it("refuses wrong usage with exit code 2, and makes no root", async () => {
    const cwd = temporaryFolder();
    const wrong = [
      ["run"],
      ["run", "job"],
      ["run", "job", "--"],
      ["run", "job", "true"],
      ["run", "job", "stray", "--", "true"],
      ["run", "a/b", "--", "true"],
      ["run", "job", "--relpath", "../x", "--", "true"],
      ["run", "job", "-p", "lr", "--", "true"],
      ["run", "job", "-p", "lr=1", "-p", "lr=1", "--", "true"],
      ["run", "job", "--reuse", "--", "true"],
      ["run", "job", "--nope", "--", "true"],
      ["run", "job", "--tag", "", "--", "true"],
    ];
    const refused = await Promise.all(wrong.map((args) => daybook(cwd, args)));
    for (const one of refused) expect(one).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^daybook: .*; see `daybook run --help`\n$/) as string });
    expect(fs.existsSync(path.join(cwd, "results"))).toBe(false);
  });
});
