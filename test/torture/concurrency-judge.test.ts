/** What judges the rounds of the concurrency suite has to be able to say no, each part of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readHistory } from "./concurrency/history-file.js";
import { holdAgainstLog } from "./concurrency/judge.js";
import type { LogAtRest } from "./concurrency/log-at-rest.js";
import type { ObjectModel } from "./concurrency/models/object-model.js";
import { allocatorModel, reportModel } from "./concurrency/models/runs.js";
import { counterModel, idModel, streamModel } from "./concurrency/models/streams.js";
import type { InputOf, Kind, OutputOf, Performed } from "./concurrency/operations.js";
import { orderProblems } from "./concurrency/real-time-order.js";
import type { SeenEvent } from "./concurrency/trail.js";
import { Trail } from "./concurrency/trail.js";

const scope = { identifier: "train", relpath: "" };

/** Operations one after another: each began when the one before had returned. */
function inTurn(...operations: readonly Performed[]): Performed[] {
  return operations.map((operation, index) => ({ ...operation, called: index * 10, returned: operation.returned === Infinity ? Infinity : index * 10 + 5 }));
}

function done<K extends Kind>(kind: K, input: InputOf<K>, output: OutputOf<K> | undefined, op = "a#1"): Performed {
  return { kind, op, client: "a", input, output, called: 0, returned: output === undefined ? Infinity : 1 } as unknown as Performed;
}

const verdict = (model: ObjectModel, ...history: readonly Performed[]): string[] => model.check(inTurn(...history), 1000).map(({ kind }) => kind);
const yes = ["linearisable"];
const no = ["not-linearisable"];

describe("the models", () => {
  it("give out each uid once, and the same for the same parameters", () => {
    const allocate = (uid: number): Performed => done("allocate", { scope }, uid);
    const find = (uid: number, created: boolean): Performed => done("find-or-allocate", { scope, param: 1 }, { uid, created });
    expect(verdict(allocatorModel, allocate(1), find(2, true), allocate(3), find(2, false), done("count-runs", { scope }, 3))).toEqual(yes);
    expect(verdict(allocatorModel, allocate(1), allocate(1))).toEqual(no);
    expect(verdict(allocatorModel, allocate(1), allocate(3))).toEqual(no);
    expect(verdict(allocatorModel, find(1, true), find(2, true))).toEqual(no);
    expect(verdict(allocatorModel, find(1, true), find(1, true))).toEqual(no);
    expect(verdict(allocatorModel, allocate(1), done("count-runs", { scope }, 0))).toEqual(no);
    expect(verdict(allocatorModel, allocate(1), done("run-exists", { scope, uid: 1 }, false))).toEqual(no);
    expect(verdict(allocatorModel, find(1, true), done("find-by-param", { scope, param: 1 }, null))).toEqual(no);
  });

  it("show the last report, whole", () => {
    const report = (op: string): Performed => done("report", { run: 1, status: "RUNNING" }, "ok", op);
    const model = reportModel(new Map([["a#3", { first: 8, last: 9 }], ["a#4", { first: 6, last: 7 }]]));
    const read = (status: string, note: string | null): Performed => done("read-run", { run: 1 }, { status, note });
    expect(verdict(model, read("PENDING", null), report("a#1"), read("RUNNING", "a#1"))).toEqual(yes);
    expect(verdict(model, report("a#1"), report("a#2"), read("RUNNING", "a#1"))).toEqual(no);
    expect(verdict(model, report("a#1"), read("PENDING", "a#1"))).toEqual(no);
    // Not in the order of the log.
    expect(verdict(model, report("a#4"), report("a#3"), read("RUNNING", "a#3"))).toEqual(yes);
    expect(verdict(model, report("a#3"), report("a#4"), read("RUNNING", "a#4"))).toEqual(no);
  });

  it("refuse what was expected wrongly, and nothing else", () => {
    const stream = "mark/a";
    const put = (expected: number, first: number): Performed => done("append-expecting", { stream, expect: expected }, { first, last: first });
    const conflict = (expected: number, actual: number): Performed => done("append-expecting", { stream, expect: expected }, { conflict: actual });
    const read = (...seqs: number[]): Performed => done("read-stream", { stream }, seqs);
    const model = streamModel(new Map([["dead#1", { first: 9, last: 9 }]]));
    expect(verdict(model, put(0, 4), conflict(0, 4), put(4, 7), read(4, 7))).toEqual(yes);
    expect(verdict(model, put(0, 4), put(0, 7))).toEqual(no);
    expect(verdict(model, put(0, 4), conflict(4, 4))).toEqual(no);
    expect(verdict(model, put(0, 4), read())).toEqual(no);
    // A call that never returned, and that the log shows to have taken effect, or not.
    const dead = (op: string): Performed => done("append-expecting", { stream, expect: 4 }, undefined, op);
    expect(verdict(model, put(0, 4), dead("dead#1"), read(4), read(4, 9))).toEqual(yes);
    expect(verdict(model, put(0, 4), dead("dead#2"), read(4, 9))).toEqual(no);
  });

  it("append once under an id", () => {
    const send = (payload: number, duplicate: boolean): Performed => done("append-once", { id: "x", payload }, { duplicate, first: 1, last: 2 });
    const reused = done("append-once", { id: "x", payload: 3 }, "reused");
    expect(verdict(idModel, send(2, false), send(2, true), reused)).toEqual(yes);
    expect(verdict(idModel, send(2, false), send(2, false))).toEqual(no);
    expect(verdict(idModel, send(2, true))).toEqual(no);
    expect(verdict(idModel, reused)).toEqual(no);
    expect(verdict(idModel, send(2, false), send(3, false))).toEqual(no);
  });

  it("count", () => {
    const raise = (value: number): Performed => done("raise-counter", { counter: "c" }, value);
    expect(verdict(counterModel, raise(1), raise(2), done("read-counter", { counter: "c" }, 2))).toEqual(yes);
    expect(verdict(counterModel, raise(1), raise(1))).toEqual(no);
    expect(verdict(counterModel, raise(1), done("read-counter", { counter: "c" }, 0))).toEqual(no);
  });
});

describe("the order of time", () => {
  it("is that of the log where operations did not overlap", () => {
    const at = (place: number, called: number, returned: number): Parameters<typeof orderProblems>[0][number] => ({ what: `${place}`, place, called, returned });
    expect(orderProblems([at(1, 0, 10), at(2, 5, 15), at(2.5, 12, 20), at(3, 1, Infinity)])).toEqual([]);
    expect(orderProblems([at(2, 0, 10), at(1, 5, 15)])).toEqual([]);
    expect(orderProblems([at(2, 0, 10), at(1, 11, 15)])).toHaveLength(1);
    // A head that does not see what was acknowledged before, and one that sees what had not begun.
    expect(orderProblems([at(1, 0, 10), at(0.5, 11, 15)])).toHaveLength(1);
    expect(orderProblems([at(1.5, 0, 10), at(1, 11, 15)])).toHaveLength(1);
  });
});

describe("a trail of events", () => {
  const event = (seq: number, data: object = {}, time = "2026-01-01T00:00:00.000Z"): SeenEvent =>
    ({ seq, time, stream: "s", type: "t.done", v: 1, data: data as Record<string, unknown>, by: "x" });
  const problemsOf = (...events: readonly SeenEvent[]): readonly string[] => {
    const trail = new Trail("test");
    for (const one of events) trail.take(one);
    trail.commitEnd();
    return trail.problems;
  };

  it("is without gaps, doubles and parts", () => {
    const part = (seq: number, op: string, index: number): SeenEvent => event(seq, { op, index, of: 2 });
    expect(problemsOf(event(1), part(2, "a", 0), part(3, "a", 1), event(4))).toEqual([]);
    expect(problemsOf(event(1), event(3))).toHaveLength(1);
    expect(problemsOf(event(1), event(1))).toHaveLength(1);
    expect(problemsOf(event(1), event(2, {}, "2025-12-31T23:59:59.999Z"))).toHaveLength(1);
    expect(problemsOf(part(1, "a", 0))).toHaveLength(1);
    expect(problemsOf(part(1, "a", 0), part(2, "b", 0), part(3, "b", 1))).not.toEqual([]);
    expect(problemsOf(part(1, "a", 1))).toHaveLength(1);
    expect(problemsOf({ ...event(1, { note: "a#1" }), type: "run.noted" })).toHaveLength(1);
  });
});

describe("a history against the log", () => {
  const log: LogAtRest = {
    lastSeq: 3,
    digest: "",
    landings: new Map([["a#1", { first: 1, last: 2 }], ["a#2", { first: 3, last: 3 }]]),
    allocations: new Map([["train/1", 3]]),
    commitEnds: new Map([[2, "aa"], [3, "bb"]]),
    recoveries: 0,
    problems: [],
  };
  const problems = (...history: readonly Performed[]): string[] => holdAgainstLog(inTurn(...history), log);

  it("misses nothing that was acknowledged", () => {
    const transfer = done("transfer", { amounts: [1, -1] }, { first: 1, last: 2 });
    expect(problems(transfer, done("allocate", { scope }, 1, "a#2"), done("head", {}, { seq: 3, token: "bb" }, "a#3"))).toEqual([]);
    expect(problems({ ...transfer, op: "a#9" })).toHaveLength(1);
    expect(problems(done("transfer", { amounts: [1, -1] }, { first: 2, last: 3 }))).toHaveLength(1);
    expect(problems(done("allocate", { scope }, 2, "a#2"))).toHaveLength(1);
    expect(problems(done("append-expecting", { stream: "s", expect: 0 }, { conflict: 1 }))).toHaveLength(1);
    expect(problems(done("read-balance", {}, 5))).toHaveLength(1);
  });

  it("knows where commits end, and what a head must have seen", () => {
    expect(problems(done("head", {}, { seq: 1, token: "aa" }, "a#3"))).toHaveLength(1);
    expect(problems(done("head", {}, { seq: 2, token: "bb" }, "a#3"))).toHaveLength(1);
    expect(problems(done("allocate", { scope }, 1, "a#2"), done("head", {}, { seq: 2, token: "aa" }, "a#3"))).toHaveLength(1);
  });
});

describe("a history file", () => {
  it("is read up to where its writer was killed", () => {
    const folder = mkdtempSync(join(tmpdir(), "daybook-history-"));
    try {
      const file = join(folder, "a.ndjson");
      const begin = (op: string, called: number): string => `${JSON.stringify({ op, kind: "head", input: {}, called })}\n`;
      const answered = `${begin("a#1", 1)}{"op":"a#1","output":{"seq":0,"token":""},"returned":2}\n`;
      const failed = `${begin("a#2", 3)}{"op":"a#2","error":"LOG_CORRUPT: x","returned":4}\n`;
      writeFileSync(file, `${answered}${failed}${begin("a#3", 5)}{"op":"a#3","out`);
      const { performed, refused } = readHistory(file, "a");
      const seen = performed.map(({ op, returned, output }) => [op, returned, output]);
      expect(seen).toEqual([["a#1", 2, { seq: 0, token: "" }], ["a#2", Infinity, undefined], ["a#3", Infinity, undefined]]);
      expect(refused).toEqual([{ op: "a#2", kind: "head", error: "LOG_CORRUPT: x" }]);
      expect(readHistory(join(folder, "never-begun"), "b").performed).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
