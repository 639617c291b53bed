import assert from "node:assert/strict";
import { ClockJumpError } from "../../base/errors.js";
import type { AppendContext } from "../../log/port.js";
import { contextOf, note, notes, readAll, rejection, startMs } from "./kit.js";
import type { DefineTest } from "./kit.js";

const isoAt = (offsetMs: number): string => new Date(startMs + offsetMs).toISOString();
const contextAt = (offsetMs: number, overrides: Partial<AppendContext> = {}): AppendContext => contextOf({ clock: () => startMs + offsetMs, ...overrides });

/** Tests of `time`, `at` and the clock guard. */
export function timeTests(test: DefineTest): void {
  test("time never goes back; a clock that is behind by more than a second is told in `at`", async ({ open }) => {
    const log = await open();
    const offsets = [0, 5000, 4999, 4000, 3999, -86_400_000, 5000, 5001];
    for (const offset of offsets) await log.append([note("note/a")], contextAt(offset));
    const events = await readAll(log);
    assert.deepEqual(events.map(({ time }) => time), [0, 5000, 5000, 5000, 5000, 5000, 5000, 5001].map(isoAt));
    assert.deepEqual(
      events.map(({ at }) => at),
      [undefined, undefined, undefined, undefined, isoAt(3999), isoAt(-86_400_000), undefined, undefined],
    );
    assert.equal((await log.head()).time, isoAt(5001));
  });

  test("the clocks of callers who share a commit do not take time back either", async ({ open }) => {
    const log = await open();
    await Promise.all([7000, 2000, 9000, 8000].map((offset) => log.append(notes(2), contextAt(offset))));
    const events = await readAll(log);
    assert.deepEqual(events.map(({ time }) => time), [7000, 7000, 7000, 7000, 9000, 9000, 9000, 9000].map(isoAt));
    assert.deepEqual(events.map(({ at }) => at), [undefined, undefined, isoAt(2000), isoAt(2000), undefined, undefined, undefined, undefined]);
  });

  test("the moment of origin of an imported event stays, whatever the clock", async ({ open }) => {
    const log = await open();
    await log.append([{ ...note("note/a"), at: isoAt(-1000) }, note("note/b")], contextAt(0));
    await log.append([{ ...note("note/c"), at: isoAt(-2000) }, note("note/d")], contextAt(-60_000));
    assert.deepEqual((await readAll(log)).map(({ at }) => at), [isoAt(-1000), undefined, isoAt(-2000), isoAt(-60_000)]);
  });

  test("the clock guard sees a clock that is ahead, and may refuse that append alone", async ({ open }) => {
    const log = await open();
    const calls: number[][] = [];
    const clockGuard = (now: number, last: number): void => {
      calls.push([now - startMs, last - startMs]);
      if (now - last > 1000) throw new ClockJumpError(isoAt(last - startMs), isoAt(now - startMs));
    };
    await log.append([note("note/a")], contextAt(0, { clockGuard }));
    assert.deepEqual(calls, [], "an empty log has no time to compare with");
    const jump = log.append([note("note/b")], contextAt(1001, { clockGuard }));
    const beside = log.append([note("note/c")], contextAt(1000, { clockGuard }));
    await rejection(jump, "CLOCK_JUMP");
    assert.deepEqual(await beside, { firstSeq: 2, lastSeq: 2 });
    await log.append([note("note/d")], contextAt(-5000, { clockGuard }));
    assert.deepEqual(calls, [[1001, 0], [1000, 0]]);
    assert.deepEqual((await readAll(log)).map(({ stream }) => stream), ["note/a", "note/c", "note/d"]);
  });
}
