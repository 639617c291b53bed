/**
 * A process that only looks, in three ways at once: again and again what is new (`log.read`), live (`events$`), and at views and the
 * head. Argument: a task as JSON. Prints `ready`, begins at the first line on its input, goes on until a line `stop SEQ`, follows up to
 * there, and prints a report as JSON.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { isDaybookError, openDaybook } from "../../../../src/index.js";
import type { Daybook } from "../../../../src/index.js";
import { events$ } from "../../../../src/live.js";
import type { ReaderPlan } from "../plan.js";
import { balanceProjection, countersProjection } from "../projections.js";
import { randomFrom } from "../random.js";
import { Trail } from "../trail.js";

/** What a reader is given when its process starts. */
export interface ReaderTask {
  readonly reader: ReaderPlan;
  readonly root: string;
}

/** What it reports at its end. */
export interface ReaderReport {
  readonly passes: number;
  readonly caughtUp: number;
  readonly looks: number;
  /** By way of looking: the last seq, and the SHA-256 of all that was seen. */
  readonly seen: Readonly<Record<string, { readonly seq: number; readonly digest: string }>>;
  readonly problems: readonly string[];
}

/** How long it may take, at the end, to follow up to the last event. */
const patienceMs = 10_000;

const { reader, root } = JSON.parse(process.argv[2] ?? "{}") as ReaderTask;
const random = randomFrom(reader.seed);
const problems: string[] = [];
const note = (problem: string): void => void (problems.length < 20 && problems.push(problem));
process.on("warning", (warning: Error & { readonly code?: string }) => {
  if (warning.code === "DAYBOOK_DAMAGE") note(`false alarm at opening: ${warning.message}`);
});

const input = createInterface({ input: process.stdin });
const stop = new Promise<number>((resolve) => {
  input.on("line", (line) => {
    if (line.startsWith("stop ")) resolve(Number(line.slice(5)));
  });
});
// Whoever started it is gone: nobody will tell it to stop.
const orphaned = (): never => process.exit(1);
input.once("close", orphaned);
let target = Infinity;
/** Over: there, or stuck for so long that it will not get there. */
let late = false;
const tooLate = stop.then(async (seq) => {
  target = seq;
  await sleep(patienceMs, undefined, { ref: false });
  late = true;
});

console.log("ready");
await once(input, "line");
const passes = new Trail("log.read");
const live = new Trail("events$");
const counts = { passes: 0, caughtUp: 0, looks: 0 };
await Promise.all([readAgainAndAgain(), follow(), look()].map((way) => way.catch((error: unknown) => note(`failed: ${textOf(error)}`))));
const again = new Trail("log.read from the first event");
const book = await open();
for await (const event of book.log.read()) again.take(event);
await close(book);
for (const trail of [passes, live, again]) {
  trail.commitEnd();
  problems.push(...trail.problems);
}
const seen = Object.fromEntries([passes, live, again].map(({ what, seq, digest }) => [what, { seq, digest }]));
console.log(JSON.stringify({ ...counts, seen, problems } satisfies ReaderReport));
input.off("close", orphaned);
input.close();
process.stdin.destroy();

/** Opens the daybook as soon as there is one. */
async function open(): Promise<Daybook> {
  for (;;) {
    try {
      const opened = await openDaybook(root, { readOnly: reader.readOnly, participantId: reader.name, lockTimeoutMs: 60_000 });
      opened.registerProjection(countersProjection);
      opened.registerProjection(balanceProjection);
      return opened;
    } catch (error) {
      if (!isDaybookError(error, "LOG_NOT_FOUND")) throw error;
      await sleep(2);
    }
  }
}

async function close(opened: Daybook): Promise<void> {
  if (opened.damage !== undefined) note(`false alarm: ${opened.damage.message}`);
  await opened.close();
}

/** A little while in which others get on: polling is what is tried here. */
async function pause(): Promise<void> {
  await sleep(random.whole(0, 6));
}

async function readAgainAndAgain(): Promise<void> {
  let opened = await open();
  while (passes.seq < target && !late) {
    for await (const event of opened.log.read({ from: passes.seq + 1 })) passes.take(event);
    passes.commitEnd();
    counts.passes += 1;
    if (random.chance(0.1)) {
      await close(opened);
      opened = await open();
    }
    await pause();
  }
  await close(opened);
}

async function follow(): Promise<void> {
  const opened = await open();
  // A read-only daybook holds the last events of all back until somebody appends more: with those it would not come to an end.
  const durable = !reader.readOnly && random.chance(0.5);
  let reached = (): void => undefined;
  const end = new Promise<void>((resolve) => (reached = () => void (live.seq >= target && resolve())));
  const failed = new Promise<void>((_, reject) => {
    const onCaughtUp = ({ seq }: { readonly seq: number }): void => {
      counts.caughtUp += 1;
      live.commitEnd();
      if (!durable && seq !== live.seq) note(`events$: caught up at seq ${seq}, but the last event was ${live.seq}`);
    };
    events$(opened, { durable, onCaughtUp }).subscribe({
      next: (event) => {
        live.take(event);
        reached();
      },
      error: reject,
    });
  });
  void stop.then(() => reached());
  await Promise.race([end, failed, tooLate]);
  await close(opened);
}

async function look(): Promise<void> {
  let opened = await open();
  let before = { head: 0, runs: 0, raised: 0 };
  while (before.head < target && !late) {
    const runs = (await opened.runs.list()).length;
    const values = Object.values((await opened.view(countersProjection.name)) as Record<string, number>);
    const balance = (await opened.view(balanceProjection.name)) as number;
    const now = { head: (await opened.log.head()).seq, runs, raised: values.reduce((sum, value) => sum + value, 0) };
    for (const what of ["head", "runs", "raised"] as const) if (now[what] < before[what]) note(`${what} went back from ${before[what]} to ${now[what]}`);
    if (balance !== 0) note(`an append was seen in part: the balance was ${balance}`);
    before = now;
    counts.looks += 1;
    if (random.chance(0.05)) {
      await close(opened);
      opened = await open();
    }
    await pause();
  }
  await close(opened);
}

function textOf(error: unknown): string {
  return isDaybookError(error) ? `${error.code}: ${error.message}` : error instanceof Error ? (error.stack ?? error.message) : String(error);
}
