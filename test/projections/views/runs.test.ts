import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NewCatalogueEvent } from "../../../src/events/catalogue.js";
import { Status } from "../../../src/events/status.js";
import type { RunRow } from "../../../src/projections/views/run-row.js";
import { runsProjection } from "../../../src/projections/views/runs.js";
import { foldRows, recorded, throughJson } from "./fold-rows.js";
import { allocated, runEvents, statusChanged } from "./run-events.js";

const stream = "run/train/mnist/cnn/0001";
const fold = (events: readonly NewCatalogueEvent[]): Map<string, RunRow> => foldRows(runsProjection, recorded(events));
const row = (...events: NewCatalogueEvent[]): RunRow => fold([allocated(stream), ...events]).get(stream) as RunRow;
const started = (attempt: number): NewCatalogueEvent => ({
  stream,
  type: "run.attempt-started",
  data: { attempt, host: "node7", boot: "b", pidNamespace: "n", pid: 4711, processStart: "99", beatWithinMs: 60_000 },
});

describe("the run view, event by event", () => {
  it("begins a run PENDING, with nothing attached, under the name of its stream", () => {
    expect(row()).toEqual({
      identifier: "train",
      relpath: "mnist/cnn",
      uid: "0001",
      status: Status.PENDING,
      files: {},
      metrics: {},
      tags: [],
      attempts: [],
      history: [{ status: Status.PENDING, time: "2026-11-21T12:00:00.000Z", by: "tester" }],
      changedSeq: 1,
      changed: "2026-11-21T12:00:00.000Z",
    });
  });

  it("keeps hash, params and another first status of an allocation", () => {
    const params = { lr: 0.1, layers: [1, 2] };
    const rows = fold([{ stream, type: "run.allocated", data: { uid: "0001", paramHash: "h", params, status: Status.RUNNING } }]);
    expect(rows.get(stream)).toMatchObject({ paramHash: "h", params, status: Status.RUNNING, history: [{ status: Status.RUNNING }] });
  });

  it("keeps how the files of a run lie, through all that comes after", () => {
    const rows = fold([
      { stream, type: "run.allocated", data: { uid: "0001", storage: "prefix" } },
      statusChanged(stream, Status.DONE),
      { stream, type: "run.noted", data: { note: "n" } },
    ]);
    expect(rows.get(stream)).toMatchObject({ storage: "prefix", status: Status.DONE, note: "n" });
    expect(row()).not.toHaveProperty("storage");
  });

  it("keeps every status in the history, repeated ones too", () => {
    const sequence = [Status.DONE, Status.DONE, Status.PENDING, Status.ERROR];
    const folded = row(...sequence.map((status) => statusChanged(stream, status)));
    expect(folded.status).toBe(Status.ERROR);
    expect(folded.history.map(({ status }) => status)).toEqual([Status.PENDING, ...sequence]);
    expect(folded.history.map(({ time }) => time.slice(17, 19))).toEqual(["00", "01", "02", "03", "04"]);
  });

  it("merges files and metrics by name, the last value counting", () => {
    const folded = row(
      { stream, type: "run.files-attached", data: { files: { model: "a.pt", notes: "n.yaml" } } },
      { stream, type: "run.files-attached", data: { files: { model: "b.pt" } } },
      { stream, type: "run.metrics-recorded", data: { metrics: { loss: 1, accuracy: null }, step: 1 } },
      { stream, type: "run.metrics-recorded", data: { metrics: { loss: 0.5 }, step: 2 } },
    );
    expect(folded).toMatchObject({ files: { model: "b.pt", notes: "n.yaml" }, metrics: { loss: 0.5, accuracy: null }, changedSeq: 5 });
  });

  it("takes __proto__ for a name like any other", () => {
    const files = JSON.parse('{"__proto__":"p.pt"}') as Record<string, string>;
    const folded = row(
      { stream, type: "run.files-attached", data: { files } },
      { stream, type: "run.files-attached", data: { files: { model: "m.pt" } } },
    );
    expect(Object.entries(folded.files)).toEqual([["__proto__", "p.pt"], ["model", "m.pt"]]);
    expect(Object.getPrototypeOf(folded.files)).toBe(Object.prototype);
  });

  it("adds tags, each once, and replaces note and error", () => {
    const folded = row(
      { stream, type: "run.tagged", data: { tags: ["slow", "best"] } },
      { stream, type: "run.tagged", data: { tags: ["best", "new"] } },
      { stream, type: "run.noted", data: { note: "one" } },
      { stream, type: "run.noted", data: { note: "" } },
      { stream, type: "run.error-recorded", data: { message: "one", code: "E1" } },
      { stream, type: "run.error-recorded", data: { message: "two" } },
    );
    expect(folded).toMatchObject({ tags: ["slow", "best", "new"], note: "", error: { message: "two" } });
    expect(folded.error).not.toHaveProperty("code");
  });

  it("follows an attempt from its start over its beats to its end", () => {
    const beat: NewCatalogueEvent = { stream, type: "run.heartbeat-recorded", data: { attempt: 1, beatWithinMs: 5000 } };
    const end: NewCatalogueEvent = { stream, type: "run.attempt-ended", data: { attempt: 1, exitCode: 3 } };
    const folded = row(started(1), beat, end, started(2));
    expect(folded.attempts).toMatchObject([
      {
        attempt: 1,
        by: "tester",
        started: "2026-11-21T12:00:01.000Z",
        lastBeat: "2026-11-21T12:00:02.000Z",
        beatWithinMs: 5000,
        ended: "2026-11-21T12:00:03.000Z",
        exitCode: 3,
      },
      { attempt: 2, started: "2026-11-21T12:00:04.000Z", lastBeat: "2026-11-21T12:00:04.000Z", beatWithinMs: 60_000 },
    ]);
    expect(folded.attempts[0]).not.toHaveProperty("signal");
    expect(folded.attempts[1]).not.toHaveProperty("ended");
  });

  it("does not count a beat as a change", () => {
    expect(row(started(1), { stream, type: "run.heartbeat-recorded", data: { attempt: 1, beatWithinMs: 5000 } }).changedSeq).toBe(2);
  });

  it("dates by the writer's own reading where the log has one", () => {
    const [first, second] = recorded([allocated(stream), statusChanged(stream, Status.DONE)]);
    const late = { ...second!, at: "2026-11-21T09:00:00.000Z" };
    const folded = foldRows(runsProjection, [first!, late]).get(stream);
    expect(folded).toMatchObject({ history: [{}, { time: late.at }], changed: late.time });
  });
});

describe("the run view, whatever comes", () => {
  it("passes over events of a run that was never allocated", () => {
    expect(fold([statusChanged(stream, Status.DONE), started(1)])).toEqual(new Map());
  });

  it("passes over events of streams that are no runs", () => {
    expect(fold([allocated("run/train"), allocated("run/train/abc"), allocated("note/0001"), allocated("run/../0001")])).toEqual(new Map());
  });

  it("leaves a run as it is when it is allocated again", () => {
    const again: NewCatalogueEvent = { stream, type: "run.allocated", data: { uid: "0001", paramHash: "other" } };
    expect(row(statusChanged(stream, Status.DONE), again)).toEqual(row(statusChanged(stream, Status.DONE)));
  });

  it("passes over beats and ends of attempts that never began", () => {
    const stray: NewCatalogueEvent[] = [
      { stream, type: "run.heartbeat-recorded", data: { attempt: 7, beatWithinMs: 1 } },
      { stream, type: "run.attempt-ended", data: { attempt: 7 } },
    ];
    expect(row(started(1), ...stray).attempts).toEqual(row(started(1)).attempts);
  });

  it("folds any events in one go as it folds them in two, with a snapshot between", () => {
    fc.assert(
      fc.property(runEvents, fc.nat(), (events, cut) => {
        const at = events.length === 0 ? 0 : cut % (events.length + 1);
        const before = throughJson(foldRows(runsProjection, events.slice(0, at)));
        const inTwo = foldRows(runsProjection, events.slice(at), before);
        expect([...inTwo]).toEqual([...foldRows(runsProjection, events)]);
      }),
    );
  });

  it("shows a run by its own events alone, however they are mixed with those of other runs", () => {
    fc.assert(
      fc.property(runEvents, (events) => {
        // Sorting is stable: the events of one run keep their order.
        const grouped = [...events].sort((a, b) => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0));
        expect(foldRows(runsProjection, grouped)).toEqual(foldRows(runsProjection, events));
      }),
    );
  });

  it("makes rows that JSON carries unchanged", () => {
    fc.assert(
      fc.property(runEvents, (events) => {
        const rows = foldRows(runsProjection, events);
        expect(throughJson(rows)).toStrictEqual(rows);
      }),
    );
  });
});
