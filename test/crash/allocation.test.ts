import { expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { runProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";

it("gives 4 processes that allocate 1,000 uids each, durably, 4,000 distinct ones without a gap", async () => {
  const root = temporaryFolder();
  const printed = await Promise.all(Array.from({ length: 4 }, () => runProgram("allocate", [root, "train", 1000, 65_536])));
  const uids = printed.flat().map(Number);
  expect(uids).toHaveLength(4000);
  expect(new Set(uids)).toEqual(new Set(Array.from({ length: 4000 }, (_, index) => index + 1)));

  const book = await openDaybook(root, { readOnly: true });
  const verification = await book.verify({ full: true });
  expect(verification).toMatchObject({ ok: true, events: 4000, faults: [] });
  expect(verification.segments).toBeGreaterThan(5);
  expect(await book.runs.list()).toHaveLength(4000);
  await book.close();
});

it("lets two processes make the same root at once", async () => {
  for (let round = 0; round < 10; round += 1) {
    const root = temporaryFolder();
    const printed = await Promise.all([runProgram("allocate", [root, "a", 5]), runProgram("allocate", [root, "a", 5])]);
    expect(printed.flat().sort()).toEqual(Array.from({ length: 10 }, (_, index) => String(index + 1).padStart(4, "0")));
    const book = await openDaybook(root, { readOnly: true });
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: 10 });
    await book.close();
  }
});
