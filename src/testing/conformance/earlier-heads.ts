import assert from "node:assert/strict";
import type { Head, LogBackend } from "../../log/port.js";
import { headAt } from "../../log/head-at.js";
import { contextOf, notes, range, readAll, startMs } from "./kit.js";
import type { DefineTest } from "./kit.js";

/** Tests of the heads that a log has had. */
export function earlierHeadTests(test: DefineTest): void {
  test("an earlier head has its seq and its time, also inside of a commit", async ({ open }) => {
    const log = await open();
    const heads = await appendTimed(log, [1, 3, 1, 1, 4]);
    const end = heads.at(-1)?.seq ?? 0;
    const times = (await readAll(log)).map(({ time }) => time);
    for (const seq of range(0, end)) {
      const { time, ...head } = await headAt(log, seq);
      assert.deepEqual({ seq: head.seq, time }, { seq, time: times[seq - 1] });
    }
  });

  test("a backend that tells earlier heads gives each as it was, and between them tokens that are none of theirs, each time the same", async ({ open }) => {
    const log = await open();
    const heads = new Map((await appendTimed(log, [1, 3, 1, 1, 4])).map((head) => [head.seq, head]));
    if (log.headAt === undefined) return;
    const tokens = new Set<string>();
    for (const seq of range(0, 10)) {
      const head = await log.headAt(seq);
      const known = heads.get(seq);
      if (known !== undefined) assert.deepEqual(head, known);
      assert.deepEqual(await log.headAt(seq), head);
      tokens.add(head.token);
    }
    assert.equal(tokens.size, 11);
  });
}

/** Appends commits of these sizes, a second apart; gives the heads, the empty log's first. */
async function appendTimed(log: LogBackend, sizes: readonly number[]): Promise<Head[]> {
  const heads = [await log.head()];
  for (const [index, size] of sizes.entries()) {
    await log.append(notes(size), contextOf({ clock: () => startMs + index * 1000 }));
    heads.push(await log.head());
  }
  return heads;
}
