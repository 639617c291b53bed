import assert from "node:assert/strict";
import type { RecordedEvent } from "../../events/recorded-event.js";
import type { CommitParticipant, ExclusiveJob, LogBackend, LogReader, LogSection } from "../../log/port.js";
import { contextOf, note, notes, range, readAll, rejection, seqsOf, suiteMaxEventBytes } from "./kit.js";
import type { DefineTest } from "./kit.js";

const jobOf = <T>(run: (section: LogSection) => T, participates = false): ExclusiveJob<T> => ({ context: contextOf(), participates, run });

/** A participant that keeps the seqs it has seen: after each commit they are those of the log. */
class SeqKeeper implements CommitParticipant {
  readonly seqs: number[] = [];

  constructor(readonly reader: LogReader) {}

  static async on(log: LogBackend): Promise<SeqKeeper> {
    const keeper = new SeqKeeper(await log.reader());
    log.setParticipant(keeper);
    return keeper;
  }

  begin(): LogReader {
    for (let batch = this.reader.pull(); batch !== undefined; batch = this.reader.pull()) this.staged(batch.events);
    return this.reader;
  }

  staged(events: readonly RecordedEvent[]): void {
    this.seqs.push(...seqsOf(events));
  }

  savepoint(): number {
    return this.seqs.length;
  }

  rollbackTo(savepoint: number): void {
    this.seqs.length = savepoint;
  }

  committed(moveToEnd: (reader: LogReader) => void): void {
    moveToEnd(this.reader);
  }
}

/** Tests of the exclusive section. */
export function exclusiveTests(test: DefineTest): void {
  test("a job hears once that its caller has the answer, whichever it is", async ({ open }) => {
    const log = await open();
    const heard: string[] = [];
    const hearing = (name: string, run: () => void, signal?: AbortSignal): ExclusiveJob<void> => ({
      context: { ...contextOf(), ...(signal === undefined ? {} : { signal }) },
      participates: false,
      run: (section) => {
        run();
        section.append(notes(1));
      },
      settled: () => void heard.push(name),
    });
    const fail = (): never => {
      throw new Error("on purpose");
    };
    const late = new AbortController();
    const outcomes = [
      log.exclusive(hearing("fine", () => undefined)),
      log.exclusive(hearing("throws", fail)),
      log.exclusive(hearing("aborted before", () => undefined, AbortSignal.abort())),
      log.exclusive(hearing("aborted in the queue", () => undefined, late.signal)),
    ];
    late.abort();
    await Promise.allSettled(outcomes);
    await log.close();
    await rejection(log.exclusive(hearing("closed", () => undefined)), "LOG_CLOSED");
    assert.deepEqual(heard.sort(), ["aborted before", "aborted in the queue", "closed", "fine", "throws"]);
  });

  test("jobs run in the order of the calls, and see the events of those before them", async ({ open }) => {
    const log = await open();
    const seen = await Promise.all(
      range(1, 30).map((number) =>
        log.exclusive(
          jobOf((section) => {
            const before = [section.head.seq, section.lastSeqOf("note"), section.lastSeqOf(`note/${number - 1}`)];
            section.append(notes(1, `note/${number}`));
            return before;
          }),
        ),
      ),
    );
    assert.deepEqual(seen, range(0, 29).map((before) => [before, before, before]));
    assert.deepEqual(seqsOf(await readAll(log)), range(1, 30));
  });

  test("a job may append several times, or not at all", async ({ open }) => {
    const log = await open();
    const twice = jobOf((section) => [section.append(notes(2)), section.append([]), section.append(notes(1))]);
    assert.deepEqual(await log.exclusive(twice), [{ firstSeq: 1, lastSeq: 2 }, { firstSeq: 2, lastSeq: 2 }, { firstSeq: 3, lastSeq: 3 }]);
    const before = await log.head();
    assert.equal(await log.exclusive(jobOf((section) => section.head.seq)), 3);
    assert.deepEqual(await log.head(), before);
  });

  test("a job that throws is rejected alone, and nothing of it stays", async ({ open }) => {
    const log = await open();
    const boom = new Error("boom");
    const outcomes = await Promise.allSettled(
      range(1, 9).map((number) =>
        log.exclusive(
          jobOf((section) => {
            section.append(notes(number, `note/${number}`));
            if (number % 3 === 0) throw boom;
            return section.lastSeqOf("note/3");
          }),
        ),
      ),
    );
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === "rejected" ? (outcome.reason as unknown) : outcome.value)),
      [0, 0, boom, 0, 0, boom, 0, 0, boom],
    );
    const events = await readAll(log);
    assert.deepEqual(seqsOf(events), range(1, 1 + 2 + 4 + 5 + 7 + 8));
    assert.ok(events.every(({ stream }) => !["note/3", "note/6", "note/9"].includes(stream)));
  });

  test("an event that cannot be written throws inside the job", async ({ open }) => {
    const log = await open();
    const job = jobOf((section) => {
      section.append(notes(1));
      section.append([note("note/b"), note("note/b", { text: "x".repeat(suiteMaxEventBytes) })]);
    });
    await rejection(log.exclusive(job), "INVALID_EVENT");
    assert.equal((await log.head()).seq, 0);
    // A job that knows how to go on has nothing of that append in its way.
    const persistent = jobOf((section) => {
      assert.throws(() => section.append([note("note/c"), note("note/d", { text: "x".repeat(suiteMaxEventBytes) })]));
      return [section.head.seq, section.lastSeqOf("note"), section.append(notes(2, "note/e")).lastSeq];
    });
    assert.deepEqual(await log.exclusive(persistent), [0, 0, 2]);
    assert.deepEqual((await readAll(log)).map(({ seq, stream }) => [seq, stream]), [[1, "note/e"], [2, "note/e"]]);
  });

  test("a participant is caught up before a job that asks for it, and goes along with every commit", async ({ open }) => {
    const log = await open();
    const keeper = await SeqKeeper.on(log);
    await log.append(notes(2), contextOf());
    const seen = await log.exclusive(
      jobOf((section) => {
        const before = [...keeper.seqs];
        section.append(notes(2));
        return [before, [...keeper.seqs]];
      }, true),
    );
    assert.deepEqual(seen, [range(1, 2), range(1, 4)]);
    await log.append(notes(1), contextOf());
    await Promise.all([log.append(notes(1), contextOf()), log.exclusive(jobOf((section) => section.append(notes(1)), true)), log.append(notes(1), contextOf())]);
    await log.exclusive(jobOf(() => undefined, true));
    assert.deepEqual(keeper.seqs, range(1, 8));
    keeper.reader.close();
  });

  test("a participant goes back to before a job that throws, and before a commit without events", async ({ open }) => {
    const log = await open();
    const keeper = await SeqKeeper.on(log);
    const failing = jobOf((section) => {
      section.append(notes(3));
      throw new Error("no");
    }, true);
    const outcomes = await Promise.allSettled([
      log.exclusive(jobOf((section) => section.append(notes(1)), true)),
      log.exclusive(failing),
      log.exclusive(jobOf((section) => [section.append(notes(1)), [...keeper.seqs]], true)),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
    await Promise.allSettled([log.exclusive(failing)]);
    await log.append(notes(1), contextOf());
    assert.deepEqual(await log.exclusive(jobOf(() => [...keeper.seqs], true)), range(1, 3));
    assert.deepEqual(seqsOf(await readAll(log)), range(1, 3));
    keeper.reader.close();
  });
}
