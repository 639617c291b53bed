import assert from "node:assert/strict";
import { appendCommits, contextOf, note, notes, range, readAll, rejection, seqsOf, startMs, suiteMaxEventBytes } from "./kit.js";
import type { DefineTest } from "./kit.js";

/** Tests of `append` and `head`. */
export function appendingTests(test: DefineTest): void {
  test("an empty log has head 0, no time, and a token", async ({ open }) => {
    const log = await open();
    const head = await log.head();
    assert.equal(head.seq, 0);
    assert.equal(head.time, undefined);
    assert.ok(head.token.length > 0);
    assert.deepEqual(await readAll(log), []);
  });

  test("one event gets seq 1 and an envelope with exactly its fields", async ({ open }) => {
    const log = await open();
    assert.deepEqual(await log.append([note("note/a", { text: "hi" })], contextOf({ by: "worker-1" })), { firstSeq: 1, lastSeq: 1 });
    const time = new Date(startMs).toISOString();
    assert.deepEqual(await readAll(log), [{ seq: 1, time, stream: "note/a", type: "note.taken", v: 1, data: { text: "hi" }, by: "worker-1" }]);
    const head = await log.head();
    assert.deepEqual([head.seq, head.time], [1, time]);
  });

  test("many events keep their order, and the next append goes on behind them", async ({ open }) => {
    const log = await open();
    assert.deepEqual(await log.append(notes(100), contextOf()), { firstSeq: 1, lastSeq: 100 });
    assert.deepEqual(await log.append(notes(2), contextOf()), { firstSeq: 101, lastSeq: 102 });
    const events = await readAll(log);
    assert.deepEqual(seqsOf(events), range(1, 102));
    assert.deepEqual(events.map((event) => event.data["number"]), [...range(1, 100), 1, 2]);
  });

  test("appending nothing changes nothing and gives the head", async ({ open }) => {
    const log = await open();
    assert.deepEqual(await log.append([], contextOf()), { firstSeq: 0, lastSeq: 0 });
    await appendCommits(log, [3]);
    const before = await log.head();
    assert.deepEqual(await log.append([], contextOf()), { firstSeq: 3, lastSeq: 3 });
    assert.deepEqual(await log.head(), before);
    assert.equal((await readAll(log)).length, 3);
  });

  test("what callers set of the envelope is kept", async ({ open }) => {
    const log = await open();
    const at = "2020-02-02T02:02:02.002Z";
    const full = { ...note("note/a", { text: "later" }), v: 3, at, by: "somebody 1", cause: "command-1", id: "key 1", dataText: '{"text":"as it was"}' };
    await log.append([full, { ...note("note/b"), cause: 1 }], contextOf());
    const [first, second] = await readAll(log);
    assert.deepEqual([first?.by, second?.by], ["somebody 1", contextOf().by]);
    assert.deepEqual([first?.v, first?.at, first?.cause, first?.id, first?.data], [3, at, "command-1", "key 1", { text: "as it was" }]);
    assert.deepEqual([second?.v, second?.at, second?.cause, second?.id], [1, undefined, 1, undefined]);
  });

  test("data comes back as JSON has it, whatever the text", async ({ open }) => {
    const log = await open();
    const texts = ["", "\n\r\u2028\0\u007f", "grün 🌱", '","hash":"0123456789abcdef"}\n', '{"seq":1}', "\ud83c\udf31".repeat(500)];
    const numbers = [0, -1.5, 2 ** 53, 5e-324, 1e21, 1.7976931348623157e308];
    const data = JSON.parse(JSON.stringify({ texts, numbers, deep: [[[{ "": null }]]], "ключ": true, "__proto__x": {} })) as object;
    await log.append([note("note/ä ö/ü", data)], contextOf());
    await log.append([note("note/b", data)], contextOf());
    for (const event of await readAll(log)) assert.deepEqual(event.data, data);
  });

  test("a batch with one event that cannot be written leaves nothing", async ({ open }) => {
    const log = await open();
    const before = await log.head();
    const tooLong = note("note/b", { text: "x".repeat(suiteMaxEventBytes) });
    await rejection(log.append([note("note/a"), tooLong, note("note/c")], contextOf()), "INVALID_EVENT");
    const unwritable = note("note/b", {
      toJSON: () => {
        throw new TypeError("no JSON");
      },
    });
    await assert.rejects(log.append([note("note/a"), unwritable], contextOf()), TypeError);
    assert.deepEqual(await log.head(), before);
    assert.deepEqual(await log.append([note("note/a")], contextOf()), { firstSeq: 1, lastSeq: 1 });
  });

  test("an event may be as long as allowed, and no longer", async ({ open }) => {
    const log = await open();
    const sized = (bytes: number): ReturnType<typeof note> => note("note/a", { text: "ü".repeat(bytes / 2) });
    await log.append([sized(suiteMaxEventBytes - 512)], contextOf());
    await rejection(log.append([sized(suiteMaxEventBytes)], contextOf()), "INVALID_EVENT");
    // The limit is for each event, not for the batch.
    await log.append(range(1, 20).map(() => sized(suiteMaxEventBytes - 512)), contextOf());
    assert.equal((await log.head()).seq, 21);
    assert.deepEqual((await readAll(log)).map((event) => (event.data["text"] as string).length), range(1, 21).map(() => (suiteMaxEventBytes - 512) / 2));
  });

  test("appends of one moment get seqs without gap or overlap, in the order of the calls", async ({ open }) => {
    const log = await open();
    const results = await Promise.all(range(1, 60).map((number) => log.append(notes(1 + (number % 3), `note/${number}`), contextOf())));
    let next = 1;
    for (const [index, { firstSeq, lastSeq }] of results.entries()) {
      assert.deepEqual([firstSeq, lastSeq - firstSeq + 1], [next, 1 + ((index + 1) % 3)]);
      next = lastSeq + 1;
    }
    const streams = (await readAll(log)).map(({ stream }) => stream);
    assert.deepEqual(streams, range(1, 60).flatMap((number) => notes(1 + (number % 3), `note/${number}`).map(({ stream }) => stream)));
  });

  test("a signal gives up an append that still waits, and no other", async ({ open }) => {
    const log = await open();
    const reason = new Error("changed my mind");
    await assert.rejects(log.append([note("note/a")], contextOf({ signal: AbortSignal.abort(reason) })), reason);
    const controller = new AbortController();
    const first = log.append([note("note/a")], contextOf());
    const waiting = log.append([note("note/b")], contextOf({ signal: controller.signal }));
    const last = log.append([note("note/c")], contextOf());
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    assert.deepEqual([await first, await last], [{ firstSeq: 1, lastSeq: 1 }, { firstSeq: 2, lastSeq: 2 }]);
    const late = new AbortController();
    await log.append([note("note/d")], contextOf({ signal: late.signal }));
    late.abort(reason);
    assert.deepEqual((await readAll(log)).map(({ stream }) => stream), ["note/a", "note/c", "note/d"]);
  });

  test("an append that asks for the disk resolves once everything up to it is durable, an empty one too", async ({ open }) => {
    const log = await open();
    const { lastSeq } = await log.append(notes(2), contextOf({ durability: "fsync" }));
    assert.ok(log.durableSeq >= lastSeq);
    await log.append(notes(3), contextOf({ durability: "os" }));
    const seen = await log.append([], contextOf({ durability: "fsync" }));
    assert.equal(seen.lastSeq, 5);
    assert.ok(log.durableSeq >= 5);
  });

  test("a check finds a healthy log healthy, and counts its events", async ({ open }) => {
    const log = await open();
    await appendCommits(log, [1, 5, 2]);
    for (const full of [false, true]) {
      const found = await log.verify({ full });
      assert.deepEqual([found.ok, found.faults], [true, []]);
      if (full) assert.equal(found.events, 8);
    }
  });
}
