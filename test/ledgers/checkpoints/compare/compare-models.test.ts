import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/events/recorded-event.js";
import { compareModels } from "../../../../src/ledgers/checkpoints/compare/compare-models.js";

const dense = (name: string, units: number, more: JsonObject = {}): JsonObject => ({ name, kind: "Dense", units, ...more });
const dropout = (name: string): JsonObject => ({ name, kind: "Dropout", rate: 0.5 });
const model = (...layers: JsonObject[]): JsonObject => ({ layers });
const brief = (before: JsonObject, after: JsonObject): string[] =>
  compareModels(before, after).layers.map(({ change, name, before: from, after: to, fields = [] }) => `${change} ${name} ${from ?? ""}>${to ?? ""} ${fields.map(({ path }) => path).join()}`.trim());

describe("two architectures, layer by layer", () => {
  const base = model(dense("a", 4), dense("b", 8), dense("c", 2));

  it("are equal where they are", () => {
    expect(compareModels(base, structuredClone(base))).toEqual({ layers: [], fields: [] });
    expect(compareModels({}, {})).toEqual({ layers: [], fields: [] });
  });

  it.each<[string, JsonObject, string[]]>([
    ["a width", model(dense("a", 4), dense("b", 16), dense("c", 2)), ["changed b 1>1 units"]],
    ["an activation that is new", model(dense("a", 4), dense("b", 8, { activation: "relu" }), dense("c", 2)), ["changed b 1>1 activation"]],
    ["a layer put in", model(dense("a", 4), dropout("drop"), dense("b", 8), dense("c", 2)), ["added drop >1"]],
    ["one of the same kind put in", model(dense("a", 4), dense("new", 6), dense("b", 8), dense("c", 2)), ["added new >1"]],
    ["one put in before all", model(dropout("drop"), dense("a", 4), dense("b", 8), dense("c", 2)), ["added drop >0"]],
    ["one taken out", model(dense("a", 4), dense("c", 2)), ["removed b 1>"]],
    ["the last one taken out", model(dense("a", 4), dense("b", 8)), ["removed c 2>"]],
    ["all of them taken out", model(), ["removed a 0>", "removed b 1>", "removed c 2>"]],
    ["one that is of another kind now, under its name", model(dense("a", 4), { name: "b", kind: "Conv2D", filters: 3 }, dense("c", 2)), ["changed b 1>1 kind,units,filters"]],
    ["another one in its place", model(dense("a", 4), dropout("drop"), dense("c", 2)), ["added drop >1", "removed b 1>"]],
    ["a new name", model(dense("a", 4), dense("hidden", 8), dense("c", 2)), ["changed hidden 1>1 name"]],
    ["another order", model(dense("b", 8), dense("a", 4), dense("c", 2)), ["moved b 1>0"]],
    ["several at once", model(dropout("drop"), dense("a", 4), dense("c", 3)), ["added drop >0", "removed b 1>", "changed c 2>2 units"]],
  ])("%s", (_, after, changes) => {
    expect(brief(base, after)).toEqual(changes);
  });

  it("says what was added and removed", () => {
    expect(compareModels(base, model(dense("a", 4), dense("b", 8))).layers[0]).toEqual({ change: "removed", name: "c", kind: "Dense", before: 2, layer: dense("c", 2) });
    expect(compareModels(model(), model(dropout("d"))).layers[0]).toEqual({ change: "added", name: "d", kind: "Dropout", after: 0, layer: dropout("d") });
  });

  it("compares connections by the layers they lead to, not by their names", () => {
    const before = model(dense("dense_1", 4), dense("dense_2", 8, { inputs: ["dense_1"] }), dense("out", 1, { inputs: [["dense_2", 0]] }));
    const renamed = model(dense("first", 4), dense("dense_2", 8, { inputs: ["first"] }), dense("out", 1, { inputs: [["dense_2", 0]] }));
    expect(brief(before, renamed)).toEqual(["changed first 0>0 name"]);
    const rewired = model(dense("dense_1", 4), dense("dense_2", 8, { inputs: ["dense_1"] }), dense("out", 1, { inputs: [["dense_1", 0]] }));
    expect(brief(before, rewired)).toEqual(["changed out 2>2 inputs[0][0]"]);
  });

  it("does not take counted names for anything but places", () => {
    const counted = (...units: number[]): JsonObject => model(...units.map((width, at) => dense(`dense_${at + 1}`, width, { kernel: [units[at - 1] ?? 4, width], inputs: at === 0 ? [] : [`dense_${at}`] })));
    expect(brief(counted(8, 8, 3), counted(8, 8, 5, 3))).toEqual(["added dense_3 >2", "changed dense_4 2>3 kernel[0],inputs[0]"]);
    expect(brief(counted(8, 8, 8, 3), counted(8, 8, 3))).toHaveLength(2);
    const named = model(dense("a", 1), dense("dense_1", 2), dense("b", 3));
    expect(brief(named, model(dense("dense_1", 9), dense("a", 1), dense("dense_2", 2), dense("b", 3)))).toEqual(["added dense_1 >0"]);
  });

  it("tells what differs besides the layers, and everything where there is no list of them", () => {
    expect(compareModels({ ...base, dtype: "float32" }, { ...base, dtype: "float16" }).fields).toMatchObject([{ path: "dtype", before: "float32", after: "float16" }]);
    expect(compareModels({ hidden: 4 }, base).fields).toHaveLength(2);
  });

  it("takes layers that are anything", () => {
    expect(brief({ layers: ["a", 1, null, [2]] }, { layers: ["a", null, [2], {}] })).toEqual(["removed undefined 1>", "added undefined >3"]);
  });

  it("finds its way in very long models by names", () => {
    const layers = Array.from({ length: 3000 }, (_, at) => dense(`d${at}`, at));
    const wider = layers.map((layer, at) => (at === 0 || at === 2999 ? { ...layer, units: -1 } : layer)).filter((_, at) => at !== 1500);
    expect(brief({ layers }, { layers: wider })).toEqual(["changed d0 0>0 units", "removed d1500 1500>", "changed d2999 2999>2998 units"]);
  });

  it("accounts for every layer, whatever they are", () => {
    const layer = fc.record({ name: fc.constantFrom("a", "b", "c"), kind: fc.constantFrom("x", "y"), units: fc.nat(2) }, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 8 }), fc.array(layer, { maxLength: 8 }), (before, after) => {
        const { layers } = compareModels({ layers: before }, { layers: after });
        const count = (change: string): number => layers.filter((one) => one.change === change).length;
        expect(before.length - count("removed")).toBe(after.length - count("added"));
        for (const places of [layers.flatMap(({ before: at }) => at ?? []), layers.flatMap(({ after: at }) => at ?? [])]) expect(new Set(places).size).toBe(places.length);
        // What is not told of is there on both sides, as often.
        const rest = (side: readonly JsonObject[], told: readonly (number | undefined)[]) => side.filter((_, at) => !told.includes(at)).map((one) => JSON.stringify(one)).sort();
        const told = layers.filter(({ change }) => change !== "moved");
        expect(rest(before, told.map(({ before: at }) => at)).map((one) => JSON.parse(one) as JsonObject)).toEqual(
          expect.arrayContaining(rest(after, told.map(({ after: at }) => at)).map((one) => JSON.parse(one) as JsonObject)),
        );
      }),
    );
  });
});
