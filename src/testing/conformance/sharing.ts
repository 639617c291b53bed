import assert from "node:assert/strict";
import type { LogSection } from "../../log/port.js";
import { appendCommits, contextOf, drain, note, notes, range, readAll, rejection, seqsOf, until } from "./kit.js";
import type { DefineTest } from "./kit.js";

/** Tests of logs that several handles have open at once. */
export function sharingTests(test: DefineTest): void {
  test("two handles see each other's appends, and readers that were open see them too", async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const reader = await other.reader();
    for (const round of range(0, 4)) {
      await one.append([note("note/one")], contextOf());
      assert.deepEqual(await other.append([note("note/other")], contextOf()), { firstSeq: 2 * round + 2, lastSeq: 2 * round + 2 });
      assert.deepEqual(await one.head(), await other.head());
      assert.deepEqual(seqsOf(drain(reader).events), [2 * round + 1, 2 * round + 2]);
    }
    reader.close();
    assert.deepEqual(await readAll(one), await readAll(other));
  });

  test("appends of two handles at once get seqs without gap or overlap", async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const results = await Promise.all(range(1, 40).map((number) => (number % 2 === 0 ? one : other).append(notes(1 + (number % 4), `note/${number}`), contextOf())));
    const seqs = results.flatMap(({ firstSeq, lastSeq }) => range(firstSeq, lastSeq));
    assert.deepEqual(seqs.sort((a, b) => a - b), range(1, seqs.length));
    for (const handle of [one, other]) {
      const events = await readAll(handle);
      assert.deepEqual(seqsOf(events), range(1, seqs.length));
      for (const [index, { firstSeq, lastSeq }] of results.entries()) {
        const own = events.slice(firstSeq - 1, lastSeq);
        assert.ok(own.every(({ stream }) => stream === `note/${index + 1}`), "an append stays in one piece");
      }
    }
  });

  test("a decision sees everything that was appended before it, by anyone", async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const count = (section: LogSection): number => {
      const number = section.head.seq + 1;
      assert.equal(section.lastSeqOf("count"), section.head.seq);
      section.append([note(`count/${number}`)]);
      return number;
    };
    const numbers = await Promise.all(range(1, 40).map((index) => (index % 2 === 0 ? one : other).exclusive({ context: contextOf(), participates: false, run: count })));
    assert.deepEqual(numbers.sort((a, b) => a - b), range(1, 40));
  });

  test("of two handles that expect the same, one wins", async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const outcomes = await Promise.allSettled([one, other].map((log) => log.append([note("job/1")], contextOf(), [{ stream: "job/1", seq: 0 }])));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    await rejection(other.append([note("job/1")], contextOf(), [{ stream: "job", seq: 0 }]), "VERSION_CONFLICT");
  });

  test("a listener hears of another handle's appends", async ({ open }) => {
    const [one, other] = [await open(), await open()];
    const reader = await other.reader();
    let seen = 0;
    const unwatch = other.watch(() => void (seen += drain(reader).events.length));
    await appendCommits(one, [1, 2]);
    await until(() => seen === 3, "the other handle's events are seen");
    unwatch();
    reader.close();
  });

  test("closing one handle leaves the other at work", async ({ open }) => {
    const [one, other] = [await open(), await open()];
    await appendCommits(one, [2]);
    await one.close();
    await appendCommits(other, [2]);
    assert.deepEqual(seqsOf(await readAll(other)), range(1, 4));
  });
}
