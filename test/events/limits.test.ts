import { expect, it } from "vitest";
import { maxCommitBytes, maxEventBytes, maxHeaderBytes, maxLineBytes } from "../../src/events/limits.js";

it("the limits are those of the disk format", () => {
  expect([maxEventBytes, maxLineBytes, maxCommitBytes, maxHeaderBytes]).toEqual([1_048_576, 16_777_216, 67_108_864, 65_536]);
});
