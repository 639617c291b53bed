import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NewCatalogueEvent } from "../../../src/events/catalogue.js";
import { Status } from "../../../src/events/status.js";
import {
  decideAllocation,
  decideBeat,
  decideEnd,
  decideFindOrAllocate,
  decideReport,
  decideStart,
  decideTryStart,
  findRun,
  holdsRun,
  requireRun,
} from "../../../src/ledgers/runs/decide-runs.js";
import type { Allocation } from "../../../src/ledgers/runs/run-commands.js";
import { resolveReport } from "../../../src/ledgers/runs/run-input.js";
import type { RunReport } from "../../../src/ledgers/runs/run-input.js";
import { allocated, statusChanged } from "../../projections/views/run-events.js";
import { attemptStarted, given, holder, observer, runOf } from "./given.js";

const first = "run/train/0001";
const wanted = (more: Partial<Allocation> = {}): Allocation => ({
  identifier: "train",
  relpath: "",
  paramHash: undefined,
  otherHashes: [],
  params: undefined,
  status: Status.PENDING,
  storage: "subfolder",
  tags: [],
  note: undefined,
  ...more,
});
const hashed = (stream: string, paramHash: string): NewCatalogueEvent => ({
  stream,
  type: "run.allocated",
  data: { uid: stream.slice(-4), paramHash },
});
const ended = (stream: string, attempt: number): NewCatalogueEvent => ({ stream, type: "run.attempt-ended", data: { attempt } });

describe("an allocation", () => {
  it("gives 0001 to the first run and says no more than it was told", () => {
    expect(decideAllocation(given(), wanted())).toEqual({
      uid: "0001",
      events: [{ stream: first, type: "run.allocated", data: { uid: "0001" } }],
    });
  });

  it("keeps hash, params and a first status other than PENDING", () => {
    const { events } = decideAllocation(
      given(),
      wanted({ relpath: "mnist/cnn", paramHash: "h", params: { lr: 0.1 }, status: Status.RUNNING }),
    );
    expect(events).toEqual([
      {
        stream: "run/train/mnist/cnn/0001",
        type: "run.allocated",
        data: { uid: "0001", paramHash: "h", params: { lr: 0.1 }, status: Status.RUNNING },
      },
    ]);
  });

  it("keeps that the files lie under a prefix, and says nothing of a sub-folder", () => {
    const dataOf = (more: Partial<Allocation>): unknown => decideAllocation(given(), wanted(more)).events[0]?.data;
    expect(dataOf({ storage: "prefix" })).toEqual({ uid: "0001", storage: "prefix" });
    expect(dataOf({ storage: "subfolder" })).toEqual({ uid: "0001" });
  });

  it("says note and tags of the run in the same append", () => {
    expect(decideAllocation(given(), wanted({ note: "n", tags: ["a", "b"] })).events).toEqual([
      { stream: first, type: "run.allocated", data: { uid: "0001" } },
      { stream: first, type: "run.noted", data: { note: "n" } },
      { stream: first, type: "run.tagged", data: { tags: ["a", "b"] } },
    ]);
  });

  it("fills no gaps", () => {
    expect(decideAllocation(given(allocated(first), allocated("run/train/0003")), wanted()).uid).toBe("0004");
  });

  it("gives every scope the uids from 1 on, each once, in whatever order they ask", () => {
    const scope = fc.record({ identifier: fc.constantFrom("a", "b"), relpath: fc.constantFrom("", "a", "a/b") });
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 20 }), (scopes) => {
        const events: NewCatalogueEvent[] = [];
        const uids = new Map<string, number[]>();
        for (const where of scopes) {
          const decided = decideAllocation(given(...events), wanted(where));
          events.push(...decided.events);
          const key = JSON.stringify(where);
          uids.set(key, [...(uids.get(key) ?? []), Number(decided.uid)]);
        }
        for (const given of uids.values()) expect(given).toEqual(given.map((_, index) => index + 1));
      }),
    );
  });
});

describe("find or allocate", () => {
  it("finds the lowest run with the hash, whatever its status, and appends nothing", () => {
    const states = given(
      hashed(first, "other"),
      hashed("run/train/0002", "h"),
      statusChanged("run/train/0002", Status.ERROR),
      hashed("run/train/0003", "h"),
    );
    expect(decideFindOrAllocate(states, wanted({ paramHash: "h" }))).toEqual({ uid: "0002", events: [], created: false });
  });

  it("looks at its own identifier and relpath only", () => {
    const states = given(hashed("run/train/x/0001", "h"), hashed("run/eval/0001", "h"));
    expect(decideFindOrAllocate(states, wanted({ paramHash: "h" }))).toMatchObject({ uid: "0001", created: true });
  });

  it("finds a run that is known under another hash of the same parameters, the lowest uid of all", () => {
    const states = given(hashed(first, "foreign"), hashed("run/train/0002", "h"), hashed("run/train/0003", "other"));
    const find = (paramHash: string, otherHashes: readonly string[]): string => decideFindOrAllocate(states, wanted({ paramHash, otherHashes })).uid;
    expect(find("h", ["foreign"])).toBe("0001");
    expect(find("new", ["h"])).toBe("0002");
    expect(find("h", ["other"])).toBe("0002");
    expect(find("new", ["newer"])).toBe("0004");
  });

  it("looks for no other hash where there is none of its own", () => {
    expect(decideFindOrAllocate(given(hashed(first, "h")), wanted({ otherHashes: ["h"] }))).toMatchObject({ uid: "0002", created: true });
  });

  it("says nothing of a run that was found", () => {
    const found = decideFindOrAllocate(given(hashed(first, "h")), wanted({ paramHash: "h", note: "n", tags: ["a"], storage: "prefix" }));
    expect(found).toEqual({ uid: "0001", events: [], created: false });
  });

  it("always makes a new run where there is no hash", () => {
    expect(decideFindOrAllocate(given(allocated(first)), wanted())).toMatchObject({ uid: "0002", created: true });
  });
});

describe("which run is meant", () => {
  const everywhere = given(allocated("run/train/b/0001"), allocated("run/train/a/0001"), allocated("run/train/a/0002"));

  it("with a relpath: that one or none", () => {
    expect(findRun(everywhere, { identifier: "train", uid: "0001", relpath: "a" })?.relpath).toBe("a");
    expect(findRun(everywhere, { identifier: "train", uid: "0001", relpath: "" })).toBeUndefined();
  });

  it("without one: the only one of that uid", () => {
    expect(findRun(everywhere, { identifier: "train", uid: "0002", relpath: undefined })?.relpath).toBe("a");
  });

  it("without one: the root's, where the root has one", () => {
    const states = given(allocated("run/train/a/0001"), allocated(first), allocated("run/train/b/0001"));
    expect(findRun(states, { identifier: "train", uid: "0001", relpath: undefined })?.relpath).toBe("");
  });

  it("without one, and several: refused, with their relpaths", () => {
    const ask = (): unknown => findRun(everywhere, { identifier: "train", uid: "0001", relpath: undefined });
    expect(ask).toThrow(expect.objectContaining({ code: "AMBIGUOUS_RUN", run: "train/0001", relpaths: ["b", "a"] }) as Error);
  });

  it("where there must be one: refused when there is none", () => {
    const ask = (): unknown => requireRun(everywhere, { identifier: "train", uid: "0009", relpath: "a" });
    expect(ask).toThrow(expect.objectContaining({ code: "RUN_NOT_FOUND", run: "train/a/0009" }) as Error);
  });
});

describe("a report", () => {
  const row = runOf(given(allocated(first)), first);
  const decide = (report: RunReport): NewCatalogueEvent[] => decideReport(row, resolveReport(report));

  it.each<RunReport>([
    {},
    { files: {} },
    { metrics: {} },
    { tags: [] },
    { relpath: "a", step: 3 },
    { files: JSON.parse("{}") as Record<string, string> },
  ])("with nothing to say says nothing: %j", (report) => {
    expect(decide(report)).toEqual([]);
  });

  it("becomes an event for each thing said, the status last", () => {
    const report = {
      status: Status.DONE,
      files: { m: "m.pt" },
      metrics: { loss: 1 },
      step: 2,
      error: new TypeError("odd"),
      note: "",
      tags: ["a", "a", "b"],
    };
    expect(decide(report)).toEqual([
      { stream: first, type: "run.files-attached", data: { files: { m: "m.pt" } } },
      { stream: first, type: "run.metrics-recorded", data: { metrics: { loss: 1 }, step: 2 } },
      { stream: first, type: "run.noted", data: { note: "" } },
      { stream: first, type: "run.tagged", data: { tags: ["a", "b"] } },
      {
        stream: first,
        type: "run.error-recorded",
        data: { message: "odd", name: "TypeError", stack: expect.stringContaining("odd") as string },
      },
      { stream: first, type: "run.status-changed", data: { status: Status.DONE } },
    ]);
  });

  it("says a status that the run has already", () => {
    expect(decide({ status: Status.PENDING })).toHaveLength(1);
  });

  describe("in the name of an attempt", () => {
    const asAttempt = (attempt: number, ...before: readonly NewCatalogueEvent[]): NewCatalogueEvent[] =>
      decideReport(runOf(given(allocated(first), ...before), first), resolveReport({ status: Status.DONE, attempt }));

    it.each([
      ["is taken while that is at work", [attemptStarted(first, 1)], 1],
      ["is taken when that has ended, and nobody has taken the run up since", [attemptStarted(first, 1), ended(first, 1)], 1],
      ["is taken of a later one", [attemptStarted(first, 1), attemptStarted(first, 2)], 2],
    ])("%s", (_, before, attempt) => {
      expect(asAttempt(attempt, ...before)).toEqual([statusChanged(first, Status.DONE)]);
    });

    it.each([
      ["that was followed by another one", [attemptStarted(first, 1), attemptStarted(first, 2)], 1],
      ["that was followed by another one, which has ended", [attemptStarted(first, 1), attemptStarted(first, 2), ended(first, 2)], 1],
      ["that has not begun", [attemptStarted(first, 1)], 2],
      ["of a run that nobody has taken up", [], 1],
    ])("%s, is refused", (_, before, attempt) => {
      expect(() => asAttempt(attempt, ...before)).toThrow(expect.objectContaining({ code: "LEASE_LOST", run: "train/0001", attempt }) as Error);
    });

    it("says nothing when there is nothing to say, also of one that is over", () => {
      expect(decide({ attempt: 7 })).toEqual([]);
    });
  });
});

describe("trying to take a run up", () => {
  const promise = { beatWithinMs: 60_000 };
  const statusOf = (status: Status): NewCatalogueEvent => statusChanged(first, status);
  const attemptOf = (events: readonly NewCatalogueEvent[], sight: "running" | "gone", again = false): number | string => {
    const decided = decideTryStart(runOf(given(allocated(first), ...events), first), holder, promise, observer(2000, sight), again);
    return "attempt" in decided ? decided.attempt : decided.because;
  };
  const held = [attemptStarted(first, 1), statusOf(Status.RUNNING)];
  const failed = [...held, ended(first, 1), statusOf(Status.ERROR)];
  const done = [...held, ended(first, 1), statusOf(Status.DONE)];

  it.each<[what: string, events: readonly NewCatalogueEvent[], sight: "running" | "gone", outcome: number | string]>([
    ["of a new run begins its first attempt", [], "running", 1],
    ["of one that is RUNNING in nobody's hands begins its first attempt", [statusOf(Status.RUNNING)], "running", 1],
    ["of a live one leaves it alone", held, "running", "live"],
    ["of a lost one begins the next attempt", held, "gone", 2],
    ["of a failed one begins the next attempt", failed, "running", 2],
    ["of one that was let go of begins the next attempt", [...held, ended(first, 1)], "running", 2],
    ["of a DONE one leaves it alone", done, "running", "done"],
    ["of one that was called DONE without a lease leaves it alone", [statusOf(Status.DONE)], "running", "done"],
  ])("%s", (_, events, sight, outcome) => {
    expect(attemptOf(events, sight)).toBe(outcome);
  });

  it("again takes up a DONE one too, but no live one", () => {
    expect(attemptOf(done, "running", true)).toBe(2);
    expect(attemptOf(held, "running", true)).toBe("live");
  });

  it("says what taking up says, or nothing", () => {
    const row = runOf(given(allocated(first)), first);
    expect(decideTryStart(row, holder, promise, observer(0), false)).toEqual(decideStart(row, holder, promise, observer(0)));
    expect(decideTryStart(runOf(given(allocated(first), ...done), first), holder, promise, observer(0), false)).toEqual({ events: [], because: "done" });
  });
});

describe("taking a run up", () => {
  const promise = { beatWithinMs: 60_000 };

  it("is attempt 1 of a run that nobody has held, and makes it RUNNING", () => {
    const started = decideStart(runOf(given(allocated(first)), first), holder, { ...promise, command: ["train"], cwd: "/w" }, observer(0));
    expect(started).toEqual({
      attempt: 1,
      events: [
        { stream: first, type: "run.attempt-started", data: { attempt: 1, ...holder, ...promise, command: ["train"], cwd: "/w" } },
        { stream: first, type: "run.status-changed", data: { status: Status.RUNNING } },
      ],
    });
  });

  it("is refused while a live process holds the run, naming it", () => {
    const row = runOf(given(allocated(first), attemptStarted(first, 1), statusChanged(first, Status.RUNNING)), first);
    const start = (): unknown => decideStart(row, holder, promise, observer(2000));
    expect(start).toThrow(
      expect.objectContaining({ code: "RUN_BUSY", run: "train/0001", holder: "pid 4711 on node7 (tester, attempt 1)" }) as Error,
    );
  });

  it.each([
    ["whose process is gone", [attemptStarted(first, 1)], observer(2000, "gone")],
    ["whose process is silent", [attemptStarted(first, 1)], observer(62_000)],
    ["that was let go of", [attemptStarted(first, 1), ended(first, 1)], observer(2000)],
    ["that is DONE", [attemptStarted(first, 1), ended(first, 1), statusChanged(first, Status.DONE)], observer(2000)],
    ["that others called ERROR", [attemptStarted(first, 1), statusChanged(first, Status.ERROR)], observer(2000)],
  ])("is a further attempt of a run %s", (_, events, who) => {
    expect(decideStart(runOf(given(allocated(first), ...events), first), holder, promise, who).attempt).toBe(2);
  });
});

describe("holding a run", () => {
  const held = runOf(given(allocated(first), attemptStarted(first, 1)), first);
  const takenUp = runOf(given(allocated(first), attemptStarted(first, 1), attemptStarted(first, 2)), first);
  const letGo = runOf(given(allocated(first), attemptStarted(first, 1), ended(first, 1)), first);

  it("is the latest attempt's, until that has ended", () => {
    expect([
      holdsRun(held, 1),
      holdsRun(takenUp, 1),
      holdsRun(takenUp, 2),
      holdsRun(letGo, 1),
      holdsRun(undefined, 1),
    ]).toEqual([true, false, true, false, false]);
  });

  it("is kept by beats, which stop with it", () => {
    expect(decideBeat(held, 1, 5000)).toEqual({ stream: first, type: "run.heartbeat-recorded", data: { attempt: 1, beatWithinMs: 5000 } });
    expect(decideBeat(takenUp, 1, 5000)).toBeUndefined();
    expect(decideBeat(letGo, 1, 5000)).toBeUndefined();
    expect(decideBeat(undefined, 1, 5000)).toBeUndefined();
  });

  it("ends with how the attempt ended", () => {
    expect(decideEnd(held, 1, { exitCode: 1 })).toEqual({ stream: first, type: "run.attempt-ended", data: { attempt: 1, exitCode: 1 } });
  });

  it("cannot be ended by an attempt that no longer has it", () => {
    expect(() => decideEnd(takenUp, 1, {})).toThrow(
      expect.objectContaining({ code: "LEASE_LOST", run: "train/0001", attempt: 1 }) as Error,
    );
    expect(() => decideEnd(undefined, 1, {})).toThrow(expect.objectContaining({ code: "LEASE_LOST" }) as Error);
  });
});
