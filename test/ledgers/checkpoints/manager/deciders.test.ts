import { describe, expect, it } from "vitest";
import type { HashPart, PartDigests } from "../../../../src/checkpoints.js";
import { decideDump } from "../../../../src/ledgers/checkpoints/manager/decide-dump.js";
import { decideHashUpdate } from "../../../../src/ledgers/checkpoints/manager/decide-hash-update.js";
import type { HashStates } from "../../../../src/ledgers/checkpoints/manager/decide-hash-update.js";
import { decideSave, followingStep } from "../../../../src/ledgers/checkpoints/manager/decide-save.js";
import type { CheckpointRow } from "../../../../src/projections/views/checkpoints.js";
import type { ExperimentRow } from "../../../../src/projections/views/experiments.js";
import type { HashRow } from "../../../../src/projections/views/hashes.js";
import type { HashPartsRow } from "../../../../src/projections/views/hash-parts.js";

const digest = (digit: string): string => digit.repeat(32);
const partsOf = (model: string, config: string): PartDigests => ({ model: { digest: digest(model), algorithm: "m-1" }, config: { digest: digest(config), algorithm: "config-1" } });
const hashOf = (model: string, config: string): string => `${model.repeat(8)}${config.repeat(8)}00000000`;
const hashed = (parts: PartDigests) => ({ hash: "", parts, contents: {}, excluded: [] });

function states({ experiment, hashes = [], known = [] }: { experiment?: Partial<ExperimentRow>; hashes?: readonly Partial<HashRow>[]; known?: readonly [string, HashPartsRow][] } = {}): HashStates {
  const experiments = new Map(experiment === undefined ? [] : [["experiment/main", { experiment: "main", pending: [], changedSeq: 1, changed: "", ...experiment } as unknown as ExperimentRow]]);
  return { experiments, hashes: new Map(hashes.map((row) => [row.folder ?? "", row as HashRow])), "hash-parts": new Map(known) };
}
const update = (given: HashStates, parts: PartDigests, more: { position?: { folder: string; parts: PartDigests }; gone?: readonly HashPart[] } = {}) =>
  decideHashUpdate(given, { experiment: "main", position: more.position, hashed: hashed(parts), gone: more.gone ?? [], contents: { config: { json: { lr: 1 } } } });

describe("deciding on a hash update", () => {
  it("the first one changes every part there is, and comes from nowhere", () => {
    expect(update(states(), partsOf("a", "b")).events).toEqual([
      { stream: "experiment/main", type: "hash.updated", data: { folder: hashOf("a", "b"), hash: hashOf("a", "b"), parts: partsOf("a", "b"), changed: ["model", "config"], contents: { config: { json: { lr: 1 } } } } },
    ]);
  });

  it("compares with where the manager stands, else with where the experiment does", () => {
    const given = states({ experiment: { folder: hashOf("a", "b"), parts: partsOf("a", "b") } });
    expect(update(given, partsOf("a", "b"))).toEqual({ events: [], result: { position: { folder: hashOf("a", "b"), parts: partsOf("a", "b") }, changed: [], collides: {} } });
    const position = { folder: hashOf("c", "b"), parts: partsOf("c", "b") };
    expect(update(given, partsOf("a", "b"), { position }).events[0]?.data).toMatchObject({ from: hashOf("c", "b"), changed: ["model"] });
  });

  it("tells a content only where the log does not know it", () => {
    const known = { known: [{ digest: digest("b"), algorithm: "config-1", content: { json: { lr: 1 } }, folder: hashOf("a", "b") }] };
    expect(update(states({ known: [["config/bbbbbbbb", known]] }), partsOf("c", "b")).events[0]?.data).not.toHaveProperty("contents");
  });

  it("keeps what is not given, takes away what is gone, and refuses to be left with nothing", () => {
    const position = { folder: hashOf("a", "b"), parts: partsOf("a", "b") };
    expect(update(states(), {}, { position, gone: ["model"] }).result).toMatchObject({ changed: ["model"], position: { folder: hashOf("0", "b") } });
    expect(() => update(states(), {}, { position, gone: ["model", "config"] })).toThrow(expect.objectContaining({ code: "NOTHING_REGISTERED" }) as Error);
  });

  it("gives a folder of its own to what has the same digits by chance, and names the other one", () => {
    const other = { model: { digest: `${"a".repeat(8)}${"9".repeat(24)}`, algorithm: "m-1" }, config: partsOf("a", "b").config } as PartDigests;
    const known = { known: [{ digest: other.model?.digest ?? "", algorithm: "m-1", folder: hashOf("a", "b") }] };
    const { result } = update(states({ hashes: [{ folder: hashOf("a", "b"), parts: other }], known: [["model/aaaaaaaa", known]] }), partsOf("a", "b"));
    expect(result).toMatchObject({ position: { folder: `${hashOf("a", "b")}-2` }, collides: { model: hashOf("a", "b") } });
  });
});

describe("deciding on a dump", () => {
  const position = { folder: hashOf("a", "b"), parts: partsOf("a", "b") };
  const files = { config: { path: "x", bytes: 1, sha256: "0".repeat(64) } };

  it("says which parts had been pending", () => {
    const given = states({ experiment: { ...position, pending: ["config"] } });
    expect(decideDump(given, { experiment: "main", position, files, mended: false }).events).toEqual([{ stream: "experiment/main", type: "hash.dumped", data: { folder: position.folder, parts: ["config"], files } }]);
  });

  it("is nothing where somebody else was faster, unless files were mended", () => {
    const given = states({ experiment: { ...position, pending: [] } });
    expect(decideDump(given, { experiment: "main", position, files, mended: false })).toMatchObject({ events: [], result: { dumped: false } });
    expect(decideDump(given, { experiment: "main", position, files, mended: true }).result.dumped).toBe(true);
  });

  it("of a manager that stands elsewhere is what differs from the experiment's last dump, until its hash was dumped", () => {
    const experiment = { folder: hashOf("c", "c"), parts: partsOf("c", "c"), dumped: { folder: hashOf("a", "c"), parts: partsOf("a", "c") } };
    expect(decideDump(states({ experiment }), { experiment: "main", position, files, mended: false }).result.parts).toEqual(["config"]);
    const hashes = [{ ...position, dumped: { seq: 1, time: "", by: "", files } }];
    expect(decideDump(states({ experiment, hashes }), { experiment: "main", position, files, mended: false }).events).toEqual([]);
  });
});

describe("deciding on a save", () => {
  const row = { folder: hashOf("a", "b"), step: 3, experiment: "main", saves: [{ save: 1 }, { save: 2, pruned: {} }] } as unknown as CheckpointRow;
  const saved = { experiment: "main", folder: row.folder, step: 3, files: { weights: { path: "x", bytes: 1, sha256: "0".repeat(64) } } };

  it("counts the saves of a step, those that were given up too", () => {
    expect(decideSave({ checkpoints: new Map() }, saved).result).toBe(1);
    expect(decideSave({ checkpoints: new Map([[`checkpoint/${row.folder}/000003`, row]]) }, saved).result).toBe(3);
  });

  it("follows the last step of the hash, as a number", () => {
    const rows = [999_999, 1_000_000].map((step): [string, CheckpointRow] => ["", { ...row, step }]);
    expect(followingStep(rows, row.folder)).toBe(1_000_001);
    expect(followingStep(rows, hashOf("x", "y"))).toBe(0);
  });
});
