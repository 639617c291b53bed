import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coloursOf } from "../../tools/cli/colours.js";
import { timeChart } from "../../tools/cli/operations/time-chart.js";
import type { Bar } from "../../tools/cli/operations/time-chart.js";
import { columnsOf } from "../../tools/cli/text.js";

const outcomes = ["open", "ended", "replaced", "failed", "cancelled", "crashed"] as const;
const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "日", "é", "\u001b"), maxLength: 60 });
const bar: fc.Arbitrary<Bar> = fc.record({ what: text, who: text, fromMs: fc.integer({ min: 0, max: 5000 }), toMs: fc.integer({ min: 0, max: 5000 }), outcome: fc.constantFrom(...outcomes) });

describe("a time chart", () => {
  it("is as wide as it may be, however narrow, whatever is in it", () => {
    fc.assert(fc.property(fc.array(bar, { minLength: 1, maxLength: 6 }), fc.integer({ min: 36, max: 200 }), (bars, columns) => {
      const lines = timeChart(bars, { fromMs: 0, toMs: 5000, columns, colours: coloursOf() });
      expect(lines).toHaveLength(bars.length + 1);
      for (const line of lines) expect(columnsOf(line.replace(/\u001b\[\d+m/g, "")), line).toBeLessThanOrEqual(columns);
      for (const line of lines.slice(1)) expect(line).toMatch(/[█✗▒▸]/);
    }));
  });

  it("says in words how something ended where there is room", () => {
    const bars: Bar[] = outcomes.map((outcome, index) => ({ what: "compile everything", who: "builder-1", fromMs: index, toMs: 10, outcome }));
    const chart = (columns: number): string => timeChart(bars, { fromMs: 0, toMs: 10, columns, colours: coloursOf() }).join("\n");
    for (const outcome of outcomes) expect(chart(80)).toMatch(new RegExp(` ${outcome}$`, "m"));
    expect(chart(38)).not.toContain("cancelled");
    expect(chart(38)).toContain("compile…");
  });
});
