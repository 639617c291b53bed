import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { commitEnds } from "../support/commit-ends.js";
import { activeSegment, copyOf, readAll, writeSmallLog } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

describe("a log whose active segment ends anywhere in its last 5 commits", () => {
  it("serves the whole commits, appends, and keeps the cut bytes in quarantine", { timeout: 300_000 }, async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 9);
    const whole = readFileSync(activeSegment(root));
    const events = await readAll(root);
    const ends = commitEnds(whole);
    const from = ends.at(-6)?.offset as number;
    const copy = copyOf(root);
    for (let length = from; length < whole.length; length += 1) {
      writeFileSync(activeSegment(copy), whole.subarray(0, length));
      rmSync(join(copy, "quarantine"), { recursive: true, force: true });
      rmSync(join(copy, "snapshots"), { recursive: true, force: true });
      const kept = ends.findLast((end) => end.offset <= length) as { offset: number; seq: number };
      const torn = whole.subarray(kept.offset, length);

      const book = await openDaybook(copy);
      expect((await book.log.head()).seq).toBe(kept.seq);
      const appended = await book.log.append({ stream: "after", type: "note.taken", data: {} });
      await book.close();

      expect(appended.firstSeq).toBe(kept.seq + (torn.length > 0 ? 2 : 1));
      const after = await readAll(copy);
      expect(after.slice(0, kept.seq)).toEqual(events.slice(0, kept.seq));
      if (torn.length === 0) {
        expect(existsSync(join(copy, "quarantine"))).toBe(false);
        continue;
      }
      const [name = ""] = readdirSync(join(copy, "quarantine"));
      expect(readFileSync(join(copy, "quarantine", name))).toEqual(torn);
      expect(after[kept.seq]).toMatchObject({
        type: "log.recovered",
        data: { offset: kept.offset, bytes: torn.length, sha256: createHash("sha256").update(torn).digest("hex"), file: `quarantine/${name}` },
      });
    }
  });

  it("is served read-only without being touched", async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 4);
    const segment = activeSegment(root);
    const ends = commitEnds(readFileSync(segment));
    truncateSync(segment, (ends.at(-1)?.offset as number) - 3);
    const before = readFileSync(segment);
    expect(await readAll(root, { readOnly: true })).toHaveLength(ends.at(-2)?.seq as number);
    expect(readFileSync(segment)).toEqual(before);
    expect(existsSync(join(root, "quarantine"))).toBe(false);
  });

  it("is healed by each of two writers in turn, the second tail on top of the first recovery", async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 4);
    for (let round = 0; round < 2; round += 1) {
      const segment = activeSegment(root);
      truncateSync(segment, readFileSync(segment).length - 5);
      const book = await openDaybook(root);
      await book.log.append({ stream: "after", type: "note.taken", data: { round } });
      await book.close();
    }
    expect(readdirSync(join(root, "quarantine"))).toHaveLength(2);
    const recovered = (await readAll(root)).filter((event) => event.type === "log.recovered");
    // The second cut took the first recovery's own commit with it, and so its news; that commit was never acknowledged whole.
    expect(recovered.length).toBeGreaterThanOrEqual(1);
  });

  it("does not let a clock pass that has jumped", async () => {
    const root = temporaryFolder();
    let now = Date.parse("2026-01-01T00:00:00Z");
    const options = { clock: () => now };
    const book = await openDaybook(root, options);
    await book.log.append({ stream: "before", type: "note.taken", data: {} });
    await book.close();
    appendFileSync(activeSegment(root), '{"seq":2,');
    now += 48 * 3_600_000;
    const again = await openDaybook(root, options);
    await expect(again.log.append({ stream: "after", type: "note.taken", data: {} })).rejects.toMatchObject({ code: "CLOCK_JUMP" });
    now -= 47 * 3_600_000;
    expect(await again.log.append({ stream: "after", type: "note.taken", data: {} })).toMatchObject({ firstSeq: 3 });
    await again.close();
    expect((await readAll(root)).map(({ type }) => type)).toEqual(["note.taken", "log.recovered", "note.taken"]);
  });

  it("takes zero bytes at the end for padding and writes over them", async () => {
    const root = temporaryFolder();
    await writeSmallLog(root, 3);
    const segment = activeSegment(root);
    const whole = readFileSync(segment);
    writeFileSync(segment, Buffer.concat([whole, Buffer.alloc(5000)]));
    expect(await readAll(root, { readOnly: true })).toHaveLength(6);
    const book = await openDaybook(root);
    expect((await book.log.append({ stream: "after", type: "note.taken", data: {} })).firstSeq).toBe(7);
    expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: 7 });
    await book.close();
    expect(existsSync(join(root, "quarantine"))).toBe(false);
  });
});
