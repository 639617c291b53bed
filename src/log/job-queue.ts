import type { QueuedJob } from "./queued-job.js";

/** So many places of jobs that gave up are kept before the row is made anew. */
const sparePlaces = 1024;

/**
 * Jobs that wait, in the order in which they came. An array, for a Set of objects that come and go leaves a chain of tables behind that
 * a collection of the young generation keeps alive, jobs and answers included.
 */
export class JobQueue {
  #jobs: (QueuedJob | undefined)[] = [];
  #next = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(job: QueuedJob): void {
    this.#jobs.push(job);
    this.#size += 1;
  }

  /** The first one, which leaves the queue. */
  take(): QueuedJob | undefined {
    while (this.#next < this.#jobs.length) {
      const job = this.#jobs[this.#next] as QueuedJob;
      this.#jobs[this.#next] = undefined;
      this.#next += 1;
      if (!job.waiting) continue;
      job.waiting = false;
      this.#size -= 1;
      if (this.#size === 0) this.#clear();
      return job;
    }
    return undefined;
  }

  /** Takes a job out that gives up; false when it has left already. */
  delete(job: QueuedJob): boolean {
    if (!job.waiting) return false;
    job.waiting = false;
    this.#size -= 1;
    if (this.#size === 0) this.#clear();
    else if (this.#jobs.length - this.#next > 2 * this.#size + sparePlaces) {
      this.#jobs = [...this];
      this.#next = 0;
    }
    return true;
  }

  /** Those who wait; none may be taken meanwhile. */
  *[Symbol.iterator](): Generator<QueuedJob> {
    for (let index = this.#next; index < this.#jobs.length; index += 1) {
      const job = this.#jobs[index] as QueuedJob;
      if (job.waiting) yield job;
    }
  }

  #clear(): void {
    this.#jobs.length = 0;
    this.#next = 0;
  }
}
