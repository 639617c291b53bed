import assert from "node:assert/strict";
import type { RecordedEvent } from "../../events/recorded-event.js";
import { findEvents, lastSeqAt } from "../../log/find-events.js";
import type { LogBackend } from "../../log/port.js";
import { appendCommits, contextOf, note, range, readAll, seqsOf, startMs } from "./kit.js";
import type { DefineTest } from "./kit.js";

const streams = ["run/a", "run/a/1", "run/ab", "run", "note/ä", "run/a/1/2", "note"];
const total = 40;

/** Events of all those streams in turn, in commits of one to four. */
async function appendMixed(log: LogBackend): Promise<RecordedEvent[]> {
  for (let number = 0; number < total; ) {
    const size = Math.min(1 + (number % 4), total - number);
    await log.append(
      Array.from({ length: size }, (_, index) => note(streams[(number + index) % streams.length] as string, { number: number + index })),
      contextOf({ clock: () => startMs + number }),
    );
    number += size;
  }
  return readAll(log);
}

async function found(log: LogBackend, stream: string, from = 1, to = Infinity): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of findEvents(log, { stream, from, to })) events.push(event);
  return events;
}

/** Tests of finding the events of a stream, and the seq of a time; a backend without means of its own is scanned. */
export function findingTests(test: DefineTest): void {
  test("the events of a stream are those of it and of what lies below it, whole and in order", async ({ open }) => {
    const log = await open();
    const all = await appendMixed(log);
    for (const stream of [...streams, "ru", "run/a/1/2/3", "nothing"]) {
      const wanted = all.filter((event) => event.stream === stream || event.stream.startsWith(`${stream}/`));
      assert.deepEqual(await found(log, stream), wanted, stream);
    }
  });

  test("they can be asked for from any seq to any other", async ({ open }) => {
    const log = await open();
    const all = await appendMixed(log);
    const wanted = seqsOf(all.filter(({ stream }) => stream.startsWith("run/a/") || stream === "run/a"));
    for (const from of range(0, total + 2)) {
      for (const to of [from - 1, from, from + 5, total, total + 5]) {
        assert.deepEqual(seqsOf(await found(log, "run/a", from, to)), wanted.filter((seq) => seq >= from && seq <= to), `${from} to ${to}`);
      }
    }
  });

  test("what is appended later is found, and an empty log has nothing", async ({ open }) => {
    const log = await open();
    assert.deepEqual(await found(log, "note"), []);
    assert.equal(await lastSeqAt(log, new Date(startMs).toISOString()), 0);
    for (const last of range(1, 5)) {
      await appendCommits(log, [1]);
      assert.deepEqual(seqsOf(await found(log, "note")), range(1, last));
    }
  });

  test("what is done to an event that was found changes nothing in the log", async ({ open }) => {
    const log = await open();
    await log.append([note("note/a", { list: [1] })], contextOf());
    const [event] = await found(log, "note/a");
    (event?.data["list"] as number[]).push(2);
    assert.deepEqual((await found(log, "note/a"))[0]?.data, { list: [1] });
  });

  test("the last seq at a time is that of the last event not after it", async ({ open }) => {
    const log = await open();
    const all = await appendMixed(log);
    for (let offset = -1; offset <= total; offset += 1) {
      const time = new Date(startMs + offset).toISOString();
      assert.equal(await lastSeqAt(log, time), all.filter((event) => event.time <= time).length, time);
    }
  });
}
