import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commitEnds } from "../support/commit-ends.js";
import { missedFlips } from "../support/flip-bits.js";
import { activeSegment, writeSmallLog } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

it("finds one flipped bit anywhere before the last commits, names the place, and refuses to write", { timeout: 300_000 }, async () => {
  const root = temporaryFolder();
  await writeSmallLog(root, 14);
  const segment = activeSegment(root);
  const whole = readFileSync(segment);
  const until = commitEnds(whole).at(-6)?.offset as number;
  expect(await missedFlips(root, segment, until, 1)).toEqual([]);
  expect(readFileSync(segment)).toEqual(whole);
  expect(existsSync(join(root, "quarantine"))).toBe(false);
});
