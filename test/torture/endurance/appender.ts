import type { Daybook } from "../../../src/index.js";
import { isDaybookError, openDaybook } from "../../../src/index.js";
import type { VersionConflictError } from "../../../src/index.js";
import type { Job } from "./job.js";

/** So many ids and streams per process: what the log's folds keep of them does not grow with time. */
const ids = 100;
const streams = 40;
/** Numbers from here on belong to ids, which are appended again and again. */
export const firstIdNumber = 1_000_000_000;
const contended = "load-contended";

/** Appends alone, in batches, in groups, under ids, and on expectations, and notes what it was told. */
export async function appender(job: Job): Promise<void> {
  const { by, root, plan } = job.assignment;
  const book = await openDaybook(root, { participantId: by, segmentBytes: plan.segmentBytes });
  const loads = new Loads(job, book);
  await job.every(1000 / plan.rate, "append", () => loads.next());
  await book.close();
}

/** An event of a load: what a checker needs to find it again, whole and once. */
function eventsOf(by: string, number: number, of: number, stream: string): { stream: string; type: string; data: object }[] {
  const text = "grün ✓ ".repeat((number * 7) % 23);
  return Array.from({ length: of }, (_, part) => ({ stream, type: "load.written", data: { by, number, part, of, text } }));
}

class Loads {
  #number = 0;
  /** The last seq seen of the stream that all appenders write. */
  #seen = 0;
  readonly #places = new Map<number, string>();

  constructor(
    readonly job: Job,
    readonly book: Daybook,
  ) {}

  async next(): Promise<void> {
    const { job } = this;
    // As often as it appends, so that both are measured at the same times.
    job.sampler.probeDisk();
    switch (job.below(6)) {
      case 0:
        return this.#batch(2 + job.below(5));
      case 1:
        await Promise.all([this.#batch(1), this.#batch(2), this.#batch(1)]);
        return job.count("groups of three appends");
      case 2:
        return this.#underId();
      case 3:
        return this.#expecting();
      default:
        return this.#batch(1);
    }
  }

  async #batch(of: number): Promise<void> {
    const { job, book } = this;
    const number = ++this.#number;
    const events = eventsOf(job.assignment.by, number, of, `load/${job.assignment.by}/${number % streams}`);
    const { firstSeq, lastSeq } = await job.sampler.timed(() => book.log.append(events));
    job.notes.acknowledged(number, firstSeq, lastSeq);
    job.count("appends");
    job.count("events", of);
  }

  /** Each id again and again: the first time it is appended, then told where it is. */
  async #underId(): Promise<void> {
    const { job, book } = this;
    const { by } = job.assignment;
    const id = job.below(ids);
    const number = firstIdNumber + id;
    const { firstSeq, lastSeq, duplicate } = await book.log.append(eventsOf(by, number, 1 + (id % 3), `load/${by}/ids`), { id: `${by}-${id}` });
    job.notes.acknowledged(number, firstSeq, lastSeq);
    const place = `${firstSeq} to ${lastSeq}`;
    const before = this.#places.get(id);
    if (duplicate !== (before !== undefined)) job.problem("id", `${by}-${id} was appended ${before === undefined ? "never" : "before"}, and the log says ${duplicate ? "it was" : "it was not"}`);
    if (before !== undefined && before !== place) job.problem("id", `${by}-${id} was at seq ${before} and is at ${place}`);
    this.#places.set(id, place);
    job.count(duplicate ? "repeats under an id" : "appends under an id");
  }

  /** On a stream that everybody writes: refused where somebody was faster. */
  async #expecting(): Promise<void> {
    const { job, book } = this;
    const number = ++this.#number;
    try {
      const { firstSeq, lastSeq } = await book.log.append(eventsOf(job.assignment.by, number, 1, contended), { expect: { stream: contended, seq: this.#seen } });
      job.notes.acknowledged(number, firstSeq, lastSeq);
      this.#seen = lastSeq;
      job.count("appends on an expectation");
    } catch (error) {
      if (!isDaybookError(error, "VERSION_CONFLICT")) throw error;
      job.notes.refused(number);
      this.#seen = (error as VersionConflictError).actual;
      job.count("refused on an expectation");
    }
  }
}

/** One append of a process that is there for nothing else. */
export async function appendOne(job: Job, book: Daybook, number: number): Promise<void> {
  const { by } = job.assignment;
  const { firstSeq, lastSeq } = await book.log.append(eventsOf(by, number, 1, `load/${by}`));
  job.notes.acknowledged(number, firstSeq, lastSeq);
}
