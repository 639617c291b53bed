import { describe, expect, it } from "vitest";
import { InvalidEventError } from "../../src/base/errors.js";
import type { JsonObject, RecordedEvent } from "../../src/events/recorded-event.js";
import { EventRegistry } from "../../src/events/validation.js";

const recorded = (type: string, v: number, data: JsonObject): RecordedEvent => ({
  seq: 12,
  time: "2026-11-21T23:04:05.123Z",
  stream: "order/1",
  type,
  v,
  data,
  by: "worker-1",
});

/** Version 1 had `cents`, 2 has `amount`, 3 has `amount` and `currency`. */
const versions = {
  version: 3,
  schema: { type: "object", required: ["amount", "currency"], additionalProperties: false, properties: { amount: { type: "number" }, currency: { type: "string" } } },
  upcasters: {
    1: ({ cents }: JsonObject): JsonObject => ({ amount: (cents as number) / 100 }),
    2: (data: JsonObject): JsonObject => ({ ...data, currency: "EUR" }),
  },
};

function registry(): EventRegistry {
  const made = new EventRegistry();
  made.register("order.placed", versions);
  return made;
}

describe("upcasting on read", () => {
  it("takes older data through every step to the current version, and leaves the event itself alone", () => {
    const old = Object.freeze(recorded("order.placed", 1, Object.freeze({ cents: 250 })));
    expect(registry().upcast(old)).toEqual({ ...old, v: 3, data: { amount: 2.5, currency: "EUR" } });
    expect(registry().upcast(recorded("order.placed", 2, { amount: 1 }))).toMatchObject({ v: 3, data: { amount: 1, currency: "EUR" } });
    expect(old.data).toEqual({ cents: 250 });
    expect(registry().currentVersion("order.placed")).toBe(3);
  });

  it("gives the same object back where nothing is to do", () => {
    for (const event of [recorded("order.placed", 3, {}), recorded("order.placed", 4, { later: 1 }), recorded("no-dot", 1, {}), recorded("run.noted", 1, { note: "" })]) {
      expect(registry().upcast(event)).toBe(event);
    }
  });

  it("works for daybook's own types", () => {
    const own = registry();
    own.registerOwn("run.noted", { version: 2, upcasters: { 1: ({ note }) => ({ text: note ?? "" }) } });
    expect(own.upcast(recorded("run.noted", 1, { note: "a" }))).toMatchObject({ v: 2, data: { text: "a" } });
  });

  it.each<[string, () => unknown]>([
    ["throws", () => { throw new RangeError("inside"); }],
    ["returns nothing", () => undefined],
    ["returns an array", () => []],
    ["returns a promise", () => Promise.resolve({})],
  ])("names seq and type when an upcaster %s", (_, step) => {
    const broken = new EventRegistry();
    broken.register("order.placed", { version: 2, upcasters: { 1: step as () => JsonObject } });
    const upcast = (): unknown => broken.upcast(recorded("order.placed", 1, {}));
    expect(upcast).toThrow(InvalidEventError);
    expect(upcast).toThrow(/order\.placed.*seq 12/);
  });

  it("refuses a version below 1", () => {
    for (const v of [0, -1, 0.5]) expect(() => registry().upcast(recorded("order.placed", v, {}))).toThrow(InvalidEventError);
  });
});

describe("appending an older version", () => {
  it("is checked as readers will see it", async () => {
    const made = registry();
    await made.ready(["order.placed"]);
    made.validate({ stream: "order/1", type: "order.placed", v: 1, data: { cents: 1 } });
    made.validate({ stream: "order/1", type: "order.placed", data: { amount: 1, currency: "EUR" } });
    expect(() => made.validate({ stream: "order/1", type: "order.placed", data: { cents: 1 } })).toThrow(InvalidEventError);
    expect(() => made.validate({ stream: "order/1", type: "order.placed", v: 2, data: { cents: 1 } })).toThrow(InvalidEventError);
  });
});
