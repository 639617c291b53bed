import { describe, expect, it } from "vitest";
import { headAt } from "../../src/log/head-at.js";
import { BoundedLog } from "../../src/log/bounded-log.js";
import type { LogBackend } from "../../src/log/port.js";
import { commitEnds } from "../support/commit-ends.js";
import { durably, note, openRawLog } from "../support/raw-log.js";
import { activeSegment } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { readFileSync } from "node:fs";

/** The same log without a `headAt` of its own. */
const without = (log: LogBackend): LogBackend => ({
  ...log,
  head: () => log.head(),
  reader: (after) => log.reader(after),
  confirm: (reader) => log.confirm(reader),
  headAt: undefined as never,
});

describe("an earlier head", () => {
  it("is found in any segment, with the hash of the commit that ended there", async () => {
    const root = temporaryFolder();
    const log = await openRawLog(root, { segmentBytes: 4096 });
    const heads = [await log.head()];
    for (let number = 0; number < 60; number += 1) {
      await log.append([note(number, "x".repeat(100)), note(number)], durably);
      heads.push(await log.head());
    }
    for (const head of heads) expect(await log.headAt(head.seq)).toEqual(head);
    const last = commitEnds(readFileSync(activeSegment(root))).at(-1);
    expect((await log.headAt(119)).token).toBe(`${(await log.headAt(120)).token}-1`);
    expect(last?.seq).toBe(120);
    const inside = new BoundedLog(log, await log.headAt(51));
    expect([await inside.headAt(50), await inside.headAt(51), await inside.headAt(99)]).toEqual([heads[25], inside.bound, inside.bound]);
    await log.close();
  });

  it("of a backend that does not tell it has the right seq and time", async () => {
    const log = await openRawLog(temporaryFolder(), { segmentBytes: 4096 });
    for (let number = 0; number < 20; number += 1) await log.append([note(number, "x".repeat(300)), note(number)], durably);
    for (let seq = 0; seq <= 40; seq += 1) {
      const { token, ...head } = await headAt(without(log), seq);
      const { token: known, ...own } = await log.headAt(seq);
      expect(head).toEqual(own);
      expect([typeof token, typeof known]).toEqual(["string", "string"]);
    }
    await expect(headAt(without(log), 41)).rejects.toMatchObject({ code: "LOG_FORKED" });
    await log.close();
  });
});
