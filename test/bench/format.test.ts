import { expect, it } from "vitest";
import { duration, figure, spread, times } from "../../bench/format.js";

it("writes numbers as people read them", () => {
  expect([0, 0.012345, 1.5, 999.4, 999.96, 1234.5, 99_999, 123_456, 2_345_678].map(figure)).toEqual(["0", "0.0123", "1.5", "999", "1,000", "1,235", "99,999", "123 k", "2,346 k"]);
  expect(spread({ median: 2, min: 1, max: 3 })).toBe("2 (1..3)");
  expect(spread({ median: 2, min: 2, max: 2 })).toBe("2");
  expect([1.1, 1.5, 1].map(times)).toEqual(["1.1 x (no finding)", "1.5 x", "1 x"]);
  expect([4.6, 61, 3600].map(duration)).toEqual(["5 s", "1 min 1 s", "60 min 0 s"]);
});
