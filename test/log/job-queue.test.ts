import { describe, expect, it } from "vitest";
import { JobQueue } from "../../src/log/job-queue.js";
import { QueuedJob } from "../../src/log/queued-job.js";
import { durably } from "../support/raw-log.js";

const job = (): QueuedJob =>
  new QueuedJob({ context: durably, participates: false, run: () => undefined }, () => undefined, () => undefined);

function queueOf(count: number): { readonly queue: JobQueue; readonly jobs: readonly QueuedJob[] } {
  const queue = new JobQueue();
  const jobs = Array.from({ length: count }, job);
  for (const one of jobs) queue.add(one);
  return { queue, jobs };
}

describe("the queue of jobs", () => {
  it("gives them in the order in which they came, those who join meanwhile too, and each once", () => {
    const { queue, jobs } = queueOf(2);
    expect(queue.take()).toBe(jobs[0]);
    const late = job();
    queue.add(late);
    expect(queue.size).toBe(2);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([jobs[1], late, undefined]);
    expect(queue.size).toBe(0);
    queue.add(late);
    expect(queue.size).toBe(1);
  });

  it("lets go of one that gives up, unless it has left", () => {
    const { queue, jobs } = queueOf(3);
    const [first, second, third] = jobs as [QueuedJob, QueuedJob, QueuedJob];
    expect(queue.take()).toBe(first);
    expect(queue.delete(first)).toBe(false);
    expect(queue.delete(second)).toBe(true);
    expect(queue.delete(second)).toBe(false);
    expect([...queue]).toEqual([third]);
    expect(queue.take()).toBe(third);
    expect(queue.take()).toBeUndefined();
  });

  it("keeps its order when very many give up", () => {
    const { queue, jobs } = queueOf(10_000);
    expect(queue.take()).toBe(jobs[0]);
    const kept = jobs.slice(1).filter((one, index) => index % 50 === 0 || !queue.delete(one));
    expect(queue.size).toBe(kept.length);
    expect([...queue]).toEqual(kept);
    for (const one of kept) expect(queue.take()).toBe(one);
    expect(queue.take()).toBeUndefined();
  });
});
