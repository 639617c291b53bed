import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CheckpointManager } from "../../src/checkpoints.js";
import type { HashDiff, HashRow, LineageNode } from "../../src/checkpoints.js";
import { daybook, jsonLines, temporaryFolder } from "./support.js";

const layer = (name: string, units: number): object => ({ name, type: "Dense", units, activation: "relu" });
const narrow = { layers: [layer("one", 8), layer("two", 2)] };
const wide = { layers: [layer("one", 16), layer("drop", 1), layer("two", 2)] };
const config = { lr: 0.1, optimizer: { name: "adam" }, gone: true };

let cwd: string;
let hashes: string[];

/** A configuration, a data state and a model that change one after another; then back to the first configuration, and from there to another one. */
beforeAll(async () => {
  cwd = temporaryFolder();
  await using manager = await CheckpointManager.open(path.join(cwd, "results"));
  const all = { uids: ["a", "b", "c"], discarded: ["c"] };
  const updates = [
    { model: narrow, config, dataState: all, dumpImmediately: true },
    { config: { lr: 0.01, optimizer: { name: "adam" }, "new\u001b[2J": "x" } },
    { dataState: { uids: ["a", "b", "d"], discarded: ["b"], tags: { a: ["best"] } } },
    { model: wide },
    { model: narrow, config, dataState: all },
    { config: { ...config, lr: 1 } },
  ];
  hashes = [];
  for (const update of updates) hashes.push((await manager.updateExperimentHash(update))[0]);
});

describe.concurrent("daybook hashes --why", () => {
  it("tells of each hash every value, layer and sample that changed", async () => {
    const { code, stdout } = await daybook(cwd, ["hashes", "--why"]);
    const parts = stdout.split("\n\n").map((part) => part.trimEnd().split("\n").map((line) => line.trim()));
    const [first = "", second = "", third = "", fourth = "", , fifth = ""] = hashes;
    expect([code, parts.map((lines) => lines[0]?.slice(0, 24))]).toEqual([0, [first, second, third, fourth, fifth]]);
    expect(parts[0]?.slice(1)).toEqual(["the first one of main", `also from ${fourth}: model, config, data`]);
    expect(parts[1]?.slice(1)).toEqual([`from ${first}: config`, "Config", "- gone  true", "~ lr  0.1 -> 0.01", "+ new\\u001b[2J  x"]);
    expect(parts[2]?.slice(1)).toEqual([`from ${second}: data`, "Data", "+ 1 added: d", "- 1 removed: c", "- 1 discarded: b", "~ 1 with other tags: a", "~ tag best  on 1 more sample"]);
    expect(parts[3]?.slice(1)).toEqual([`from ${third}: model`, "Model", "~ layer one Dense", "~ units  8 -> 16", expect.stringMatching(/^\+ layer drop Dense {2}.*units=1/)]);
    expect(parts[4]?.slice(1)).toEqual([`from ${first}: config`, "Config", "~ lr  0.1 -> 1"]);
    const json = jsonLines<HashRow & { readonly why: HashDiff | null }>((await daybook(cwd, ["--json", "hashes", "--why"])).stdout);
    expect(json.map(({ why }) => why?.changed)).toEqual([undefined, ["config"], ["data"], ["model"], ["config"]]);
  });
});

describe.concurrent("the lineage", () => {
  it("is a tree in the terminal, and a flowchart for Mermaid", async () => {
    const tree = await daybook(cwd, ["hashes", "--tree"]);
    expect([tree.code, tree.stdout.trimEnd().split("\n").length]).toEqual([0, 5]);
    expect(tree.stdout).toMatch(/first of main.*again from/);
    expect(tree.stdout).toMatch(/main is here/);
    const mermaid = await daybook(cwd, ["hashes", "--mermaid"]);
    expect(mermaid.stdout).toMatch(/^flowchart TD\n/);
    const nodes = jsonLines<LineageNode>((await daybook(cwd, ["--json", "hashes", "--tree"])).stdout);
    expect(nodes.filter(({ parent }) => parent === hashes[0]).map(({ folder }) => folder)).toEqual([hashes[1], hashes[5]]);
    expect(jsonLines((await daybook(cwd, ["--json", "hashes", "--tree", "--at", "1"])).stdout)).toHaveLength(1);
    for (const args of [["--why", "--tree"], ["--tree", "--mermaid"], ["--mermaid", "--json"], ["--tree", hashes[0] ?? ""]]) expect((await daybook(cwd, ["hashes", ...args])).code).toBe(2);
  });
});

describe.concurrent("daybook checkpoints diff", () => {
  it("says how any two hashes differ, by part", async () => {
    const [first = "", , third = "", fourth = "", , fifth = ""] = hashes;
    const { code, stdout } = await daybook(cwd, ["checkpoints", "diff", first, fourth]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^${first} -> ${fourth}\n\nModel\n(.*\n)*\nConfig\n(.*\n)*\nData\n(.*\n)*$`))]);
    expect((await daybook(cwd, ["checkpoints", "diff", third, fifth])).stdout).toMatch(new RegExp(`^${third} -> ${fifth}\nboth came from ${first}\n`));
    expect((await daybook(cwd, ["checkpoints", "diff", first, first])).stdout).toMatch(/No difference between /);
    const [json] = jsonLines<HashDiff>((await daybook(cwd, ["--json", "checkpoints", "diff", first, fifth])).stdout);
    expect(json).toMatchObject({ before: first, after: fifth, changed: ["config"], config: [{ path: "lr", before: 0.1, after: 1 }] });
    expect((await daybook(cwd, ["checkpoints", "diff", first, "0000"])).stderr).toMatch(/\(CHECKPOINT_NOT_FOUND\)\n$/);
    // Before the second hash came up.
    expect((await daybook(cwd, ["checkpoints", "diff", first, fifth, "--at", "2"])).code).toBe(1);
  });
});

describe.concurrent("daybook checkpoints show", () => {
  it("shows the configuration, dumped or pending", async () => {
    expect((await daybook(cwd, ["checkpoints", "show", hashes[0] ?? ""])).stdout).toMatch(/\nConfig\n +lr +0\.1\n +optimizer\.name +adam\n +gone +true\n|\nConfig\n +gone +true\n +lr +0\.1\n +optimizer\.name +adam\n/);
    expect((await daybook(cwd, ["checkpoints", "show"])).stdout).toMatch(/pending: config\n(.*\n)*Config\n(.*\n)* +lr +1\n/);
  });
});
