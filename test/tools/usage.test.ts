import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { cli, daybook, jsonLines, temporaryFolder } from "./support.js";

const verbs = ["run", "sweep", "set", "runs", "show", "history", "blame", "diff", "aggregate", "hashes", "checkpoints", "warm-starts", "operations", "log", "view", "rebuild-projections", "verify", "head", "keys", "repair", "backup", "stats", "compress", "import", "export"];

const asOf = new Set(["runs", "show", "history", "blame", "diff", "aggregate", "hashes", "log", "view", "stats", "export"]);

describe.concurrent("the root", () => {
  it("is --root, else DAYBOOK_ROOT, else the nearest one upwards, else ./results", async () => {
    const cwd = temporaryFolder();
    for (const name of ["a", "b", "c", "results"]) await (await openDaybook(path.join(cwd, name))).close();
    const deep = path.join(cwd, "c/runs/train");
    fs.mkdirSync(deep, { recursive: true });
    const rootOf = async (from: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> =>
      path.relative(cwd, jsonLines<{ root: string }>((await daybook(from, ["stats", "--json", ...args], { env })).stdout)[0]?.root ?? "");
    expect(await rootOf(deep, ["--root", "../../../a"], { DAYBOOK_ROOT: path.join(cwd, "b") })).toBe("a");
    expect(await rootOf(deep, [], { DAYBOOK_ROOT: path.join(cwd, "b") })).toBe("b");
    expect(await rootOf(deep, [])).toBe("c");
    expect(await rootOf(cwd, [])).toBe("results");
  });

  it("is never made by reading: a missing one is a miss", async () => {
    const cwd = temporaryFolder();
    const reading = [["runs"], ["aggregate", "a", "--file", "m"], ["show", "a/0001"], ["history", "a/0001"], ["blame", "a/0001"], ["diff", "0", "head"], ["hashes"], ["checkpoints"], ["checkpoints", "show"], ["checkpoints", "verify"], ["checkpoints", "gc"], ["checkpoints", "prune", "--keep-last", "1"], ["warm-starts"], ["warm-starts", "show", "3f9a"], ["warm-starts", "evict"], ["warm-starts", "evict", "--dry-run"], ["warm-starts", "gc"], ["warm-starts", "verify"], ["operations"], ["operations", "show"], ["operations", "log"], ["operations", "abort", "x"], ["operations", "export", "x", "--to", "there"], ["log"], ["view"], ["verify"], ["head"], ["stats"], ["rebuild-projections"], ["rebuild-projections", "--check"], ["set", "a/0001", "--note", "x"]];
    for (const end of await Promise.all(reading.map((args) => daybook(cwd, args)))) {
      expect(end).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^daybook: no daybook in .*\/results; .*\(LOG_NOT_FOUND\)\n$/) as string });
    }
    expect(fs.readdirSync(cwd)).toEqual([]);
  });
});

describe.concurrent("usage", () => {
  it("is taught by example for every verb", async () => {
    const cwd = temporaryFolder();
    for (const [index, { code, stdout }] of (await Promise.all(verbs.map((verb) => daybook(cwd, [verb, "--help"])))).entries()) {
      expect(code).toBe(0);
      expect(stdout.includes("--at <moment>"), verbs[index]).toBe(asOf.has(verbs[index] ?? ""));
      expect(stdout.match(/^ {2}\$ .*daybook|^ {2}\$ rebuild/gm)?.length).toBeGreaterThanOrEqual(2);
      for (const part of ["Examples:", "DAYBOOK_ROOT", "./results", "Exit codes:", "--json"]) expect(stdout).toContain(part);
    }
    const groups = {
      checkpoints: { verbs: ["ls", "show", "diff", "verify", "prune", "pin", "unpin", "compress", "gc"], asOf: ["ls", "show", "diff", "verify", "gc"] },
      "warm-starts": { verbs: ["ls", "show", "evict", "gc", "verify"], asOf: ["ls", "show", "verify"] },
      operations: { verbs: ["ls", "show", "log", "abort", "export"], asOf: ["ls", "show", "log", "export"] },
    };
    for (const [group, members] of Object.entries(groups)) {
      const whole = await daybook(cwd, [group, "--help"]);
      const helps = await Promise.all(members.verbs.map(async (verb) => [verb, await daybook(cwd, [group, verb, "--help"])] as const));
      for (const [verb, { code, stdout }] of helps) {
        expect([group, verb, code, stdout.includes("--at <moment>")]).toEqual([group, verb, 0, members.asOf.includes(verb)]);
        expect(stdout.match(/^ {2}\$ daybook/gm)?.length).toBeGreaterThanOrEqual(2);
        for (const part of [`Usage: daybook ${group} ${verb} `, "DAYBOOK_ROOT", "Exit codes:", "--json"]) expect(stdout).toContain(part);
        expect(whole.stdout).toContain(`  ${verb} `);
      }
    }
    const tour = await daybook(cwd, ["--help"]);
    expect(tour.code).toBe(0);
    for (const verb of verbs) expect(tour.stdout).toContain(verb);
    const version = await daybook(cwd, ["--version"]);
    expect([version.code, version.stdout]).toEqual([0, `${(JSON.parse(fs.readFileSync(path.join(path.dirname(cli), "../../package.json"), "utf8")) as { version: string }).version}\n`]);
  });

  it("that is wrong ends with 2, in one line", async () => {
    const cwd = temporaryFolder();
    const wrong: [args: string[], message: RegExp][] = [
      [["rnus"], /^daybook: unknown command 'rnus' \(Did you mean runs\?\); see `daybook --help`\n$/],
      [["runs", "--nope"], /^daybook: unknown option '--nope'.*see `daybook runs --help`\n$/],
      [["show"], /^daybook: missing required argument 'run'/],
      [["show", "train"], /IDENTIFIER\/UID.*\(INVALID_ID\)/],
      [["runs", "--limit", "-1"], /whole number/],
      [["runs", "--status", "gone"], /"GONE" is none of/],
      [["runs", "--since", "yesterday"], /--since yesterday: write a time/],
      [["runs", "--sort", "metric.accuracy"], /metric\.accuracy is no field of a run; did you mean metrics\.accuracy\?/],
      [["runs", "--columns", "run,lr"], /lr is no field of a run; did you mean params\.lr or metrics\.lr\?/],
      [["aggregate", "train"], /--file <name>' not specified/],
      [["aggregate", "train", "--file", "m", "--by", "hash"], /--by hash: it must be one of uid, params/],
      [["aggregate", "train", "train", "--file", "m"], /"train" twice/],
      [["log", "--limit", "1", "--tail", "1"], /exclude each other/],
      [["history"], /name a run, a --stream or an --operation/],
      [["history", "train/0001", "--stream", "a"], /exclude each other/],
      [["history", "train/0001", "--from", "soon"], /--from soon: write a seq, head, a time/],
      [["blame", "train"], /IDENTIFIER\/UID.*\(INVALID_ID\)/],
      [["diff", "1"], /missing required argument 'b'/],
      [["diff", "0", "99999999999999999999"], /B 99999999999999999999: no log has so many events/],
      [["checkpoints", "lst"], /^daybook: lst is neither a verb of checkpoints nor a hash; see `daybook checkpoints --help`\n$/],
      [["checkpoints", "show", "a", "b"], /too many arguments for 'show'.*see `daybook checkpoints show --help`\n$/],
      [["set", "a/0001"], /nothing to say/],
      [["set", "--note", "x"], /which run\?/],
      [["set", "a/0001", "--metric", "a=[1]"], /a metric is a number/],
      [["verify", "stray"], /too many arguments/],
      [["keys", "list", "k"], /keys list: it must be one of new, show/],
      [["keys", "new"], /missing required argument 'file'/],
    ];
    await (await openDaybook(path.join(cwd, "results"))).close();
    const ends = await Promise.all(wrong.map(async ([args, message]) => ({ args, message, ...(await daybook(cwd, args)) })));
    for (const { args, message, code, stdout, stderr } of ends) {
      expect([args, code, stdout]).toEqual([args, 2, ""]);
      expect(stderr).toMatch(message);
      expect(stderr.split("\n")).toHaveLength(2);
    }
    const marked = await daybook(cwd, ["runs", "--where", "params.lr < 0.1 && metric.accuracy > 0.9"]);
    expect([marked.code, marked.stdout]).toEqual([2, ""]);
    expect(marked.stderr.split("\n")).toEqual([
      expect.stringMatching(/^daybook: .*--where.*column 20: metric\.accuracy is no field of a run; did you mean metrics\.accuracy\? .*see `daybook runs --help`$/),
      "  params.lr < 0.1 && metric.accuracy > 0.9",
      "                     ^",
      "",
    ]);
    const asJson = await daybook(cwd, ["--json", "runs", "--where", "params.lr <"]);
    expect([asJson.code, jsonLines<object>(asJson.stderr)]).toEqual([2, [{ error: expect.objectContaining({ code: "INVALID_OPTION", column: 12, expression: "params.lr <" }) as object }]]);
    const json = await daybook(cwd, ["--json", "show", "train/0001"]);
    expect([json.code, jsonLines(json.stderr)]).toEqual([1, [{ error: { code: "RUN_NOT_FOUND", message: expect.any(String) as string } }]]);
    expect((await daybook(cwd, ["show", "train/0001"], { env: { DAYBOOK_DEBUG: "1" } })).stderr).toMatch(/\n +at /);
    expect((await daybook(cwd, [])).code).toBe(2);
  });
});

describe.concurrent("daybook set", () => {
  it("reports on a run by its address, relpath or not", async () => {
    const cwd = temporaryFolder();
    const book = await openDaybook(path.join(cwd, "results"));
    await book.runs.allocate("train", { relpath: "mnist" });
    await book.close();
    fs.writeFileSync(path.join(cwd, "here.txt"), "");
    const set = await daybook(cwd, ["set", "train/0001", "--json", "--metric", "acc=0.5", "--metric", "name=x", "--file", "log=here.txt", "--status", "done", "--note", "n", "--tag", "a", "--tag", "b"]);
    expect(set.code).toBe(0);
    expect(jsonLines(set.stdout)).toMatchObject([{ relpath: "mnist", status: "DONE", metrics: { acc: 0.5, name: "x" }, files: { log: "here.txt" }, note: "n", tags: ["a", "b"] }]);
    expect(set.stderr).toMatch(/warning: file log of train\/mnist\/0001: here\.txt is relative to the run's folder/);
    expect((await daybook(cwd, ["set", "train/./0001", "--note", "x"])).code).toBe(1);
  });
});
