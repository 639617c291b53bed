import { rmSync } from "node:fs";
import { join } from "node:path";
import { firstValueFrom, take, toArray } from "rxjs";
import { describe, expect, it } from "vitest";
import { openDaybook, repairLog } from "../../../src/index.js";
import { events$ } from "../../../src/live.js";
import { openRawLog } from "../../support/raw-log.js";
import { readAll, segmentFiles, writeSmallLog } from "../../support/small-log.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

/** A repaired log that lacks its second segment, or its last but one with an empty active one behind it. Gives the seqs of the gap. */
async function rescued(which: "middle" | "end"): Promise<{ root: string; from: number; to: number; seqs: number[] }> {
  const old = join(temporaryFolder(), "old");
  await writeSmallLog(old, 40, 4096);
  const names = segmentFiles(old);
  const gone = which === "middle" ? names.slice(1, 2) : names.slice(-2);
  for (const name of gone) rmSync(join(old, "log", name));
  const root = join(temporaryFolder(), "new");
  const { lost } = await repairLog(old, root);
  return { root, from: lost[0]?.from ?? 0, to: lost[0]?.to ?? 0, seqs: (await readAll(root, { readOnly: true })).map(({ seq }) => seq) };
}

describe.each(["middle", "end"] as const)("a log with a gap (%s)", (which) => {
  it("is read on from any seq, and from every cursor that a reader of it has had", async () => {
    const { root, from, to, seqs } = await rescued(which);
    for (const after of [from - 2, from - 1, from, to - 1, to, to + 1]) {
      const log = await openRawLog(root);
      const reader = await log.reader(after);
      const cursors = [reader.position];
      const read: number[] = [];
      for (let batch = reader.pull(1); batch !== undefined; batch = reader.pull(1)) {
        read.push(...batch.events.map(({ seq }) => seq));
        cursors.push(batch.end, reader.position);
      }
      cursors.push(reader.position);
      expect(read, `after ${after}`).toEqual(seqs.filter((seq) => seq > after));
      for (const cursor of [...cursors, await log.head(), ...cursors.map(({ seq, token }) => ({ seq, token }))]) {
        const again = await log.reader(cursor);
        const rest: number[] = [];
        for (let batch = again.pull(); batch !== undefined; batch = again.pull()) rest.push(...batch.events.map(({ seq }) => seq));
        expect(rest, JSON.stringify(cursor)).toEqual(seqs.filter((seq) => seq > cursor.seq));
        again.close();
      }
      reader.close();
      await log.close();
    }
  });

  it("is appended to, sealed, folded from snapshots, and followed live from its head", async () => {
    const { root, to, seqs } = await rescued(which);
    const book = await openDaybook(root, { segmentBytes: 4096 });
    const head = await book.log.head();
    expect(head.seq).toBe(which === "end" ? to : seqs.at(-1));
    const next = firstValueFrom(events$(book, { from: head }).pipe(take(3), toArray()));
    for (let index = 0; index < 40; index += 1) await book.runs.allocate("train", { params: { index, text: "x".repeat(300) } });
    expect((await next).map(({ seq }) => seq)).toEqual([head.seq + 1, head.seq + 2, head.seq + 3]);
    const view = await book.view("runs");
    expect((await book.log.append({ stream: "note/1", type: "note.taken", data: {} }, { expect: { stream: "note/1", seq: seqs.includes(2) ? 3 : 0 } })).firstSeq).toBeGreaterThan(head.seq);
    await book.close();

    const log = await openRawLog(root);
    await log.seal();
    await log.close();
    const again = await openDaybook(root);
    expect([await again.view("runs"), (await again.rebuild({ check: true })).ok]).toEqual([view, true]);
    expect(await again.verify()).toMatchObject({ ok: true, notes: [] });
    expect(await again.verify({ full: true })).toMatchObject({ ok: true, notes: [] });
    await again.close();
  });

  it("is shown as of any seq, in the gap too", async () => {
    const { root, from, to, seqs } = await rescued(which);
    const book = await openDaybook(root, { readOnly: true });
    for (const moment of [from - 1, from, to]) {
      const past = await book.at(moment);
      const read: number[] = [];
      for await (const event of past.log.read()) read.push(event.seq);
      expect(read, `as of ${moment}`).toEqual(seqs.filter((seq) => seq <= moment));
      expect(await past.view("runs")).toEqual({});
      await past.close();
    }
    await book.close();
  });
});
