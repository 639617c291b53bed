import { beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { InvalidEventError } from "../../src/base/errors.js";
import { isReserved, reservedNouns, type CatalogueEvent, type CatalogueType, type EventCatalogue, type NewCatalogueEvent } from "../../src/events/catalogue.js";
import { nounOf, parseType } from "../../src/events/names.js";
import type { JsonObject, NewEvent, RecordedEvent } from "../../src/events/recorded-event.js";
import { catalogueSchemas } from "../../src/events/schemas.js";
import { Status, isStatus, statuses } from "../../src/events/status.js";
import { EventRegistry } from "../../src/events/validation.js";

const attempt = { attempt: 1, host: "h", boot: "b", pidNamespace: "4026531836", pid: 7, processStart: "123", beatWithinMs: 10_000 };
const recovered = { segment: "00000000000000000001.ndjson", offset: 0, bytes: 12, sha256: "ab".repeat(32), file: "a.torn" };

const folder = "0123456789abcdef01234567";
const file = { path: "checkpoints/a/model/b.bin", bytes: 0, sha256: "ab".repeat(32) };
const digest = { digest: "0123456789abcdef0123456789abcdef", algorithm: "config-1" };

/** The least data of each type: without any one field it is refused. */
const least: { readonly [Type in CatalogueType]: EventCatalogue[Type] } = {
  "run.allocated": { uid: "0001" },
  "run.status-changed": { status: "DONE" },
  "run.files-attached": { files: { model: "model.pt" } },
  "run.metrics-recorded": { metrics: { accuracy: 0.97 } },
  "run.error-recorded": { message: "" },
  "run.noted": { note: "" },
  "run.tagged": { tags: ["best"] },
  "run.attempt-started": attempt,
  "run.heartbeat-recorded": { attempt: 1, beatWithinMs: 1 },
  "run.attempt-ended": { attempt: 1 },
  "log.recovered": recovered,
  "log.imported": { sources: { "urn:uuid:3f0c": [[1, 2]] } },
  "hash.updated": { folder, hash: folder, parts: {}, changed: [] },
  "hash.dumped": { folder, parts: [], files: { config: file } },
  "hash.file-added": { folder, kind: "config", name: "optimizer_config", file },
  "checkpoint.saved": { experiment: "main", folder, step: 0, save: 1, files: { weights: file } },
  "checkpoint.loaded": { folder },
  "checkpoint.pinned": {},
  "checkpoint.unpinned": {},
  "checkpoint.pruned": { saves: [1], reason: "last 3" },
  "checkpoint.compressed": { save: 1, files: { weights: file } },
  "warm-start.saved": { run: "ckpt-r1-2", save: 1, kind: "checkpoint", file },
  "warm-start.evicted": { run: "ckpt-r1-2", save: 1, bytes: 0, reason: "budget" },
  "operation.created": { initiator: "build", token: "ab".repeat(32) },
  "participant.joined": { session: "s1", host: "h", boot: "b", pidNamespace: "4026531836", pid: 7, processStart: "123", nextWithinMs: 5_500, staleAfterMs: 15_000, failOnCrash: true },
  "heartbeat.recorded": { session: "s1", nextWithinMs: 5_500, staleAfterMs: 15_000 },
  "participant.left": { session: "s1" },
  "call.started": { session: "s1", call: "call_build_1_9f3c", kind: "call", failOnCrash: true },
  "call.ended": { session: "s1", call: "c1" },
  "call.failed": { session: "s1", call: "c1", error: { message: "" } },
  "call.cancelled": { session: "s1", call: "c1" },
  "call.crashed": { session: "s1", call: "c1" },
  "call.worker-started": { session: "s1", call: "c1", pid: 8, processStart: "124", command: ["node"] },
  "call.worker-exited": { session: "s1", call: "c1", pid: 8 },
  "operation.abort-requested": {},
  "operation.abort-withdrawn": {},
  "operation.resource-registered": { session: "s1", path: "/tmp/w.tmp" },
  "operation.resource-released": { session: "s1", path: "/tmp/w.tmp" },
  "operation.resource-removed": { session: "s1", path: "/tmp/w.tmp", outcome: "removed" },
  "operation.logged": { level: "info", message: "" },
  "operation.crash-detected": { sessions: ["s2"], evidence: "gone" },
  "operation.cleanup-started": { coordinator: "s1", reason: "s2 crashed", survivors: ["s1"], crashedCalls: [], withinMs: 10_000 },
  "operation.coordinator-replaced": { coordinator: "s1", from: "s2" },
  "participant.cleaned-up": { session: "s1" },
  "operation.failed": { reason: "s2 crashed", crashedCalls: [], sessions: [] },
  "operation.completed": { sessions: [] },
};

/** The same with everything that may be there, at its limits. */
const most: { readonly [Type in CatalogueType]?: EventCatalogue[Type] } = {
  "run.allocated": { uid: "1234567890123456", paramHash: "x".repeat(256), params: { any: [{ thing: null }] }, status: "ERROR" },
  "run.files-attached": { files: { ["n".repeat(256)]: "v".repeat(4096), "two words": "../kept/as given\n" } },
  "run.metrics-recorded": { metrics: { a: 1.5, b: "text", c: true, d: null, e: -0 }, step: 0 },
  "run.error-recorded": { message: "m", name: "RangeError", stack: "at\n  b", code: "EIO" },
  "run.tagged": { tags: ["a", "t".repeat(128)] },
  "run.attempt-started": { ...attempt, command: [], cwd: "/tmp" },
  "run.attempt-ended": { attempt: Number.MAX_SAFE_INTEGER, exitCode: -1, signal: "SIGKILL" },
  "hash.updated": {
    folder: `${folder}-2`, hash: folder, parts: { model: digest, config: digest, data: digest }, from: folder, changed: ["model", "config", "data"],
    contents: { config: { json: [null] }, data: { lines: ["a:d0:t"], removed: ["b"], base: digest.digest, file } }, excluded: ["log_dir"], collides: { config: folder },
  },
  "checkpoint.saved": {
    experiment: "e".repeat(128), folder, step: Number.MAX_SAFE_INTEGER, save: 2, metadata: { loss: 0.5 }, modelName: "m", optimizerName: "o",
    files: { weights: { ...file, codec: "gzip", storedBytes: 1 } },
  },
  "checkpoint.loaded": { folder, step: 0, save: 1, parts: {}, from: folder, resumed: true },
  "checkpoint.pinned": { reason: "best" },
  "warm-start.saved": { run: "r", save: 2, kind: "final", file, objective: -1.5e-9, iteration: 0, replaced: 12, seed: { key: "ab".repeat(32), run: "q", source: "preloaded" }, writtenAt: "2026-11-28T08:00:00.000Z" },
  "call.ended": { session: "s1", call: "c1", result: [null], replaced: { message: "m", name: "E", stack: "at", code: "EIO", exitCode: 1, signal: "SIGKILL", stderr: "last words" } },
};

const types = Object.keys(least) as CatalogueType[];
const registry = new EventRegistry();
const validate = (type: string, data: unknown): number => registry.validate({ stream: "run/train/0001", type, data: data as JsonObject });

function refusal(type: string, data: unknown): { path: string; message: string } {
  try {
    validate(type, data);
  } catch (error) {
    if (error instanceof InvalidEventError) return { path: error.path, message: error.message };
    throw error;
  }
  throw new Error(`accepted ${type} ${JSON.stringify(data)}`);
}

beforeAll(() => registry.ready(types));

describe("the catalogue", () => {
  it("has a schema of version 1 and a reserved noun for each type", () => {
    expect(Object.keys(catalogueSchemas).sort()).toEqual([...types].sort());
    for (const type of types) {
      expect(parseType(type)).toBe(type);
      expect(isReserved(type)).toBe(true);
      expect(reservedNouns.has(nounOf(type))).toBe(true);
      expect(registry.currentVersion(type)).toBe(1);
    }
  });

  it.each(types)("%s takes the least and the most data", (type) => {
    validate(type, least[type]);
    if (most[type] !== undefined) validate(type, most[type]);
  });

  it.each(types)("%s is refused without any one of its required fields, and with a field more", (type) => {
    for (const field of Object.keys(least[type])) {
      const rest = Object.fromEntries(Object.entries(least[type]).filter(([name]) => name !== field));
      expect(refusal(type, rest)).toMatchObject({ path: `$.data.${field}`, message: expect.stringContaining("is missing") as string });
    }
    const { path, message } = refusal(type, { ...least[type], extra: 1 });
    expect(path).toBe("$.data.extra");
    expect(message).toContain(`known: ${Object.keys(catalogueSchemas[type].properties).join(", ")}`);
  });

  it.each(types)("%s takes an optional field that is undefined for absent", (type) => {
    const optional = Object.fromEntries(Object.keys(catalogueSchemas[type].properties).map((field) => [field, undefined]));
    validate(type, { ...optional, ...least[type], extra: undefined });
  });

  it.each(types)("%s is refused with null in any field", (type) => {
    for (const field of Object.keys(catalogueSchemas[type].properties)) {
      // A call may well end with null.
      if (type === "call.ended" && field === "result") continue;
      expect(refusal(type, { ...least[type], [field]: null }).path).toBe(`$.data.${field}`);
    }
  });
});

describe("a refusal says where and why", () => {
  it.each<[CatalogueType, JsonObject, string, string]>([
    ["run.allocated", { uid: "1" }, "$.data.uid", "pattern"],
    ["run.allocated", { uid: "0001", paramHash: "" }, "$.data.paramHash", "fewer than 1"],
    ["run.allocated", { uid: "0001", paramHash: "a\u0000" }, "$.data.paramHash", "pattern"],
    ["run.allocated", { uid: "0001", params: [] }, "$.data.params", "must be object; it is []"],
    ["run.status-changed", { status: "done" }, "$.data.status", 'must be one of PENDING, RUNNING, DONE, ERROR; it is "done"'],
    ["run.files-attached", { files: {} }, "$.data.files", "at least 1"],
    ["run.files-attached", { files: { "a b": 5 } }, '$.data.files["a b"]', "must be string; it is 5"],
    ["run.files-attached", { files: { "": "x" } }, '$.data.files[""]', "has a name"],
    ["run.files-attached", { files: { "a\n": "x" } }, '$.data.files["a\\n"]', "has a name"],
    ["run.files-attached", { files: { a: "x\u0000" } }, "$.data.files.a", "pattern"],
    ["run.files-attached", { files: { a: "" } }, "$.data.files.a", "fewer than 1"],
    ["run.metrics-recorded", { metrics: {} }, "$.data.metrics", "at least 1"],
    ["run.metrics-recorded", { metrics: { a: [1] } }, "$.data.metrics.a", "must be number or string or boolean or null; it is [1]"],
    ["run.metrics-recorded", { metrics: { a: 1 }, step: -1 }, "$.data.step", ">= 0; it is -1"],
    ["run.metrics-recorded", { metrics: { a: 1 }, step: 1.5 }, "$.data.step", "integer"],
    ["run.metrics-recorded", { metrics: { a: 1 }, step: 1e300 }, "$.data.step", "<= 9007199254740991"],
    ["run.tagged", { tags: [] }, "$.data.tags", "at least 1"],
    ["run.tagged", { tags: ["a", "b", "a"] }, "$.data.tags", "duplicate"],
    ["run.tagged", { tags: ["a", ""] }, "$.data.tags[1]", "fewer than 1"],
    ["run.tagged", { tags: ["a", 5] }, "$.data.tags[1]", "must be string"],
    ["run.heartbeat-recorded", { attempt: 0, beatWithinMs: 1 }, "$.data.attempt", ">= 1"],
    ["log.recovered", { ...recovered, sha256: "AB".repeat(32) }, "$.data.sha256", "pattern"],
  ])("%s %j", (type, data, path, problem) => {
    const found = refusal(type, data);
    expect(found.path).toBe(path);
    expect(found.message).toContain(problem);
  });

  it("NaN as a metric is named, not recorded as null", () => {
    expect(refusal("run.metrics-recorded", { metrics: { loss: Number.NaN } })).toMatchObject({
      path: "$.data.metrics.loss",
      message: expect.stringContaining("is NaN") as string,
    });
  });

  it("hostile names of files and metrics are names like others", () => {
    const names = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d"}') as JsonObject;
    validate("run.files-attached", { files: names });
    validate("run.metrics-recorded", { metrics: names });
    validate("run.allocated", { uid: "0001", params: names });
    expect(Object.keys(names)).toEqual(["__proto__", "constructor", "toString", "hasOwnProperty"]);
    expect(refusal("run.noted", JSON.parse('{"note":"","__proto__":1}')).path).toBe("$.data.__proto__");
    expect(refusal("run.noted", Object.create(null)).message).toContain("is missing");
  });
});

describe("statuses", () => {
  it("are four, in upper case", () => {
    expect(statuses).toEqual(Object.values(Status));
    expect(statuses.every(isStatus)).toBe(true);
    expect(["done", "", undefined, null, "toString"].some(isStatus)).toBe(false);
  });
});

describe("to the compiler", () => {
  it("the data of every type is JSON, and an event narrows by its type", () => {
    expectTypeOf<EventCatalogue[CatalogueType]>().toExtend<JsonObject>();
    expectTypeOf<CatalogueEvent>().toExtend<RecordedEvent>();
    expectTypeOf<NewCatalogueEvent>().toExtend<NewEvent>();
    expectTypeOf<Extract<CatalogueEvent, { type: "run.noted" }>["data"]>().toEqualTypeOf<{ readonly note: string }>();
    const event: NewEvent = { stream: "run/train/0001", type: "run.noted", data: { note: "" } } satisfies NewCatalogueEvent;
    expect(event.v).toBeUndefined();
  });
});
