import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidEventError, InvalidIdError, InvalidOptionError, isDaybookError } from "../../src/base/errors.js";
import type { JsonObject, NewEvent } from "../../src/events/recorded-event.js";
import { EventRegistry, type EventTypeOptions } from "../../src/events/validation.js";

const ajvLoaded = (): boolean => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("/node_modules/ajv/"));
const event = (data: unknown, type = "order.placed"): NewEvent => ({ stream: "order/1", type, data: data as JsonObject });
const amount = { type: "object", properties: { amount: { type: "number" } }, required: ["amount"] };

async function registered(options: EventTypeOptions, type = "order.placed"): Promise<EventRegistry> {
  const registry = new EventRegistry();
  registry.register(type, options);
  await registry.ready([type]);
  return registry;
}

/** A Standard Schema made by hand, as any library would make it. */
function standard(validate: (value: unknown) => unknown): EventTypeOptions {
  return { schema: { "~standard": { version: 1, vendor: "test", validate } } };
}

// First in the file: the others load it.
describe("the schema library", () => {
  it("is loaded when a JSON Schema is first needed, and not before", async () => {
    const registry = new EventRegistry();
    registry.register("order.placed", { schema: amount });
    registry.register("order.noted");
    registry.register("order.paid", standard((value) => ({ value })));
    await registry.ready(["order.noted", "order.paid", "unknown.type", "__proto__"]);
    registry.validate(event({ any: 1 }, "order.noted"));
    registry.validate(event({}, "order.paid"));
    expect(ajvLoaded()).toBe(false);
    expect(() => registry.validate(event({ amount: 1 }))).toThrow("not made ready");
    await registry.ready(["order.placed"]);
    expect(ajvLoaded()).toBe(true);
    registry.validate(event({ amount: 1 }));
  });
});

it("refuses a type that is none from the first event on", () => {
  const registry = new EventRegistry();
  for (const type of ["", "", "order"]) expect(() => registry.validate(event({}, type))).toThrow(InvalidIdError);
});

describe("registering a type", () => {
  it("takes any noun that is not reserved", () => {
    const registry = new EventRegistry();
    registry.register("order.placed");
    expect(registry.currentVersion("order.placed")).toBe(1);
    for (const type of ["run.finished", "run.noted", "warm-start.seeded", "lease.taken"]) {
      expect(() => registry.register(type)).toThrow(InvalidEventError);
      expect(() => registry.register(type)).toThrow(/which daybook keeps for itself/);
    }
    expect(() => registry.register("Order.Placed")).toThrow(InvalidIdError);
  });

  it("twice alike changes nothing, and otherwise is refused", () => {
    const registry = new EventRegistry();
    registry.register("order.placed", { schema: amount });
    registry.register("order.placed", { schema: amount, version: 1 });
    expect(() => registry.register("order.placed")).toThrow(InvalidOptionError);
  });

  it.each<[string, unknown]>([
    ["a version that is none", { version: 0 }],
    ["a version that is none", { version: 1.5 }],
    ["a version that is none", { version: "2" }],
    ["a missing upcaster", { version: 3, upcasters: { 2: (data: JsonObject) => data } }],
    ["an upcaster that is no function", { version: 2, upcasters: { 1: {} } }],
    ["an upcaster too many", { version: 1, upcasters: { 1: (data: JsonObject) => data } }],
    ["an upcaster from nowhere", { version: 2, upcasters: { 1: (data: JsonObject) => data, x: (data: JsonObject) => data } }],
    ["a schema that is none", { schema: "string" }],
    ["a schema that is none", { schema: [] }],
    ["a schema that is none", { schema: null }],
    ["a schema that is none", { schema: () => true }],
  ])("refuses %s", (_, options) => {
    expect(() => new EventRegistry().register("order.placed", options as EventTypeOptions)).toThrow(InvalidOptionError);
  });

  it.each<[string, JsonObject]>([
    ["of an impossible type", { type: "nothing" }],
    ["with a misspelt keyword", { type: "object", requird: ["a"] }],
    ["of a dialect we lack", { $schema: "https://example.org/none" }],
    ["that is asynchronous", { $async: true, type: "object" }],
  ])("refuses a JSON Schema %s when it is first needed, each time", async (_, schema) => {
    const registry = new EventRegistry();
    registry.register("order.placed", { schema });
    await expect(registry.ready(["order.placed"])).rejects.toThrow(InvalidOptionError);
    await expect(registry.ready(["order.placed"])).rejects.toThrow(/order\.placed/);
  });
});

describe("JSON Schemas of an application", () => {
  it("are checked, with the path of what is wrong", async () => {
    const registry = await registered({ schema: amount });
    registry.validate(event({ amount: 1, more: true }));
    expect(() => registry.validate(event({}))).toThrow(expect.objectContaining({ code: "INVALID_EVENT", path: "$.data.amount" }));
    expect(() => registry.validate(event({ amount: "1" }))).toThrow(/\$\.data\.amount must be number; it is "1"/);
  });

  it("may be of 2020-12, use one $id for two types, and have formats", async () => {
    const registry = new EventRegistry();
    registry.register("order.placed", {
      schema: { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", properties: { a: { prefixItems: [{ type: "string" }] } }, unevaluatedProperties: false },
    });
    registry.register("order.paid", { schema: { $id: "one", type: "object", properties: { at: { type: "string", format: "date-time" } } } });
    registry.register("order.sent", { schema: { $id: "one", type: "object", properties: { at: { type: "number" } } } });
    await registry.ready(["order.placed", "order.paid", "order.sent"]);
    expect(() => registry.validate(event({ a: [1] }))).toThrow(/\$\.data\.a\[0\] must be string/);
    expect(() => registry.validate(event({ b: 1 }))).toThrow(/\$\.data\.b is not a known field; known: a/);
    registry.validate(event({ at: "whenever" }, "order.paid"));
    registry.validate(event({ at: 1 }, "order.sent"));
  });

  it("see the fields that data really has, not those every object inherits", async () => {
    const registry = await registered({ schema: { type: "object", properties: { constructor: { type: "string" } }, required: ["constructor"] } });
    expect(() => registry.validate(event({}))).toThrow(/\$\.data\.constructor is missing/);
    registry.validate(event({ constructor: "a" }));
  });

  it("report a choice as one", async () => {
    const registry = await registered({ schema: { type: "object", properties: { a: { anyOf: [{ type: "string" }, { const: 1 }] }, "x/~y": { const: 2 }, l: { not: {} } } } });
    expect(() => registry.validate(event({ a: 2 }))).toThrow(/\$\.data\.a must match a schema in anyOf; it is 2/);
    expect(() => registry.validate(event({ "x/~y": 3 }))).toThrow('$.data["x/~y"] must be 2; it is 3');
    expect(() => registry.validate(event({ l: 3 }))).toThrow("$.data.l must NOT be valid; it is 3");
  });
});

describe("Standard Schemas", () => {
  it("are asked, and their first issue is reported where it is", async () => {
    const registry = await registered(standard((value) => ("a" in (value as object) ? { value } : { issues: [{ message: "no a", path: ["list", { key: 0 }, "a"] }] })));
    registry.validate(event({ a: 1 }));
    expect(() => registry.validate(event({}))).toThrow(expect.objectContaining({ code: "INVALID_EVENT", path: "$.data.list[0].a" }));
    expect(() => registry.validate(event({}))).toThrow("no a");
  });

  it("may be functions", async () => {
    const schema = Object.assign(() => true, { "~standard": { version: 1 as const, vendor: "test", validate: () => ({ issues: [{ message: "never" }] }) } });
    const registry = await registered({ schema });
    expect(() => registry.validate(event({}))).toThrow("$.data is refused by its schema: never");
  });

  it.each([
    ["that are asynchronous", () => Promise.reject(new Error("later")), InvalidOptionError],
    ["that return nothing", () => undefined, InvalidOptionError],
    ["that throw", () => { throw new RangeError("inside"); }, InvalidEventError],
  ])("%s are refused", async (_, validate, error) => {
    const registry = await registered(standard(validate));
    expect(() => registry.validate(event({}))).toThrow(error);
  });
});

describe("every event", () => {
  const registry = new EventRegistry();

  it("needs a stream in its normal form, a type, and an object of JSON", () => {
    registry.validate(event({ anything: [null] }));
    expect(() => registry.validate({ ...event({}), stream: "a//b" })).toThrow(InvalidIdError);
    expect(() => registry.validate({ ...event({}), stream: "gro\u0308" })).toThrow(/not in its normal form/);
    expect(() => registry.validate(event({}, "placed"))).toThrow(InvalidIdError);
    expect(() => registry.validate(event(undefined))).toThrow(/\$\.data is missing/);
    for (const data of [null, [], "text", 1]) expect(() => registry.validate(event(data))).toThrow(/\$\.data must be an object/);
    expect(() => registry.validate(event({ a: { b: [1n] } }))).toThrow(expect.objectContaining({ code: "INVALID_EVENT", path: "$.data.a.b[0]" }));
    expect(() => registry.validate(undefined as unknown as NewEvent)).toThrow(InvalidEventError);
  });

  it("may not invent a type under a reserved noun", () => {
    expect(() => registry.validate(event({}, "run.alocated"))).toThrow(/not one daybook knows/);
  });

  it("has a version that is known here", () => {
    registry.validate({ ...event({}), v: 7 });
    for (const v of [0, 1.5, "1", null]) expect(() => registry.validate({ ...event({}), v: v as number })).toThrow(/\$\.v must be/);
    expect(() => registry.validate({ stream: "run/a/0001", type: "run.noted", data: { note: "" }, v: 2 })).toThrow(/newest version known here is 1/);
  });

  it("whatever is in it, passes or is refused with an error of ours", async () => {
    const types = ["run.allocated", "run.files-attached", "run.tagged", "order.placed"];
    await registry.ready(types);
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true });
    const near = fc.record(
      { uid: fc.oneof(fc.constant("0001"), anything), files: fc.dictionary(fc.string(), anything), tags: fc.array(anything), params: fc.object() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.oneof(near, anything), anything, (type, data, stream) => {
        for (const candidate of [event(data, type), { stream, type, data }, data]) {
          try {
            registry.validate(candidate as NewEvent);
          } catch (error) {
            expect(isDaybookError(error)).toBe(true);
          }
        }
      }),
    );
    expect("polluted" in {}).toBe(false);
  });
});
