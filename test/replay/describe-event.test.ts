import { describe, expect, it } from "vitest";
import type { Json, JsonObject, RecordedEvent } from "../../src/index.js";
import { catalogueSchemas } from "../../src/events/schemas.js";
import type { Difference } from "../../src/replay/compare-json.js";
import { describeEvent } from "../../src/replay/describe-event.js";

const eventOf = (type: string, data: JsonObject, stream = "run/train/mnist/0003"): RecordedEvent => ({ seq: 1, time: "2026-11-21T10:00:00.000Z", stream, type, v: 1, data, by: "w" });
const changed = (path: string, before: Json | undefined, after: Json | undefined): Difference => ({ path, before, after });

const [one, two] = ["a1b2c3d4e5f60718293a4b5c", "a1b2c3d4f0f0f0f0293a4b5c-2"];
const digest = { digest: "0".repeat(32), algorithm: "config-1" };
const file = (path: string, bytes: number, more: JsonObject = {}): JsonObject => ({ path: `checkpoints/${one}/${path}`, bytes, sha256: "0".repeat(64), ...more });

const process = { host: "atlas", boot: "b", pidNamespace: "p", pid: 17, processStart: "1", nextWithinMs: 5500, staleAfterMs: 15_000, failOnCrash: true };

const attempt = { attempt: 2, host: "atlas", boot: "b", pidNamespace: "p", pid: 17, processStart: "1", beatWithinMs: 1500 };

/** At least one description of every type of the catalogue. */
const table: readonly [type: string, data: JsonObject, changes: readonly Difference[], text: string][] = [
  ["run.allocated", { uid: "0003" }, [], "allocated train/mnist/0003"],
  ["run.allocated", { uid: "0003", paramHash: "ab12" }, [], "allocated train/mnist/0003, hash ab12"],
  [
    "run.allocated", { uid: "0003", paramHash: "ab12", params: { lr: 0.1, model: { width: 8 }, "odd key": null, none: {} }, status: "RUNNING", storage: "prefix" }, [],
    'allocated train/mnist/0003 with lr=0.1, model.width=8, ["odd key"]=null, none={}, status RUNNING, storage prefix',
  ],
  ["run.status-changed", { status: "DONE" }, [changed("/status", "RUNNING", "DONE")], "status RUNNING -> DONE"],
  ["run.status-changed", { status: "DONE" }, [], "status DONE"],
  ["run.files-attached", { files: { model: "b.pt", log: "l.txt" } }, [changed("/files/model", "a.pt", "b.pt"), changed("/files/log", undefined, "l.txt")], "files: model a.pt -> b.pt, log l.txt"],
  ["run.metrics-recorded", { metrics: { loss: 0.4, "a/b": 1 }, step: 3 }, [changed("/metrics/loss", 0.5, 0.4), changed("/metrics/a~1b", null, 1)], "metrics: loss 0.5 -> 0.4, a/b null -> 1, step 3"],
  ["run.metrics-recorded", { metrics: { loss: 0.4, acc: 1 } }, [changed("/metrics/acc", 0, 1)], "metrics: loss 0.4 (as before), acc 0 -> 1"],
  ["run.error-recorded", { message: "out of\nmemory", name: "RangeError", code: "E1", stack: "at x" }, [], 'error: RangeError: "out of\\nmemory" (E1)'],
  ["run.error-recorded", { message: "gone" }, [], "error: gone"],
  ["run.noted", { note: "second" }, [changed("/note", "first", "second")], "note first -> second"],
  ["run.noted", { note: "" }, [changed("/note", undefined, "")], 'note ""'],
  ["run.tagged", { tags: ["best", "b"] }, [], "tags: best, b"],
  ["run.attempt-started", attempt, [], "attempt 2 started on atlas, process 17"],
  ["run.attempt-started", { ...attempt, command: ["python", "train.py"] }, [], "attempt 2 started on atlas, process 17: python train.py"],
  ["run.heartbeat-recorded", { attempt: 2, beatWithinMs: 1500 }, [], "attempt 2 is alive, next beat within 1.5 s"],
  ["run.attempt-ended", { attempt: 2 }, [], "attempt 2 ended"],
  ["run.attempt-ended", { attempt: 2, exitCode: 137, signal: "SIGKILL" }, [], "attempt 2 ended, exit code 137, by SIGKILL"],
  ["log.recovered", { segment: "1.ndjson", offset: 10, bytes: 3, sha256: "0", file: "quarantine/x" }, [], "a torn tail of 3 bytes was cut off 1.ndjson at byte 10, and kept as quarantine/x"],
  ["log.imported", { sources: { "urn:uuid:3f0c": [[10, 2, 1], [15, 3, 8]], other: [[20, 1]] } }, [], "imported 5 events of urn:uuid:3f0c, 1 events of other"],
  ["hash.updated", { folder: one, hash: one, parts: { config: digest }, changed: ["config"] }, [], `hash ${one}, changed: config`],
  [
    "hash.updated", { folder: two, hash: one, parts: {}, from: one, changed: ["model", "data"], collides: { config: one, data: one } }, [],
    `hash ${one} -> ${two}, changed: model, data, its short form of config and data stands for another one too`,
  ],
  ["hash.dumped", { folder: one, parts: ["model", "config"], files: { config: file("hp/c.yaml", 9) } }, [], `${one} dumped, pending were: model, config`],
  ["hash.dumped", { folder: one, parts: [], files: {} }, [], `${one} dumped`],
  ["hash.file-added", { folder: one, kind: "data-backup", name: "annotations", file: file("data/b.h5", 9) }, [], `data-backup annotations: checkpoints/${one}/data/b.h5`],
  ["checkpoint.saved", { experiment: "main", folder: one, step: 100, save: 1, files: { weights: file("w", 1000), optimizer: file("o", 24) } }, [], "checkpoint of step 100, 1024 bytes"],
  [
    "checkpoint.saved", { experiment: "main", folder: one, step: 100, save: 2, files: { weights: file("w", 1000) }, metadata: { loss: 0.5, val: { acc: 1 } } }, [],
    "checkpoint of step 100, save 2, 1000 bytes, loss=0.5, val.acc=1",
  ],
  ["checkpoint.loaded", { folder: one, step: 100, save: 1, resumed: true }, [], `resumed ${one}, step 100`],
  ["checkpoint.loaded", { folder: two, parts: {}, from: one }, [], `loaded ${two}, left ${one}`],
  ["checkpoint.pinned", { reason: "the one from\nthe paper" }, [], 'pinned: "the one from\\nthe paper"'],
  ["checkpoint.pinned", {}, [], "pinned"],
  ["checkpoint.unpinned", { reason: "published" }, [], "unpinned: published"],
  ["checkpoint.unpinned", {}, [], "unpinned"],
  ["checkpoint.pruned", { saves: [1], reason: "not among the last 3" }, [], "save 1 pruned: not among the last 3"],
  ["checkpoint.pruned", { saves: [1, 2], reason: "not among the last 3" }, [], "saves 1, 2 pruned: not among the last 3"],
  ["checkpoint.compressed", { save: 1, files: { weights: file("w", 1000, { codec: "gzip", storedBytes: 100 }), optimizer: file("o", 24) } }, [], "save 1 compressed: 1024 -> 124 bytes"],
  ["operation.created", { initiator: "build", token: "0".repeat(64), description: "nightly" }, [], "operation created by build: nightly"],
  ["operation.created", { initiator: "build", token: "0".repeat(64) }, [], "operation created by build"],
  ["participant.joined", { ...process, session: "s1" }, [], "w joined, session s1, process 17 on atlas"],
  ["participant.joined", { ...process, session: "s1", initiator: true }, [], "w joined as initiator, session s1, process 17 on atlas"],
  ["participant.joined", { ...process, session: "s1", rescuer: true }, [], "w joined to finish what is left, session s1, process 17 on atlas"],
  ["heartbeat.recorded", { session: "s1", nextWithinMs: 5500, staleAfterMs: 15_000 }, [], "session s1 is alive, next beat within 5.5 s"],
  ["participant.left", { session: "s1" }, [], "session s1 left"],
  ["participant.left", { session: "s1", reason: "stopped", signal: "SIGTERM" }, [], "session s1 left: stopped, by SIGTERM"],
  ["call.started", { session: "s1", call: "c1", kind: "call", failOnCrash: true, description: "compile" }, [], "call c1 started: compile"],
  ["call.ended", { session: "s1", call: "c1" }, [], "call c1 ended"],
  ["call.ended", { session: "s1", call: "c1", result: [1], replaced: { name: "Error", message: "no" } }, [], "call c1 ended with [1], a fallback for Error: no"],
  ["call.failed", { session: "s1", call: "c1", error: { message: "no\nmore" } }, [], 'call c1 failed: "no\\nmore"'],
  ["call.cancelled", { session: "s1", call: "c1", reason: "aborted" }, [], "call c1 cancelled: aborted"],
  ["call.crashed", { session: "s1", call: "c1" }, [], "call c1 crashed with session s1"],
  ["call.worker-started", { session: "s1", call: "c1", pid: 99, processStart: "5", command: ["cc", "-c"] }, [], "worker of c1: process 99, cc -c"],
  ["call.worker-exited", { session: "s1", call: "c1", pid: 99, exitCode: 2 }, [], "worker of c1 exited with 2"],
  ["call.worker-exited", { session: "s1", call: "c1", pid: 99, signal: "SIGKILL" }, [], "worker of c1 exited, by SIGKILL"],
  ["operation.abort-requested", { session: "s1", reason: "enough" }, [], "abort requested: enough"],
  ["operation.abort-withdrawn", {}, [], "abort withdrawn"],
  ["operation.resource-registered", { session: "s1", path: "/tmp/x" }, [], "temporary /tmp/x registered"],
  ["operation.resource-released", { session: "s1", path: "/tmp/x" }, [], "temporary /tmp/x released"],
  ["operation.resource-removed", { session: "s1", path: "/tmp/x", outcome: "removed" }, [], "temporary /tmp/x of session s1: removed"],
  ["operation.resource-removed", { session: "s1", path: "/tmp/x", outcome: "failed", problem: "EACCES" }, [], "temporary /tmp/x of session s1: failed: EACCES"],
  ["operation.logged", { level: "warning", message: "slow" }, [], "warning: slow"],
  ["operation.crash-detected", { sessions: ["s1"], evidence: "gone", observer: "s2" }, [], "crashed (their processes are gone): sessions s1"],
  ["operation.crash-detected", { sessions: ["s1", "s2"], evidence: "silent" }, [], "crashed (silent for too long): sessions s1, s2"],
  ["operation.cleanup-started", { coordinator: "s2", reason: "w crashed", survivors: ["s2"], crashedCalls: ["c1"], withinMs: 10_000 }, [], "clean-up started, coordinator s2: w crashed"],
  ["operation.coordinator-replaced", { coordinator: "s3", from: "s2" }, [], "session s3 coordinates in place of s2"],
  ["participant.cleaned-up", { session: "s3" }, [], "session s3 has cleaned up"],
  ["participant.cleaned-up", { session: "s3", problems: ["EIO"] }, [], "session s3 has cleaned up, with problems: EIO"],
  ["operation.failed", { reason: "w crashed", crashedCalls: ["c1", "c2"], sessions: ["s3"] }, [], "operation failed: w crashed; crashed calls: c1, c2"],
  ["operation.failed", { reason: "aborted", crashedCalls: [], sessions: [] }, [], "operation failed: aborted"],
  ["operation.completed", { sessions: [] }, [], "operation completed"],
  ["operation.completed", { sessions: ["s1"], session: "s1", forced: true }, [], "operation completed, with open calls cancelled"],
  ["order.placed", { amount: 3, currency: "EUR", to: { city: "Ulm" } }, [], 'order.placed: amount=3, currency=EUR, to={"city":"Ulm"}'],
  ["order.cancelled", {}, [], "order.cancelled"],
];

describe("the description of an event", () => {
  it.each(table)("of %s %j tells what it said", (type, data, changes, text) => expect(describeEvent(eventOf(type, data), changes)).toBe(text));

  it("knows every type of the catalogue", () => expect(Object.keys(catalogueSchemas).filter((type) => !table.some(([one]) => one === type))).toEqual([]));

  it("shows the data of a later version, and data that is not what its type says", () => {
    expect(describeEvent({ ...eventOf("run.noted", { text: "later" }), v: 2 })).toBe("run.noted: text=later");
    expect(describeEvent(eventOf("run.tagged", { tags: 3 }))).toBe("run.tagged: tags=3");
    for (const type of Object.keys(catalogueSchemas)) for (const data of [{}, { params: 1, files: null, metrics: [null], tags: {}, command: "x", status: {} }]) expect(describeEvent(eventOf(type, data))).toMatch(/^\S.*$/);
  });

  it("is one line that cannot steer a terminal, and of bounded length", () => {
    const wild = "\u001b[31m\u202e\n\u0085";
    const data = { [wild]: wild, ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field-${index}`, "x".repeat(1000)])), deep: { [wild]: [wild] } };
    const texts = [eventOf("order.placed", data), eventOf("run.allocated", { uid: "0001", params: data }), eventOf("run.metrics-recorded", { metrics: data })].map((event) => describeEvent(event));
    for (const text of texts) {
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(text.length).toBeLessThan(2500);
      expect(text).toMatch(/and \d+ more/);
    }
  });
});
