/** A process of the endurance load. Argument: its assignment as JSON. Speaks with its supervisor over the channel that it was forked with. */
import { join } from "node:path";
import { assertNever } from "../../../src/base/assert-never.js";
import { seededRandom } from "../../../examples/penguins/random.js";
import { appender } from "./appender.js";
import { Job } from "./job.js";
import { ledger } from "./ledger.js";
import type { Assignment, SupervisorMessage, WorkerMessage } from "./messages.js";
import { Notes } from "./notes.js";
import { opener, visitor } from "./opener.js";
import { reader } from "./reader.js";
import { openDescriptors, Sampler } from "./sampler.js";

/** Descriptors that the process itself opens when it first needs them, such as the one for watching folders. */
const ownDescriptors = 2;

const assignment = JSON.parse(process.argv[2] ?? "") as Assignment;
const { role, by, notes: folder, plan, seed } = assignment;
const notes = new Notes(folder, by);
const sampler = new Sampler(join(folder, `${by}.probe`));
const job = new Job(assignment, seededRandom(seed), notes, sampler);
// An error that nobody awaited is one that a user would have met too.
process.on("unhandledRejection", (error) => job.problem("a rejection that nobody handled", error));

const send = (message: WorkerMessage): Promise<void> => new Promise((resolve) => process.send?.(message, () => resolve()));

function work(): Promise<void> {
  switch (role) {
    case "appender":
      return appender(job);
    case "ledger":
      return ledger(job);
    case "reader":
      return reader(job);
    case "opener":
      return opener(job);
    case "visitor":
      return visitor(job);
    default:
      return assertNever(role);
  }
}

const go = new Promise<void>((resolve) => process.on("message", (message: SupervisorMessage) => message === "go" && resolve()));
await send({ kind: "ready" });
await go;
sampler.begin();
const before = openDescriptors();
const samples = setInterval(() => void send({ kind: "sample", sample: sampler.sample() }), plan.sampleMs);
await work().catch((error: unknown) => job.problem(role, error));
clearInterval(samples);
const after = openDescriptors();
if (before !== undefined && after !== undefined && after > before + ownDescriptors) job.problem("closing", `${before} descriptors were open before the daybook was opened, ${after} are after it was closed`);
sampler.close();
notes.close();
const { user, system } = process.cpuUsage();
await send({ kind: "summary", summary: { counts: job.counts, problems: job.problems, cpuMs: (user + system) / 1000 } });
process.exit(0);
