import assert from "node:assert/strict";
import { contextOf, note, notes, range, readAll, rejection, seqsOf, until } from "./kit.js";
import type { DefineTest } from "./kit.js";

/** Tests of `watch` and `close`. */
export function lifecycleTests(test: DefineTest): void {
  test("every listener is called after an append, until it has gone", async ({ open }) => {
    const log = await open();
    const calls = { one: 0, two: 0 };
    const one = (): void => void (calls.one += 1);
    const leave = [log.watch(one), log.watch(one), log.watch(() => void (calls.two += 1))];
    await log.append([note("note/a")], contextOf());
    await until(() => calls.one >= 2 && calls.two >= 1, "a listener is called");
    // The same function listens twice: the second time it is still there.
    leave[0]?.();
    leave[0]?.();
    calls.one = 0;
    await log.append([note("note/a")], contextOf());
    await until(() => calls.one >= 1, "a listener that is left is called");
    for (const unwatch of leave) unwatch();
    calls.one = calls.two = 0;
    await log.append([note("note/a")], contextOf());
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(calls, { one: 0, two: 0 });
  });

  test("a listener is told once the event can be read", async ({ open }) => {
    const log = await open();
    const reader = await log.reader();
    const seen: number[] = [];
    const unwatch = log.watch(() => {
      for (let batch = reader.pull(); batch !== undefined; batch = reader.pull()) seen.push(...seqsOf(batch.events));
    });
    for (const last of range(1, 20)) {
      await log.append([note("note/a")], contextOf());
      await until(() => seen.length >= last, "the event is seen", 2000);
    }
    unwatch();
    reader.close();
    assert.deepEqual(seen, range(1, 20));
  });

  test("closing finishes the appends that were asked for", async ({ open }) => {
    const log = await open();
    const results = range(1, 10).map((number) => log.append(notes(2, `note/${number}`), contextOf({ durability: number % 2 === 0 ? "os" : "fsync" })));
    let finished = 0;
    for (const result of results) void result.then(() => (finished += 1));
    await log.close();
    assert.equal(finished, 10);
    assert.deepEqual((await Promise.all(results)).map(({ firstSeq }) => firstSeq), range(0, 9).map((index) => 1 + 2 * index));
  });

  test("a closed log refuses every call, and closing twice is closing once", async ({ open }) => {
    const log = await open();
    await log.append([note("note/a")], contextOf());
    await Promise.all([log.close(), log.close()]);
    await log.close();
    await rejection(log.append([note("note/a")], contextOf()), "LOG_CLOSED");
    await rejection(log.append([], contextOf()), "LOG_CLOSED");
    await rejection(log.exclusive({ context: contextOf(), participates: false, run: () => 1 }), "LOG_CLOSED");
    await rejection(log.head(), "LOG_CLOSED");
    await rejection(log.reader(), "LOG_CLOSED");
    await rejection(Promise.resolve().then(() => log.verify()), "LOG_CLOSED");
    await rejection(Promise.resolve().then(() => log.watch(() => undefined)), "LOG_CLOSED");
  });

  test("unwatching after closing does no harm, and nothing is called any more", async ({ open }) => {
    const log = await open();
    let calls = 0;
    const unwatch = log.watch(() => void (calls += 1));
    await log.append([note("note/a")], contextOf());
    await log.close();
    calls = 0;
    await new Promise((resolve) => setTimeout(resolve, 300));
    unwatch();
    assert.equal(calls, 0);
  });

  test("a log that is not written to keeps its head, however often it is asked", async ({ open }) => {
    const log = await open();
    await log.append(notes(3), contextOf());
    const head = await log.head();
    assert.deepEqual([await log.head(), await log.head()], [head, head]);
    assert.equal((await readAll(log)).at(-1)?.seq, head.seq);
  });
}
