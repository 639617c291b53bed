import { describe, expect, it } from "vitest";
import type { HashPart, PartDigest } from "../../../../src/events/checkpoint-events.js";
import { compareExperiments } from "../../../../src/ledgers/checkpoints/compare/compare-experiments.js";
import type { ComparedExperiment, HashDiff } from "../../../../src/ledgers/checkpoints/compare/compare-experiments.js";
import type { ComparedSample } from "../../../../src/ledgers/checkpoints/compare/compare-samples.js";
import { lineageOf } from "../../../../src/ledgers/checkpoints/compare/lineage.js";
import { folderOf, hashRow, origin } from "./rows.js";

const parseLine = (line: string): ComparedSample => ({ uid: line.slice(1), discarded: line.startsWith("-"), tags: [] });
const digest = (digit: string, part: HashPart, version = 1): PartDigest => ({ digest: digit.repeat(32), algorithm: `${part}-${version}` });
const compare = (before: ComparedExperiment, after: ComparedExperiment): HashDiff => compareExperiments(before, after, { parseLine });

const base: ComparedExperiment = {
  folder: folderOf("a"),
  parts: { model: digest("1", "model"), config: digest("2", "config"), data: digest("3", "data") },
  model: { layers: [{ name: "a", units: 1 }] },
  config: { lr: 0.1 },
  data: ["+x", "+y"],
  metadata: { loss: 0.5 },
};

describe("two experiments", () => {
  it("are equal where their digests are", () => {
    expect(compare(base, base)).toEqual({ before: base.folder, after: base.folder, changed: [], added: [], removed: [], unknown: [], metadata: [] });
  });

  it("differ in parts, and each part in what it is made of", () => {
    const after: ComparedExperiment = {
      folder: folderOf("b"),
      parts: { model: digest("4", "model"), config: digest("5", "config"), data: digest("6", "data") },
      model: { layers: [{ name: "a", units: 2 }] },
      config: { lr: 0.2 },
      data: ["-x", "+z"],
      metadata: { loss: 0.25, accuracy: 0.9 },
    };
    expect(compare(base, after)).toMatchObject({
      changed: ["model", "config", "data"],
      model: { layers: [{ change: "changed", name: "a", fields: [{ path: "units", before: 1, after: 2 }] }] },
      config: [{ path: "lr", before: 0.1, after: 0.2 }],
      data: { added: { uids: ["z"] }, removed: { uids: ["y"] }, discarded: { uids: ["x"] } },
      metadata: [{ path: "loss", delta: -0.25 }, { path: "accuracy", change: "added", after: 0.9 }],
    });
  });

  it("say nothing of a part that is equal, without reading it", () => {
    const after: ComparedExperiment = { ...base, parts: { ...base.parts, config: digest("5", "config") }, config: { lr: 0.2 } };
    const unread = { [Symbol.iterator]: () => { throw new Error("was read"); } };
    expect(Object.keys(compare({ ...base, data: unread }, { ...after, data: unread }))).not.toContain("data");
  });

  it("may have a part that the other does not have, or of which nobody knows what it was", () => {
    const { config: _, ...parts } = base.parts;
    expect(compare({ folder: folderOf("b"), parts }, base)).toMatchObject({ changed: ["config"], added: ["config"], removed: [], unknown: [] });
    expect(compare(base, { folder: folderOf("b"), parts })).toMatchObject({ changed: ["config"], added: [], removed: ["config"], unknown: [] });
    expect(compare(base, { folder: folderOf("b"), parts: { ...base.parts, config: digest("9", "config") } })).toMatchObject({ changed: ["config"], unknown: ["config"] });
  });

  it("do not differ in a configuration only because two algorithms digested it", () => {
    const after = { ...base, parts: { ...base.parts, config: digest("9", "config", 2) } };
    expect(compare(base, after).changed).toEqual([]);
    expect(compare(base, { ...after, config: { lr: 0.3 } }).changed).toEqual(["config"]);
  });

  it("come from the hash that both have above them", () => {
    const rows = [hashRow("a", [origin(undefined, 1)]), hashRow("b", [origin("a", 2)]), hashRow("c", [origin("b", 3)]), hashRow("d", [origin("b", 4)]), hashRow("e", [origin(undefined, 5)])];
    const lineage = lineageOf(rows);
    const ancestor = (one: string, other: string) => compareExperiments({ folder: folderOf(one), parts: {} }, { folder: folderOf(other), parts: {} }, { parseLine, lineage }).ancestor;
    expect(ancestor("c", "d")).toBe(folderOf("b"));
    expect(ancestor("c", "a")).toBe(folderOf("a"));
    expect(ancestor("c", "e")).toBeUndefined();
    expect(ancestor("c", "z")).toBeUndefined();
  });
});
