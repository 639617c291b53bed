import { openDaybook } from "../../../src/index.js";
import { appendOne } from "./appender.js";
import type { Job } from "./job.js";
import { openDescriptors } from "./sampler.js";

/** Opens and closes all the time in one process; what one opening does not give back adds up. */
export async function opener(job: Job): Promise<void> {
  let number = 0;
  const before: (number | undefined)[] = [];
  await job.every(job.assignment.plan.openEveryMs, "open and close", async () => {
    number += 1;
    await openOnce(job, number);
    job.count("openings");
    // The first ones may open what the process keeps for good.
    const descriptors = openDescriptors();
    if (before.length < 3) before.push(descriptors);
    const settled = before[2];
    if (settled !== undefined && descriptors !== undefined && descriptors > settled) job.problem("open and close", `${descriptors} descriptors are open after opening ${number}, ${settled} were`);
  });
}

/** A process that comes, appends, looks, and goes. */
export async function visitor(job: Job): Promise<void> {
  await openOnce(job, 1);
  job.count("visits");
}

async function openOnce(job: Job, number: number): Promise<void> {
  const { by, root, plan } = job.assignment;
  const book = await openDaybook(root, { participantId: by, segmentBytes: plan.segmentBytes });
  try {
    await appendOne(job, book, number);
    await book.runs.list({ limit: 1 });
  } finally {
    await book.close();
  }
}
