import assert from "node:assert/strict";
import type { Cursor } from "../../log/port.js";
import { appendCommits, contextOf, drain, note, range, readAll, rejection, seqsOf, startMs } from "./kit.js";
import type { DefineTest } from "./kit.js";

/** Tests of logs that outlive their process. */
export function persistenceTests(test: DefineTest): void {
  test("opening again finds everything as it was, and goes on behind it", async ({ open }) => {
    let log = await open();
    await appendCommits(log, [1, 4, 2]);
    for (const count of range(8, 14)) {
      const head = await log.head();
      const events = await readAll(log);
      await log.close();
      log = await open();
      assert.deepEqual(await log.head(), head);
      assert.deepEqual(await readAll(log), events);
      assert.deepEqual(await log.append([note("note/b", { count })], contextOf()), { firstSeq: count, lastSeq: count });
    }
  });

  test("opening an empty log again leaves it empty, with the same token", async ({ open }) => {
    const first = await open();
    const head = await first.head();
    await first.close();
    const second = await open();
    assert.deepEqual(await second.head(), head);
  });

  test("cursors hold across openings", async ({ open }) => {
    const before = await open();
    await appendCommits(before, [2, 2, 2]);
    const reader = await before.reader();
    const { ends } = drain(reader, 1);
    reader.close();
    await before.close();
    const after = await open();
    await appendCommits(after, [1]);
    for (const end of ends) assert.deepEqual(seqsOf(await readAll(after, end)), range(end.seq + 1, 7));
    const last = ends.at(-1) as Cursor;
    await rejection(after.reader({ seq: last.seq, token: (await after.head()).token }), "LOG_FORKED");
  });

  test("streams keep their last seqs, and time does not go back, across openings", async ({ open }) => {
    const before = await open();
    await before.append([note("run/train/1"), note("run/test/1")], contextOf({ clock: () => startMs + 60_000 }));
    await before.close();
    const after = await open();
    await rejection(after.append([note("run/train/2")], contextOf(), [{ stream: "run/train", seq: 0 }]), "VERSION_CONFLICT");
    await after.append([note("run/train/2")], contextOf({ clock: () => startMs }), [{ stream: "run/train", seq: 1 }]);
    const [, earlier, later] = await readAll(after);
    assert.deepEqual([later?.time, later?.at], [earlier?.time, new Date(startMs).toISOString()]);
  });
}
