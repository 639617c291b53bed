import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { startProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";

it("a process outlives its worker threads, whatever native code they load at once", { timeout: 120_000 }, async () => {
  const root = temporaryFolder();
  const [rounds, threads] = [8, 4];
  const temporary = temporaryFolder();
  const program = startProgram("allocate-in-threads", [root, rounds, threads], { env: { TMPDIR: temporary } });
  expect(await program.ended).toEqual({ code: 0, signal: null, errors: "" });
  expect(program.lines).toEqual(Array.from({ length: rounds }, () => "0 0 0 0 0"));
  const book = await openDaybook(root, { readOnly: true });
  expect(await book.runs.list()).toHaveLength(rounds * (2 * threads + 1));
  await book.close();
  // What the threads made to load is gone.
  expect(readdirSync(temporary)).toEqual([]);
});
