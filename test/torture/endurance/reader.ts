import { openDaybook } from "../../../src/index.js";
import type { Daybook, RecordedEvent } from "../../../src/index.js";
import { events$, view$ } from "../../../src/live.js";
import type { Job } from "./job.js";

/** Follows events and the run view, lists, looks runs up, and verifies; writes nothing. */
export async function reader(job: Job): Promise<void> {
  const { root, plan } = job.assignment;
  const book = await openDaybook(root, { readOnly: true });
  const order = new Order(job);
  const events = events$(book).subscribe({ next: (event) => order.take(event), error: (error) => job.problem("events$", error) });
  const views = view$(book, "runs").subscribe({ next: () => job.count("run views followed"), error: (error) => job.problem("view$", error) });
  await Promise.all([
    job.every(plan.listEveryMs, "list", () => list(job, book)),
    job.every(plan.verifyEveryMs, "verify", () => verify(job, book)),
  ]);
  events.unsubscribe();
  views.unsubscribe();
  await book.close();
}

/** Every event once, in order, and no time goes back. */
class Order {
  #seq = 0;
  #time = "";

  constructor(readonly job: Job) {}

  take({ seq, time }: RecordedEvent): void {
    if (seq !== this.#seq + 1) this.job.problem("events$", `seq ${seq} came behind ${this.#seq}`);
    if (time < this.#time) this.job.problem("events$", `seq ${seq} has the time ${time}, the one before had ${this.#time}`);
    this.#seq = seq;
    this.#time = time;
    this.job.count("events followed");
  }
}

async function list(job: Job, book: Daybook): Promise<void> {
  const [newest] = await book.runs.list({ where: { identifier: "endure" }, sort: "-metrics.loss", limit: 5 });
  job.count("run lists");
  if (newest === undefined) return;
  const again = await book.runs.getRecord("endure", newest.uid, { relpath: "pool" });
  if (again === undefined || again.history.length < newest.history.length) job.problem("list", `the record of ${newest.uid} went back`);
}

async function verify(job: Job, book: Daybook): Promise<void> {
  const { ok, faults } = await book.verify();
  if (!ok) job.problem("verify", JSON.stringify(faults[0]));
  if (book.damage !== undefined) job.problem("reading", book.damage);
  job.count("quick verifications");
}
