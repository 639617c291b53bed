import { expect, it } from "vitest";
import type { RunRecord } from "../../../src/index.js";
import { unseenFields } from "../../../src/ledgers/runs/unseen-fields.js";

const record = (more: object): RunRecord => ({ uid: "0001", params: { model: { width: 8 }, gone: null }, metrics: { "val.acc": 1 }, files: {}, tags: [], attempts: [], history: [], ...more }) as unknown as RunRecord;

it("fields that no run has are told of, with those nearest", () => {
  const records = [record({}), record({ metrics: { accuracy: 0.5 } })];
  const told = unseenFields(records, [["metrics", "acuracy"], ["params", "accuracy"], ["params", "model", "withd"], ["metrics", "accuracy"], ["metrics", "val", "acc"], ["params", "gone"], ["note"], ["params", "q"]]);
  expect(told).toEqual([
    { field: "metrics.acuracy", nearest: ["metrics.accuracy"] },
    { field: "params.accuracy", nearest: ["metrics.accuracy"] },
    { field: "params.model.withd", nearest: ["params.model.width"] },
    { field: "params.q", nearest: [] },
  ]);
});

it("without runs there is nothing to tell", () => expect(unseenFields([], [["params", "lr"]])).toEqual([]));
