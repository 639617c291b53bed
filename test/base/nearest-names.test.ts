import { expect, it } from "vitest";
import { editDistance, nearestNames } from "../../src/base/nearest-names.js";

it.each([["", "", 0], ["a", "", 1], ["abc", "abc", 0], ["abc", "abd", 1], ["abc", "acb", 1], ["kitten", "sitting", 3], ["accuracy", "acuracy", 1]])("from %j to %j it is %i letters", (a, b, distance) => {
  expect([editDistance(a, b), editDistance(b, a)]).toEqual([distance, distance]);
});

it("the nearest come first, what is another word not at all", () => {
  expect(nearestNames("metric", ["metrics", "params", "metro", "matrix", "METRIC"])).toEqual(["METRIC", "metrics", "matrix", "metro"].slice(0, 3));
  expect(nearestNames("lr", ["name", "files"])).toEqual([]);
});
