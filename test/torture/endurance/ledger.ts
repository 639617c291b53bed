import { isDaybookError, openDaybook, Status } from "../../../src/index.js";
import type { Daybook, RunLease } from "../../../src/index.js";
import type { Job } from "./job.js";

/** Runs are taken up again and again: their number is bounded, their attempts are counted. */
const slots = 40;

/** Run work: finds or allocates, takes up, reports, beats, lets go. Two such processes want the same runs. */
export async function ledger(job: Job): Promise<void> {
  const { by, root, plan } = job.assignment;
  const book = await openDaybook(root, { participantId: by, segmentBytes: plan.segmentBytes });
  let metric = 0;
  await job.every(plan.runEveryMs, "run work", async () => {
    const lease = await takeUp(job, book);
    if (lease === undefined) return;
    for (let step = 0; step < 3; step += 1) {
      metric += 1;
      const number = metric;
      await job.sampler.timed(() => lease.log({ metrics: { ack: `${by}:${number}`, loss: 1 / (1 + number) }, step }));
      job.notes.metric(number);
      if (!(await lease.beat())) job.problem("beat", `${lease.identifier}/${lease.uid} was lost by a process that lives`);
    }
    job.sampler.probeDisk();
    await letGo(job, lease, metric);
    job.count("run attempts");
  });
  await book.close();
}

async function takeUp(job: Job, book: Daybook): Promise<RunLease | undefined> {
  const slot = job.below(slots);
  const { uid, created } = await book.runs.findOrAllocate("endure", { relpath: "pool", params: { slot } });
  if (created) job.count("runs allocated");
  try {
    return await book.runs.start("endure", uid, { relpath: "pool" });
  } catch (error) {
    if (!isDaybookError(error, "RUN_BUSY")) throw error;
    job.count("runs held by somebody else");
    return undefined;
  }
}

async function letGo(job: Job, lease: RunLease, number: number): Promise<void> {
  switch (job.below(3)) {
    case 0:
      return lease.log({ status: Status.DONE, files: { model: "model.json" }, tags: [`t${number % 5}`] });
    case 1:
      return lease.log({ status: Status.ERROR, error: new Error("nothing learnt"), note: `✗ ${number}` });
    default:
      return lease.end({ exitCode: 0 });
  }
}
