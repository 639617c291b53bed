import assert from "node:assert/strict";
import { VersionConflictError } from "../../base/errors.js";
import type { Expectation, LogBackend } from "../../log/port.js";
import { contextOf, note, notes, range, readAll, rejection } from "./kit.js";
import type { DefineTest } from "./kit.js";

async function conflict(log: LogBackend, expect: readonly Expectation[], stream = "other/x"): Promise<Pick<VersionConflictError, "stream" | "expected" | "actual">> {
  const before = await log.head();
  const error = await rejection(log.append([note(stream)], contextOf(), expect), "VERSION_CONFLICT");
  assert.deepEqual(await log.head(), before, "a conflict leaves nothing");
  assert.ok(error instanceof VersionConflictError);
  return { stream: error.stream, expected: error.expected, actual: error.actual };
}

/** Tests of what an append expects of streams. */
export function expectationTests(test: DefineTest): void {
  test("a new stream: 0 is right, anything else is refused with what is the case", async ({ open }) => {
    const log = await open();
    assert.deepEqual(await conflict(log, [{ stream: "note/a", seq: 4 }]), { stream: "note/a", expected: 4, actual: 0 });
    assert.deepEqual(await log.append([note("note/a")], contextOf(), [{ stream: "note/a", seq: 0 }]), { firstSeq: 1, lastSeq: 1 });
  });

  test("an existing stream: its last seq is right, 0, less and more are refused", async ({ open }) => {
    const log = await open();
    await log.append([note("note/a"), note("note/a"), note("note/b")], contextOf());
    for (const seq of [0, 1, 3, 100]) {
      assert.deepEqual(await conflict(log, [{ stream: "note/a", seq }]), { stream: "note/a", expected: seq, actual: 2 });
    }
    assert.deepEqual(await log.append([note("note/a")], contextOf(), [{ stream: "note/a", seq: 2 }]), { firstSeq: 4, lastSeq: 4 });
    assert.deepEqual(await conflict(log, [{ stream: "note/a", seq: 2 }]), { stream: "note/a", expected: 2, actual: 4 });
  });

  test("a stream covers everything below it, by whole segments and not upwards", async ({ open }) => {
    const log = await open();
    await log.append(["run/train", "run/train/cnn/0001", "run/training/0001", "run"].map((stream) => note(stream)), contextOf());
    const lasts = { run: 4, "run/train": 2, "run/train/cnn": 2, "run/train/cnn/0001": 2, "run/training": 3, "run/trai": 0, "run/train/cnn/00": 0, "train": 0 };
    for (const [stream, actual] of Object.entries(lasts)) {
      assert.deepEqual(await conflict(log, [{ stream, seq: 99 }]), { stream, expected: 99, actual });
      await log.append([], contextOf(), [{ stream, seq: actual }]);
    }
  });

  test("of several expectations each has to hold", async ({ open }) => {
    const log = await open();
    await log.append([note("note/a"), note("note/b")], contextOf());
    assert.equal((await conflict(log, [{ stream: "note/a", seq: 1 }, { stream: "note/b", seq: 0 }])).stream, "note/b");
    assert.equal((await conflict(log, [{ stream: "note/c", seq: 1 }, { stream: "note/b", seq: 2 }])).stream, "note/c");
    await log.append([note("note/c")], contextOf(), [{ stream: "note/a", seq: 1 }, { stream: "note/b", seq: 2 }, { stream: "note/c", seq: 0 }]);
  });

  test("an append of nothing is held against what it expects too", async ({ open }) => {
    const log = await open();
    await rejection(log.append([], contextOf(), [{ stream: "note/a", seq: 1 }]), "VERSION_CONFLICT");
    assert.deepEqual(await log.append([], contextOf(), [{ stream: "note/a", seq: 0 }]), { firstSeq: 0, lastSeq: 0 });
  });

  test("of many who expect the same at one moment, one wins", async ({ open }) => {
    const log = await open();
    const outcomes = await Promise.allSettled(
      range(1, 10).map((number) => log.append(notes(2, `job/${number}`), contextOf(), [{ stream: "job", seq: 0 }])),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.equal((outcome.reason as VersionConflictError).actual, 2);
    }
    assert.equal((await readAll(log)).length, 2);
  });

  test("what was refused does not count for those who come after", async ({ open }) => {
    const log = await open();
    const refused = log.append([note("note/a")], contextOf(), [{ stream: "note/a", seq: 7 }]);
    const accepted = log.append([note("note/a")], contextOf(), [{ stream: "note/a", seq: 0 }]);
    await rejection(refused, "VERSION_CONFLICT");
    assert.deepEqual(await accepted, { firstSeq: 1, lastSeq: 1 });
  });
}
