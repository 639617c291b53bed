import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { LogFault, RecordedEvent } from "../../src/index.js";
import { forgeSnapshot } from "../support/forge-snapshot.js";
import { daybook, jsonLines, shell, temporaryFolder } from "./support.js";

/** Three runs of `train`, one of them below `mnist`, in `results`. */
async function withRuns(): Promise<string> {
  const cwd = temporaryFolder();
  await using book = await openDaybook(path.join(cwd, "results"), { participantId: "tester" });
  for (const [lr, accuracy, relpath] of [[0.1, 0.9, ""], [0.2, 0.95, ""], [0.3, 0.5, "mnist"]] as const) {
    const uid = await book.runs.allocate("train", { params: { lr, model: { width: 8 } }, relpath });
    const lease = await book.runs.start("train", uid, { relpath });
    await book.runs.log("train", uid, { relpath, metrics: { accuracy, "val.acc": accuracy / 2 }, files: { model: "m.pt", remote: "s3://b/k" }, tags: lr === 0.2 ? ["best"] : [] });
    await lease.end({ status: lr === 0.3 ? "ERROR" : "DONE" });
  }
  return cwd;
}

const segment = (cwd: string): string => path.join(cwd, "results/log/00000000000000000001.ndjson");

describe.concurrent("reading verbs", () => {
  it("list runs as a table of what varies, and as complete records", async () => {
    const cwd = await withRuns();
    const table = (await daybook(cwd, ["runs"])).stdout.split("\n");
    expect(table[0]).toMatch(/^run +status +lr +accuracy +val\.acc +started +duration +tags$/);
    expect(table[2]).toMatch(/^train\/0002 +DONE +0\.2 +0\.95 +0\.475 .* best$/);
    const records = jsonLines((await daybook(cwd, ["runs", "--json"])).stdout);
    expect(records.map(({ identifier, relpath, uid, status }) => [identifier, relpath, uid, status])).toEqual([
      ["train", "", "0001", "DONE"],
      ["train", "", "0002", "DONE"],
      ["train", "mnist", "0001", "ERROR"],
    ]);
    expect(records[1]).toMatchObject({ params: { lr: 0.2, model: { width: 8 } }, liveness: "ended", attempts: [{ by: "tester" }] });
  });

  it("choose, order and cut runs", async () => {
    const cwd = await withRuns();
    const uids = async (...args: string[]): Promise<string> => jsonLines((await daybook(cwd, ["--json", "runs", ...args])).stdout).map(({ relpath, uid }) => `${relpath}${uid}`).join(" ");
    expect(await uids("train/mnist")).toBe("mnist0001");
    expect(await uids("train")).toBe("0001 0002 mnist0001");
    expect(await uids("other")).toBe("");
    expect(await uids("--status", "done")).toBe("0001 0002");
    expect(await uids("--tag", "best")).toBe("0002");
    expect(await uids("--where", "params.lr>=0.2", "--where", "metrics.val.acc<0.4")).toBe("mnist0001");
    expect(await uids("--sort", "-metrics.val.acc", "--limit", "2")).toBe("0002 0001");
    const chosen = await daybook(cwd, ["runs", "--columns", "run,params.model.width", "--limit", "1"]);
    expect(chosen.stdout).toBe("run         model.width\ntrain/0001            8\n");
    expect((await daybook(cwd, ["runs", "train/0001"])).stdout).toContain("daybook show train/0001");
    expect(await uids("--where", "params.lr < 0.25 and (best in tags or metrics.accuracy < 0.92)")).toBe("0001 0002");
    expect(await uids("--where", "status in [DONE, ERROR] and not (params.lr = 0.2)")).toBe("0001 mnist0001");
    expect(await uids("--sort", "params.model.width,-metrics.accuracy")).toBe("0002 0001 mnist0001");
    expect(await uids("--since", "1h", "--status", "error")).toBe("mnist0001");
    expect(await uids("--since", "2100-01-01")).toBe("");
  });

  it("say which field no run has, and what may have been meant", async () => {
    const cwd = await withRuns();
    const typo = await daybook(cwd, ["runs", "--where", "metrics.acuracy>0.1", "--sort", "params.lrr", "--columns", "run,params.model.with"]);
    expect([typo.code, typo.stderr]).toEqual([
      0,
      "daybook: note: --where: no run has the field metrics.acuracy; nearest: metrics.accuracy\n" +
        "daybook: note: --sort: no run has the field params.lrr; nearest: params.lr\n" +
        "daybook: note: --columns: no run has the field params.model.with; nearest: params.model.width\n",
    ]);
    const elsewhere = await daybook(cwd, ["--json", "runs", "--where", "params.accuracy>0.1"]);
    expect(jsonLines<object>(elsewhere.stderr)).toEqual([{ note: expect.objectContaining({ code: "FIELD_UNSEEN", option: "--where", field: "params.accuracy", nearest: ["metrics.accuracy"] }) as object }]);
    // Not a slip: a field that runs can have, and an odd one that some run has.
    expect((await daybook(cwd, ["runs", "--where", "note=x", "--where", "metrics.val.acc<0.1"])).stderr).toBe("");
  });

  it("show one run", async () => {
    const cwd = await withRuns();
    const { stdout } = await daybook(cwd, ["show", "train/mnist/0001"]);
    for (const part of ["train/mnist/0001  ERROR", "model.width  8", "accuracy  0.5", "remote  s3://b/k  elsewhere", "model   m.pt      missing", "PENDING  tester"]) expect(stdout).toContain(part);
    const missing = await daybook(cwd, ["show", "train/0009"]);
    expect([missing.code, missing.stdout, missing.stderr]).toEqual([1, "", `daybook: there is no run train/0009 in ${cwd}/results (RUN_NOT_FOUND)\n`]);
  });

  it("print events", async () => {
    const cwd = await withRuns();
    const events = jsonLines<RecordedEvent>((await daybook(cwd, ["log", "--json"])).stdout);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const some = async (...args: string[]): Promise<number[]> => jsonLines<RecordedEvent>((await daybook(cwd, ["log", "--json", ...args])).stdout).map(({ seq }) => seq);
    expect(await some("--tail", "2")).toEqual([events.length - 1, events.length]);
    expect(await some("--from", "3", "--to", "5")).toEqual([3, 4, 5]);
    expect(await some("--type", "run.allocated", "--limit", "2")).toEqual(events.filter(({ type }) => type === "run.allocated").slice(0, 2).map(({ seq }) => seq));
    expect(await some("train/mnist/0001", "--tail", "1")).toEqual([events.length]);
    expect(await some("--stream", "run/train/0002")).toEqual(events.filter(({ stream }) => stream === "run/train/0002").map(({ seq }) => seq));
    const line = (await daybook(cwd, ["log", "--limit", "1"])).stdout;
    expect(line).toMatch(/^ {3}1 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}run\/train\/0001 {2}run\.allocated {10}\{"uid":"0001",.* {2}by tester\n$/);
    expect((await daybook(cwd, ["log", "train/0007"])).code).toBe(1);
  });

  it("print views, statistics, and that all is well", async () => {
    const cwd = await withRuns();
    expect((await daybook(cwd, ["view"])).stdout.split("\n")).toContain("runs");
    expect(Object.keys(JSON.parse((await daybook(cwd, ["view", "runs"])).stdout) as object)).toHaveLength(3);
    const unknown = await daybook(cwd, ["view", "nope"]);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/nope.*runs.*\(PROJECTION_UNKNOWN\)\n$/)]);
    const [statistics] = jsonLines<object>((await daybook(cwd, ["stats", "--json"])).stdout);
    expect(statistics).toMatchObject({ segments: 1, participants: { tester: expect.any(Number) as number }, runs: { total: 3, byStatus: { DONE: 2, ERROR: 1 } }, projections: { runs: 3 } });
    expect((await daybook(cwd, ["stats"])).stdout).toMatch(/3 {2}\(2 DONE, 1 ERROR\)/);
    expect((await daybook(cwd, ["verify", "--full"])).stdout).toMatch(/^ok: \d+ events in 1 segment/);
    const check = await daybook(cwd, ["rebuild-projections", "--check"]);
    expect([check.code, check.stdout]).toEqual([0, expect.stringMatching(/runs +3 +0 +0\n(.*\n)*ok: /)]);
    const bin = await daybook(cwd, ["runs", "--json", "--root", "results"], { bin: "rebuild-projections.js" });
    expect(jsonLines(bin.stdout)).toMatchObject([{ name: "runs", rows: 3, drift: [] }]);
    expect((await daybook(cwd, ["nope"], { bin: "rebuild-projections.js" })).code).toBe(1);
  });

  it("report drift, and end with 1; a rebuild repairs it", async () => {
    const cwd = temporaryFolder();
    const root = path.join(cwd, "results");
    const book = await openDaybook(root);
    // Enough for a snapshot at the close.
    await Promise.all(Array.from({ length: 600 }, () => book.runs.allocate("many")));
    // Allocating alone folds the index of runs and nothing else.
    await book.view("runs");
    await book.close();
    const folder = path.join(root, "snapshots/runs");
    const file = path.join(folder, fs.readdirSync(folder)[0] ?? "");
    // A snapshot that is whole and well signed, and wrong: what a fold that has changed its mind leaves behind.
    forgeSnapshot(file, (text) => text.replace('"status":"PENDING"', '"status":"RUNNING"'));
    const check = await daybook(cwd, ["rebuild-projections", "--check", "runs"]);
    expect([check.code, check.stdout]).toEqual([1, expect.stringMatching(/runs\/run~1many~10001\/status: "RUNNING" -> "PENDING"\ndrift: /)]);
    const [report] = jsonLines<object>((await daybook(cwd, ["--json", "rebuild-projections", "--check"])).stdout);
    expect(report).toMatchObject({ name: "runs", rows: 600, drift: [{ path: "/run~1many~10001/status", before: "RUNNING", after: "PENDING" }] });
    const repaired = await daybook(cwd, ["rebuild-projections"]);
    expect([repaired.code, repaired.stdout]).toEqual([1, expect.stringContaining("drift found and repaired: ")]);
    expect((await daybook(cwd, ["rebuild-projections", "--check"])).code).toBe(0);
  });
});

describe.concurrent("damage", () => {
  async function damaged(): Promise<string> {
    const cwd = await withRuns();
    const bytes = fs.readFileSync(segment(cwd));
    const at = bytes.indexOf('"seq":10') + 30;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    fs.writeFileSync(segment(cwd), bytes);
    return cwd;
  }

  it("is listed by verify, place and all", async () => {
    const cwd = await damaged();
    const [found] = jsonLines<{ ok: boolean; faults: LogFault[] }>((await daybook(cwd, ["--json", "verify", "--full"])).stdout);
    expect(found).toMatchObject({ ok: false, faults: [{ kind: "commit", segment: path.basename(segment(cwd)) }] });
    const { code, stdout } = await daybook(cwd, ["verify"]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^kind +file +byte +seq +message\ncommit +0{19}1\.ndjson +\d+ +\d+ +.*hash.*\n1 fault; /)]);
  });

  it("is warned of when reading: what stands before it is served, with exit code 1", async () => {
    const cwd = await damaged();
    const log = await daybook(cwd, ["log"]);
    expect([log.code, log.stdout.split("\n").length > 3, log.stderr]).toEqual([1, true, expect.stringMatching(/^daybook: the log is damaged, and was read only up to there: .*\(LOG_CORRUPT\)\n$/)]);
    const runs = await daybook(cwd, ["runs"]);
    expect([runs.code, runs.stdout.split("\n").some((line) => line.startsWith("train/0001")), runs.stderr]).toEqual([1, true, expect.stringContaining("(LOG_CORRUPT)")]);
    const missing = await daybook(cwd, ["show", "train/0099"]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("(RUN_NOT_FOUND)")]);
    const set = await daybook(cwd, ["set", "train/0001", "--note", "x"]);
    expect([set.code, set.stderr]).toEqual([1, expect.stringContaining("(LOG_CORRUPT)")]);
  });

  it("is shown by verify also where nothing can be opened", async () => {
    const cwd = await withRuns();
    const description = path.join(cwd, "results/daybook.json");
    fs.writeFileSync(description, '{"daybook":1,"root":"x","needs":["time-machine"]}\n');
    const tooNew = await daybook(cwd, ["verify"]);
    expect([tooNew.code, tooNew.stdout]).toEqual([1, expect.stringMatching(/^kind.*\nroot +daybook\.json +0 +0 .*time-machine/)]);
    expect(await daybook(cwd, ["runs"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("(FORMAT_TOO_NEW)") as string });
    fs.rmSync(description);
    expect(await daybook(cwd, ["verify", "--root", "results"])).toMatchObject({ code: 1, stdout: expect.stringContaining("daybook.json is missing") as string });
  });
});

describe.concurrent("output", () => {
  it("ends quietly when who reads has seen enough", async () => {
    const cwd = temporaryFolder();
    await using book = await openDaybook(path.join(cwd, "results"));
    await book.log.append(Array.from({ length: 5000 }, (_, n) => ({ stream: "note/1", type: "note.written", data: { n, text: "x".repeat(100) } })));
    const { stdout, stderr } = await shell(cwd, "$DAYBOOK log | head -1; echo ${PIPESTATUS[0]}");
    expect(stdout).toMatch(/^ {3}1 .*\n0\n$/);
    expect(stderr).toBe("");
  });

  it("obeys NO_COLOR and FORCE_COLOR, and is plain when piped", async () => {
    const cwd = await withRuns();
    const colourful = async (env: NodeJS.ProcessEnv): Promise<boolean> => (await daybook(cwd, ["runs"], { env })).stdout.includes("\u001b[");
    expect(await colourful({})).toBe(false);
    expect(await colourful({ FORCE_COLOR: "1" })).toBe(true);
    expect(await colourful({ FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
    expect(await colourful({ FORCE_COLOR: "0" })).toBe(false);
  });

  it("shows no control characters of the log to a terminal", async () => {
    const cwd = temporaryFolder();
    await daybook(cwd, ["run", "job", "-p", "name=\u001b[31mred\u0007", "--note", "a\u001b]0;title\u0007b\nsecond", "--", "true"]);
    for (const verb of [["show", "job/0001"], ["runs"], ["log"]]) expect((await daybook(cwd, verb)).stdout).not.toMatch(/[\u001b\u0007]/);
  });
});
