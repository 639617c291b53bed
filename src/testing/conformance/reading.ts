import assert from "node:assert/strict";
import type { RecordedEvent } from "../../events/recorded-event.js";
import type { Cursor } from "../../log/port.js";
import { appendCommits, contextOf, drain, note, notes, range, readAll, rejection, seqsOf } from "./kit.js";
import type { DefineTest } from "./kit.js";

const sizes = [1, 3, 1, 2, 4, 1, 1, 5, 2, 3];
const total = 23;
const pageBytes = [1, 300, 1000, undefined];

/** Tests of readers and cursors. */
export function readingTests(test: DefineTest): void {
  test("reading from any seq, in pages of any size, gives exactly what lies behind it", async ({ open }) => {
    const log = await open();
    await appendCommits(log, sizes);
    const all = await readAll(log);
    assert.deepEqual(seqsOf(all), range(1, total));
    for (const maxBytes of pageBytes) {
      for (const after of range(0, total)) assert.deepEqual(await readAll(log, after, maxBytes), all.slice(after), `after ${after}`);
    }
  });

  test("batches are whole commits, and a cursor goes on exactly behind its batch", async ({ open }) => {
    const log = await open();
    await appendCommits(log, sizes);
    const all = await readAll(log);
    let sum = 0;
    const commitEnds = sizes.map((size) => (sum += size));
    for (const maxBytes of pageBytes) {
      const reader = await log.reader();
      const { ends } = drain(reader, maxBytes);
      reader.close();
      for (const end of ends) {
        assert.ok(commitEnds.includes(end.seq), `a batch ends at ${end.seq}, inside a commit`);
        // A cursor is plain data: it may have been kept in a file meanwhile, and its hint lost.
        for (const cursor of [end, JSON.parse(JSON.stringify(end)) as Cursor, { seq: end.seq, token: end.token }]) {
          const resumed = await log.reader(cursor);
          assert.deepEqual([resumed.position.seq, resumed.position.token], [end.seq, end.token]);
          assert.deepEqual(drain(resumed, maxBytes).events, all.slice(end.seq));
          resumed.close();
        }
      }
      assert.equal(ends.at(-1)?.seq, total);
    }
  });

  test("the head is a cursor, of an empty log too", async ({ open }) => {
    const log = await open();
    const empty = await log.reader(await log.head());
    await appendCommits(log, [2, 1]);
    assert.deepEqual(seqsOf(drain(empty).events), [1, 2, 3]);
    const head = await log.head();
    assert.deepEqual([empty.position.seq, empty.position.token], [head.seq, head.token]);
    const atHead = await log.reader(head);
    assert.equal(atHead.pull(), undefined);
    await appendCommits(log, [2]);
    assert.deepEqual(seqsOf(drain(atHead).events), [4, 5]);
    for (const reader of [empty, atHead]) reader.close();
  });

  test("a place that the log does not have is LOG_FORKED", async ({ open }) => {
    const log = await open();
    await appendCommits(log, [2, 3]);
    const reader = await log.reader();
    const { ends } = drain(reader, 1);
    reader.close();
    const [first, last] = [ends[0] as Cursor, ends.at(-1) as Cursor];
    const forked: Cursor[] = [
      { seq: last.seq, token: first.token },
      { seq: last.seq, token: "0123456789abcdef" },
      { seq: 1, token: last.token },
      { seq: 4, token: last.token },
      { seq: 99, token: last.token },
      { seq: 0, token: last.token },
      // A hint is only where to look.
      { ...last, seq: first.seq },
      { ...last, seq: 99 },
      { ...first, token: last.token },
    ];
    for (const cursor of forked) await rejection(log.reader(cursor), "LOG_FORKED");
    for (const hint of ["", "nonsense", "1:1", "1:99999999", "7:200", "-1:-1", "1.5:2.5"]) {
      const resumed = await log.reader({ ...first, hint });
      assert.deepEqual(seqsOf(drain(resumed).events), [3, 4, 5], `hint ${hint}`);
      resumed.close();
    }
  });

  test("a reader sees what is appended later, and waits behind the end for its seq", async ({ open }) => {
    const log = await open();
    const reader = await log.reader();
    const ahead = await log.reader(4);
    for (const last of range(1, 6)) {
      assert.equal(reader.pull(), undefined);
      await log.append([note("note/a")], contextOf());
      assert.deepEqual(seqsOf(drain(reader).events), [last]);
    }
    assert.deepEqual(seqsOf(drain(ahead).events), [5, 6]);
    assert.equal(reader.suspect, false);
    await log.confirm(reader);
    for (const one of [reader, ahead]) one.close();
  });

  test("readers do not disturb each other, and may be closed twice", async ({ open }) => {
    const log = await open();
    await appendCommits(log, sizes);
    const one = await log.reader();
    const other = await log.reader();
    const taken: RecordedEvent[][] = [[], []];
    for (;;) {
      const batches = [one.pull(1), other.pull(700)];
      for (const [index, batch] of batches.entries()) taken[index]?.push(...(batch?.events ?? []));
      if (batches.every((batch) => batch === undefined)) break;
    }
    one.close();
    one.close();
    assert.deepEqual(taken.map(seqsOf), [range(1, total), range(1, total)]);
    await appendCommits(log, [1]);
    assert.deepEqual(seqsOf(drain(other).events), [total + 1]);
    other.close();
  });

  test("what is done to an event that was read, or to one that was appended, changes nothing in the log", async ({ open }) => {
    const log = await open();
    const given = note("note/a", { list: [1, 2] });
    await log.append([given, ...notes(1)], contextOf());
    (given.data as { list: number[] }).list.push(3);
    const before = await readAll(log);
    const pristine = structuredClone(before);
    for (const event of before) Object.assign(event, { stream: "changed" });
    (before[0]?.data["list"] as number[]).length = 0;
    assert.deepEqual(await readAll(log), pristine);
    assert.deepEqual(pristine[0]?.data, { list: [1, 2] });
  });
}
