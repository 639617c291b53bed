import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { RunRecord } from "../../src/index.js";
import { fillCommand } from "../../tools/cli/sweep/placeholders.js";
import { showRate } from "../../tools/cli/sweep/sweep-text.js";
import { daybook, ended, jsonLines, recordOf, shell, start, temporaryFolder } from "./support.js";

async function recordsOf(cwd: string): Promise<RunRecord[]> {
  await using book = await openDaybook(path.join(cwd, "results"), { readOnly: true });
  return await book.runs.list();
}

const read = (cwd: string, name: string): string => fs.readFileSync(path.join(cwd, name), "utf8");
const lines = (cwd: string, name: string): string[] => (fs.existsSync(path.join(cwd, name)) ? read(cwd, name).split("\n").slice(0, -1) : []);

async function until(check: () => boolean, withinMs = 20_000): Promise<void> {
  for (const end = Date.now() + withinMs; !check(); await pause(10)) if (Date.now() > end) throw new Error("it never came");
}

describe("placeholders in a command", () => {
  const params = { lr: 0.1, name: "a b", model: { width: 8, layers: [1, 2] }, "odd.key": true, none: null };
  it.each([
    ["{lr}", "0.1"], ["--lr={lr}", "--lr=0.1"], ["{name}", "a b"], ["{model.width}x{lr}", "8x0.1"], ["{model.layers}", "[1,2]"], ["{model}", '{"width":8,"layers":[1,2]}'],
    ["{odd.key}", "true"], ["{none}", "null"], ["{{lr}}", "{lr}"], ["${lr}", "${lr}"], ["{lrr}", "{lrr}"], ["{}", "{}"], ["{print $1}", "{print $1}"],
    ['{"lr":{lr}}', '{"lr":0.1}'], ["{toString}", "{toString}"], ["{model.width.x}", "{model.width.x}"], ["{{other}}", "{{other}}"],
  ])("%s becomes %s", (word, filled) => expect(fillCommand([word], params)).toEqual([filled]));
});

describe("a rate", () => {
  it.each([[250, "250/s"], [2.345, "2.3/s"], [0.5, "30/min"], [0.01, "36/h"], [0.0001, "0.36/h"]])("%d is %s", (rate, shown) => expect(showRate(rate)).toBe(shown));
});

describe.concurrent("daybook sweep", () => {
  it("runs a command for each set as a tracked run, and skips what is DONE the next time", async () => {
    const cwd = temporaryFolder();
    const args = ["sweep", "train", "--grid", "lr=0.1,0.01", "--grid", "model.width=8,16", "-p", "epochs=3", "--relpath", "a//b", "--tag", "t1", "--jobs", "2", "--metric", "acc", "--goal", "max", "--"];
    const command = ["sh", "-c", 'echo "$DAYBOOK_PARAMS $DAYBOOK_UID"; echo oops >&2; echo "{\\"acc\\": $1}" > "$DAYBOOK_RUN_DIR/metrics.json"; cat', "sh", "{lr}"];
    const ran = await daybook(cwd, [...args, ...command]);
    expect(ran).toMatchObject({ code: 0, stdout: "" });
    expect(ran.stderr).toMatch(/^daybook: \[4\/4\] train\/a\/b\/000\d DONE in [\d.]+ s, acc=0\.\d+; lr=0\.\d+ model\.width=\d+ epochs=3$/m);
    expect(ran.stderr).toMatch(/^daybook: 4 sets: 4 DONE in [\d.]+ s$/m);
    expect(ran.stderr).toMatch(/^daybook: best: acc=0\.1 \(train\/a\/b\/000\d\): lr=0\.1 model\.width=8 epochs=3$/m);
    const records = await recordsOf(cwd);
    expect(records.map(({ params }) => JSON.stringify(params)).sort()).toEqual([0.01, 0.1].flatMap((lr) => [16, 8].map((width) => JSON.stringify({ lr, model: { width }, epochs: 3 }))));
    for (const record of records) {
      const lr = JSON.stringify(record.params?.["lr"]);
      expect(record).toMatchObject({
        status: "DONE", relpath: "a/b", tags: ["t1"], metrics: { acc: Number(lr) }, files: { stdout: "attempt-1.stdout.log", stderr: "attempt-1.stderr.log" },
        attempts: [{ attempt: 1, exitCode: 0, cwd, command: [...command.slice(0, -1), lr] }],
      });
      const folder = `results/runs/train/a/b/${record.uid}`;
      expect(read(cwd, `${folder}/attempt-1.stdout.log`)).toBe(`${JSON.stringify(record.params)} ${record.uid}\n`);
      expect(read(cwd, `${folder}/attempt-1.stderr.log`)).toBe("oops\n");
    }
    const again = await daybook(cwd, [...args, "sh", "-c", "exit 9"]);
    expect(again).toMatchObject({ code: 0, stdout: "" });
    expect(again.stderr).toMatch(/^daybook: 4 sets: 4 DONE \(4 not run here\) in [\d.]+ s\ndaybook: best: .*\n$/);
    expect(await recordsOf(cwd)).toEqual(records);
  });

  it("goes on after a failure, tells of it, ends with 1, and takes it up again", async () => {
    const cwd = temporaryFolder();
    const sweep = (command: string, ...more: string[]) => daybook(cwd, ["sweep", "job", "--grid", "n=1,2,3", ...more, "--", "sh", "-c", command, "sh", "{n}"]);
    const first = await sweep('echo "broken $1" >&2; test $1 != 2', "--retries", "1");
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(/^daybook: 3 sets: 2 DONE, 1 failed in/m);
    expect(first.stderr).toMatch(/^job\/0002 +2 +exit code 1 +n=2$/m);
    const log = /tail (\S+)/.exec(first.stderr)?.[1] ?? "";
    expect(fs.readFileSync(log, "utf8")).toBe("broken 2\n");
    expect(await recordOf(cwd, "job/0002")).toMatchObject({ status: "ERROR", error: { message: "exit code 1" }, attempts: [{ exitCode: 1 }, { exitCode: 1 }] });
    const second = await sweep("true");
    expect(second.code).toBe(0);
    expect(second.stderr).toMatch(/^daybook: \[2\/3\] job\/0002 DONE in [\d.]+ s \(3 attempts\); n=2$/m);
  });

  it("takes a verdict of the command's own", async () => {
    const cwd = temporaryFolder();
    const ran = await shell(cwd, `$DAYBOOK sweep job --grid n=1,2 -- sh -c 'test $1 = 1 || '"$DAYBOOK"' set --status ERROR --error "too large"' sh {n}`);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^job\/0002 +1 +too large +n=2$/m);
  });

  it("tells each command its attempt", async () => {
    const cwd = temporaryFolder();
    await daybook(cwd, ["sweep", "job", "--grid", "n=1,2", "--retries", "1", "--", "sh", "-c", 'echo "$DAYBOOK_UID $DAYBOOK_ATTEMPT" >> told.txt; test $1 = 1', "sh", "{n}"]);
    expect(lines(cwd, "told.txt")).toEqual(["0001 1", "0002 1", "0002 2"]);
  });

  it("gives a JSON line for each set as it ends, and a summary", async () => {
    const cwd = temporaryFolder();
    const args = ["--json", "sweep", "job", "--grid", "n=1,2", "--metric", "m", "--goal", "min", "--", "sh", "-c", 'echo "{\\"m\\": $1}" > "$DAYBOOK_RUN_DIR/metrics.json"; test $1 = 1', "sh", "{n}"];
    const [one, two] = [await daybook(cwd, args), await daybook(cwd, args)];
    const place = { identifier: "job", relpath: "" };
    const best = { uid: "0001", params: { n: 1 }, value: 1 };
    const summary = { total: 2, done: 1, failed: 1, retried: 0, elsewhere: 0, best, elapsedMs: expect.any(Number) as number };
    expect(one.code).toBe(1);
    expect(jsonLines<object>(one.stdout)).toEqual([
      { ...place, index: 0, uid: "0001", params: { n: 1 }, status: "DONE", reused: false, attempt: 1, metrics: { m: 1 } },
      { ...place, index: 1, uid: "0002", params: { n: 2 }, status: "ERROR", reused: false, attempt: 1, error: "exit code 1" },
      { summary: { ...summary, reused: 0 } },
    ]);
    expect(jsonLines<object>(two.stdout)).toMatchObject([{ uid: "0001", reused: true }, { uid: "0002", attempt: 2 }, { summary: { ...summary, reused: 1 } }]);
  });

  it("goes on when who reads its JSON has gone", async () => {
    const cwd = temporaryFolder();
    const ran = await shell(cwd, "$DAYBOOK --json sweep job --grid n=1,2,3,4,5,6 -- sleep 0.05 | head -1; echo ${PIPESTATUS[0]}");
    expect(ran.stdout).toMatch(/^\{"index":0,.*\}\n0\n$/);
    expect((await recordsOf(cwd)).map(({ status }) => status)).toEqual(Array(6).fill("DONE"));
  });

  it("reads a file, overruled by -p, and draws a sample by its seed", async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, "grid.yaml"), "chain:\n  - lr: [0.1, 0.01]\n    epochs: [10, 20]\n  - zip: { w: [1, 2], d: [3, 4] }\n");
    const dry = (...more: string[]) => daybook(cwd, ["--json", "sweep", "train", "--file", "grid.yaml", "--dry-run", ...more, "--", "t", "{lr}", "{epochs}", "{w}", "{d}"]);
    const commands = (text: string): string[] => jsonLines<{ command: string[] }>(text).map(({ command }) => command.join(" "));
    expect(commands((await dry()).stdout)).toEqual(["0.1", "0.01"].flatMap((lr) => ["10", "20"].flatMap((epochs) => ["1 3", "2 4"].map((wd) => `t ${lr} ${epochs} ${wd}`))));
    expect(commands((await dry("-p", "epochs=1")).stdout)).toEqual(["t 0.1 1 1 3", "t 0.1 1 2 4", "t 0.01 1 1 3", "t 0.01 1 2 4"]);
    const [five, three] = [await dry("--sample", "5", "--seed", "7"), await dry("--sample", "3", "--seed", "7")];
    expect(commands(five.stdout)).toHaveLength(5);
    expect(commands(five.stdout).slice(0, 3)).toEqual(commands(three.stdout));
  });

  it("shows with --dry-run what it would do, and makes nothing", async () => {
    const cwd = temporaryFolder();
    const dry = (): ReturnType<typeof daybook> => daybook(cwd, ["sweep", "job", "--grid", "n=1,2,3", "--dry-run", "--", "echo", "{n}", "it's"]);
    expect(await dry()).toMatchObject({ code: 0, stdout: expect.stringContaining("new run  n=1\n    echo 1 'it'\\''s'\n") as string, stderr: "daybook: 3 sets: 3 new\n" });
    expect(fs.existsSync(path.join(cwd, "results"))).toBe(false);
    await daybook(cwd, ["sweep", "job", "--grid", "n=1,2", "--", "sh", "-c", "exit {n}0"]);
    await daybook(cwd, ["sweep", "job", "--grid", "n=1", "--", "true"]);
    const records = await recordsOf(cwd);
    expect(await dry()).toMatchObject({ code: 0, stderr: "daybook: 3 sets: 1 new, 1 DONE: not run again, 1 failed, lost or never begun: taken up\n" });
    expect(await recordsOf(cwd)).toEqual(records);
  });

  it("stops at once when there is no such command", async () => {
    const cwd = temporaryFolder();
    const ran = await daybook(cwd, ["sweep", "job", "--grid", "n=1,2,3", "--", "no-such-command-here"]);
    expect(ran).toMatchObject({ code: 1, stderr: "daybook: command not found: no-such-command-here (COMMAND_NOT_STARTED)\n" });
    expect((await recordsOf(cwd)).map(({ status }) => status)).toEqual(["ERROR"]);
  });

  it("refuses wrong usage with exit code 2, and makes no root", async () => {
    const cwd = temporaryFolder();
    const grid = ["--grid", "n=1,2"];
    const wrong = [
      ["sweep"], ["sweep", "job", "--", "true"], ["sweep", "job", ...grid], ["sweep", "job", ...grid, "--"], ["sweep", "job", ...grid, "stray", "--", "true"],
      ["sweep", "a/b", ...grid, "--", "true"], ["sweep", "job", ...grid, "--file", "x.yaml", "--", "true"], ["sweep", "job", "--file", "missing.yaml", "--", "true"],
      ["sweep", "job", "--grid", "n=", "--", "true"], ["sweep", "job", ...grid, "-p", "n=3", "--", "true"], ["sweep", "job", ...grid, "--jobs", "0", "--", "true"],
      ["sweep", "job", ...grid, "--sample", "3", "--", "true"], ["sweep", "job", ...grid, "--seed", "3", "--", "true"], ["sweep", "job", ...grid, "--metric", "m", "--", "true"],
      ["sweep", "job", ...grid, "--goal", "max", "--", "true"], ["sweep", "job", ...grid, "--metric", "m", "--goal", "best", "--", "true"],
      ["sweep", "job", ...grid, "--relpath", "../x", "--", "true"], ["sweep", "job", ...grid, "--jobs", "20000", "--", "true"],
    ];
    const refused = await Promise.all(wrong.map((args) => daybook(cwd, args)));
    for (const [index, one] of refused.entries()) expect([wrong[index], one]).toMatchObject([wrong[index], { code: 2, stdout: "", stderr: expect.stringMatching(/^daybook: .*; see `daybook sweep --help`\n$/) as string }]);
    expect(fs.existsSync(path.join(cwd, "results"))).toBe(false);
  });
});

describe("signals to daybook sweep", () => {
  const trap = 'trap "echo $DAYBOOK_UID >> told.txt; exit 7" INT; echo $DAYBOOK_UID >> begun.txt; while :; do sleep 0.05; done';

  it("passes Ctrl-C on to the commands once, begins nothing more, says how to go on, and ends with 130", async () => {
    const cwd = temporaryFolder();
    const child = start(cwd, ["sweep", "job", "--grid", "n=1,2,3,4,5", "--jobs", "2", "--", "bash", "-c", trap]);
    const end = ended(child);
    await until(() => lines(cwd, "begun.txt").length === 2);
    child.kill("SIGINT");
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toContain("SIGINT passed on to the commands at work (2)");
    expect(stderr).toMatch(/daybook: stopped by SIGINT: 5 sets: 0 DONE; the same command again goes on from here\n$/);
    expect(lines(cwd, "told.txt").sort()).toEqual(["0001", "0002"]);
    const records = await recordsOf(cwd);
    expect(records.map(({ status, error, attempts }) => [status, error?.message, attempts[0]?.exitCode])).toEqual(Array(2).fill(["ERROR", "exit code 7", 7]));
    const again = await daybook(cwd, ["sweep", "job", "--grid", "n=1,2,3,4,5", "--", "true"]);
    expect(again.code).toBe(0);
    expect((await recordsOf(cwd)).map(({ attempts }) => attempts.length)).toEqual([2, 2, 1, 1, 1]);
  });

  it("kills commands that do not listen at the second one", async () => {
    const cwd = temporaryFolder();
    const child = start(cwd, ["sweep", "job", "--grid", "n=1,2", "--", "bash", "-c", 'trap "" INT; echo x >> begun.txt; while :; do sleep 0.05; done']);
    const end = ended(child);
    await until(() => lines(cwd, "begun.txt").length === 1);
    child.kill("SIGINT");
    await pause(600);
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    expect((await end).code).toBe(130);
    expect(await recordOf(cwd, "job/0001")).toMatchObject({ status: "ERROR", error: { message: "killed by SIGKILL" } });
  });

  it("stops its commands with itself at Ctrl-Z, and goes on with them", async () => {
    const cwd = temporaryFolder();
    const child = start(cwd, ["sweep", "job", "--grid", "n=1", "--", "bash", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do echo x >> ticks.txt; sleep 0.1; done"]);
    const end = ended(child);
    await until(() => lines(cwd, "ticks.txt").length === 2);
    child.kill("SIGTSTP");
    await pause(300);
    const ticks = lines(cwd, "ticks.txt").length;
    expect(ticks).toBeLessThan(8);
    await pause(800);
    expect(lines(cwd, "ticks.txt").length).toBe(ticks);
    child.kill("SIGCONT");
    expect((await end).code).toBe(0);
    expect(lines(cwd, "ticks.txt").length).toBe(10);
  });

  it("ends a command whose run was taken up by somebody else, and leaves the run to him", async () => {
    const cwd = temporaryFolder();
    const child = start(cwd, ["sweep", "job", "--grid", "n=1", "--", "bash", "-c", 'trap "echo told > told.txt; exit 0" TERM; echo begun > begun.txt; while :; do sleep 0.05; done']);
    const end = ended(child);
    await until(() => lines(cwd, "begun.txt").length === 1);
    // To him it has been silent for longer than it promised.
    await using later = await openDaybook(path.join(cwd, "results"), { clock: () => Date.now() + 120_000 });
    const lease = await later.runs.start("job", "0001", { relpath: "" });
    // Noticed at the next beat.
    await until(() => lines(cwd, "told.txt").length === 1, 40_000);
    await pause(500);
    expect(child.exitCode).toBeNull();
    await lease.end({ status: "DONE" });
    const { code, stderr } = await end;
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^daybook: 1 set: 1 DONE \(1 not run here\)/m)]);
    const { attempts, history } = await recordOf(cwd, "job/0001");
    expect(attempts.map(({ attempt, exitCode }) => [attempt, exitCode])).toEqual([[1, undefined], [2, undefined]]);
    expect(history.map(({ status }) => status)).toEqual(["PENDING", "RUNNING", "RUNNING", "DONE"]);
  });

  it("killed by SIGKILL it takes its commands and their children with it, at once", async () => {
    const cwd = temporaryFolder();
    const child = start(cwd, ["sweep", "job", "--grid", "n=1,2,3", "--jobs", "3", "--", "bash", "-c", 'trap "" INT TERM HUP PIPE; echo $$ >> pids.txt; sleep 300 & echo $! >> pids.txt; wait']);
    const end = ended(child);
    await until(() => lines(cwd, "pids.txt").length === 6);
    child.kill("SIGKILL");
    await end;
    const pids = lines(cwd, "pids.txt").map(Number);
    const lives = (pid: number): boolean => {
      try {
        // A zombie that nobody has collected is dead all the same.
        return !/^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
      } catch {
        return false;
      }
    };
    await until(() => !pids.some(lives));
    expect((await recordsOf(cwd)).map(({ status, liveness }) => [status, liveness])).toEqual(Array(3).fill(["RUNNING", "lost"]));
  });
});

describe("daybook sweep over kills and processes", () => {
  const grid = ["--grid", `n=${Array.from({ length: 200 }, (_, n) => n).join(",")}`];
  const command = ["sh", "-c", 'sleep 0.0$(($1 % 5)); echo "$1 $DAYBOOK_UID" >> ended.txt', "sh", "{n}"];
  const sweep = (...more: string[]): string[] => ["sweep", "job", ...grid, "--jobs", "8", ...more, "--", ...command];

  it("killed by SIGKILL five times at random and begun again ends with 200 DONE, none twice, every attempt recorded", { timeout: 120_000 }, async () => {
    const cwd = temporaryFolder();
    const lost = new Set<string>();
    for (let kill = 1; kill <= 5; kill += 1) {
      const before = lines(cwd, "ended.txt").length;
      const child = start(cwd, sweep());
      const end = ended(child);
      // Some more of the sets, then any moment.
      await until(() => lines(cwd, "ended.txt").length > before + 15);
      await pause(Math.random() * 150);
      child.kill("SIGKILL");
      expect((await end).signal).toBe("SIGKILL");
      for (const { uid, liveness, attempts } of await recordsOf(cwd)) if (liveness === "lost") lost.add(`${uid} ${attempts.length}`);
    }
    expect(lost.size).toBeGreaterThan(0);
    const last = await daybook(cwd, sweep());
    expect(last.code).toBe(0);
    expect(last.stderr).toMatch(/^daybook: 200 sets: 200 DONE \(\d+ not run here\) in/m);
    const records = await recordsOf(cwd);
    expect(records).toHaveLength(200);
    for (const { status, history, attempts } of records) {
      expect(status).toBe("DONE");
      expect(history.map((one) => one.status)).toEqual(["PENDING", ...attempts.map(() => "RUNNING"), "DONE"]);
      expect(attempts.filter(({ ended: at }) => at !== undefined).map(({ attempt, exitCode }) => [attempt, exitCode])).toEqual([[attempts.length, 0]]);
    }
    expect(records.reduce((sum, { attempts }) => sum + attempts.length - 1, 0)).toBe(lost.size);
    // A command may come to its end and daybook be killed before it can say so: only such a run is worked on twice.
    const worked = lines(cwd, "ended.txt");
    expect(new Set(worked).size).toBe(200);
    for (const line of new Set(worked)) {
      const times = worked.filter((one) => one === line).length;
      const uid = line.split(" ")[1] ?? "";
      expect(times).toBeLessThanOrEqual(1 + [...lost].filter((one) => one.startsWith(`${uid} `)).length);
    }
    await using book = await openDaybook(path.join(cwd, "results"), { readOnly: true });
    expect(await book.verify({ full: true })).toMatchObject({ ok: true });
  });

  it("begun twice at once shares the work: each set is run once, and both end when all are DONE", { timeout: 120_000 }, async () => {
    const cwd = temporaryFolder();
    const both = await Promise.all([daybook(cwd, sweep()), daybook(cwd, sweep())]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    for (const { stderr } of both) expect(stderr).toMatch(/^daybook: 200 sets: 200 DONE/m);
    expect(lines(cwd, "ended.txt").map((line) => Number(line.split(" ")[0])).sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    const records = await recordsOf(cwd);
    expect(records.map(({ status, attempts }) => [status, attempts.length])).toEqual(Array(200).fill(["DONE", 1]));
    // Both had a hand in it.
    expect(new Set(records.map(({ attempts }) => attempts[0]?.pid)).size).toBe(2);
  });
});
