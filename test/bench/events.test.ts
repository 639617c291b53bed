import { describe, expect, it } from "vitest";
import { eventAt, eventsBetween, runsAmong, standardWorkload } from "../../bench/events.js";

describe("events of the benchmarks", () => {
  const events = eventsBetween(0, 8000, standardWorkload);

  it("are the same each time, and about 240 bytes as a line", () => {
    expect(eventAt(4711, standardWorkload)).toEqual(events[4711]);
    const bytes = events.map((event, index) => Buffer.byteLength(JSON.stringify({ seq: 100_000 + index, time: "2026-11-21T23:04:05.123Z", ...event, v: 1, by: "bench" })) + 1);
    const mean = bytes.reduce((sum, length) => sum + length, 0) / bytes.length;
    expect(mean).toBeGreaterThan(225);
    expect(mean).toBeLessThan(255);
  });

  it("have the mix that is told", () => {
    const shares = new Map<string, number>();
    for (const { type } of events) shares.set(type, (shares.get(type) ?? 0) + 1);
    expect(Object.fromEntries(shares)).toEqual({ "run.allocated": 80, "run.status-changed": 160, "run.metrics-recorded": 3360, "sample.measured": 2800, "epoch.ended": 1600 });
  });

  it("begin and end each run once", () => {
    expect(runsAmong(8000, standardWorkload)).toBe(80);
    expect(runsAmong(10_000, standardWorkload)).toBe(104);
    expect(new Set(events.filter(({ type }) => type === "run.allocated").map(({ stream }) => stream)).size).toBe(80);
    expect(events.filter(({ data }) => data["status"] === "DONE")).toHaveLength(80);
  });
});
