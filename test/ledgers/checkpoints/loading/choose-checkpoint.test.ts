import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numberIn, preferred } from "../../../../src/ledgers/checkpoints/loading/choose-checkpoint.js";
import type { Choice } from "../../../../src/ledgers/checkpoints/loading/choose-checkpoint.js";
import type { CheckpointRow, SaveRow } from "../../../../src/projections/views/checkpoints.js";
import "../../../support/fast-check-seed.js";

const folder = "a".repeat(24);
const file = { path: "checkpoints/x", bytes: 1, sha256: "0".repeat(64) };
const saved = (save: number, rest: Partial<SaveRow> = {}): SaveRow => ({ save, seq: save, time: "2026-01-01T00:00:00.000Z", by: "w", files: { weights: file }, ...rest });
const at = (step: number, ...saves: readonly SaveRow[]): CheckpointRow => ({ experiment: "main", folder, step, saves: saves.length === 0 ? [saved(1)] : saves });
const pruned = { time: "2026-01-01T00:00:00.000Z", by: "w", reason: "keepLast" };

const steps = (rows: readonly CheckpointRow[], choice: Choice): number[] => preferred(rows, choice).map(({ row }) => row.step);

describe("which checkpoint of a hash", () => {
  it("takes steps as numbers: a million comes after 999999", () => {
    expect(steps([at(999_999), at(1_000_000), at(2)], { kind: "latest" })).toEqual([1_000_000, 999_999, 2]);
  });

  it("has nothing to choose where nothing was saved, or everything was given up", () => {
    expect(preferred([], { kind: "latest" })).toEqual([]);
    expect(preferred([at(1, saved(1, { pruned }))], { kind: "latest" })).toEqual([]);
    expect(preferred([at(1, saved(1, { pruned })), at(2)], { kind: "exact", step: 1 })).toEqual([]);
  });

  it("prefers the later of two saves of a step, and passes over what was given up", () => {
    const chosen = preferred([at(5, saved(1), saved(2), saved(3, { pruned }))], { kind: "latest" });
    expect(chosen.map(({ save }) => save.save)).toEqual([2, 1]);
  });

  it("takes exactly the step asked for, or none", () => {
    expect(steps([at(0), at(10)], { kind: "exact", step: 10 })[0]).toBe(10);
    expect(steps([at(0), at(10)], { kind: "exact", step: 9 })).toEqual([]);
  });

  it.each([
    [4, 0],
    [5, 10],
    [6, 10],
    [0, 0],
    [1_000, 10],
  ])("takes for %i of 0 and 10 the nearest: %i, a tie going to the higher", (step, nearest) => {
    expect(steps([at(0), at(10)], { kind: "nearest", step })[0]).toBe(nearest);
  });

  it("takes the best by a number in the metadata, smallest or largest; of equal ones the higher step", () => {
    const rows = [at(1, saved(1, { metadata: { loss: 0.5 } })), at(2, saved(1, { metadata: { loss: 0.25 } })), at(3, saved(1, { metadata: { loss: 0.25 } })), at(4), at(5, saved(1, { metadata: { loss: "0" } }))];
    expect(steps(rows, { kind: "best", by: "loss", goal: "min" })).toEqual([3, 2, 1]);
    expect(steps(rows, { kind: "best", by: "loss", goal: "max" })).toEqual([1, 3, 2]);
    expect(steps(rows, { kind: "best", by: "accuracy", goal: "max" })).toEqual([]);
  });

  it("finds a number by its field's own name, else on the way that the dots name", () => {
    expect(numberIn({ "eval.loss": 1, eval: { loss: 2 } }, "eval.loss")).toBe(1);
    expect(numberIn({ eval: { loss: 2 } }, "eval.loss")).toBe(2);
    expect(numberIn({ eval: [2] }, "eval.0")).toBeUndefined();
    expect(numberIn({}, "constructor.length")).toBeUndefined();
    expect(numberIn(undefined, "loss")).toBeUndefined();
  });

  it("prefers what no other save beats, for whatever was saved", () => {
    const save = fc.record({ loss: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }), gone: fc.boolean() });
    const table = fc.uniqueArray(fc.record({ step: fc.integer({ min: 0, max: 30 }), saves: fc.array(save, { minLength: 1, maxLength: 3 }) }), { selector: ({ step }) => step });
    fc.assert(
      fc.property(table, fc.integer({ min: 0, max: 30 }), (drawn, wanted) => {
        const rows = drawn.map(({ step, saves }) => at(step, ...saves.map(({ loss, gone }, index) => saved(index + 1, { ...(loss === undefined ? {} : { metadata: { loss } }), ...(gone ? { pruned } : {}) }))));
        const standing = drawn.flatMap(({ step, saves }) => saves.flatMap(({ loss, gone }, index) => (gone ? [] : [{ step, loss, save: index + 1 }])));
        const first = (choice: Choice): readonly [number, number] | undefined => preferred(rows, choice).map(({ row, save: one }) => [row.step, one.save] as const)[0];
        const lastOf = (step: number | undefined, among = standing): readonly [number, number] | undefined => (step === undefined ? undefined : [step, Math.max(...among.filter((one) => one.step === step).map((one) => one.save))]);
        const highest = (among: readonly { readonly step: number }[]): number | undefined => (among.length === 0 ? undefined : Math.max(...among.map(({ step }) => step)));

        expect(first({ kind: "latest" })).toEqual(lastOf(highest(standing)));
        expect(first({ kind: "exact", step: wanted })).toEqual(lastOf(standing.find(({ step }) => step === wanted)?.step));
        const least = Math.min(...standing.map(({ step }) => Math.abs(step - wanted)));
        expect(first({ kind: "nearest", step: wanted })).toEqual(lastOf(highest(standing.filter(({ step }) => Math.abs(step - wanted) === least))));
        const scored = standing.filter(({ loss }) => loss !== undefined);
        const best = scored.filter(({ loss }) => loss === Math.min(...scored.map((one) => one.loss ?? 0)));
        expect(first({ kind: "best", by: "loss", goal: "min" })).toEqual(lastOf(highest(best), best));
      }),
    );
  });
});
