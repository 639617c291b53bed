/**
 * Appends to a daybook by a script, says what was acknowledged, and kills itself at one point of one call.
 * Argument: a {@link WriterTask} as JSON. Prints, straight to the pipe: `open`; `ack NUMBER SHAPE FIRST LAST DURABILITY DUPLICATE` and
 * `uid UID` before anything else happens; `kill KIND` as the last thing; or `done`, and with `count` the points that were passed.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import type { Durability } from "../../../src/log/port.js";
import { openDaybookOn } from "../../../src/open-daybook.js";
import type { Daybook } from "../../../src/daybook.js";
import { eventsOf, idOf, usualShape } from "./entries.js";
import type { Entry, Shape } from "./entries.js";
import { instrumentedFiles, instrumentedLock } from "./instrumented-files.js";
import { KillSwitch } from "./kill-switch.js";
import type { KillPlan } from "./kill-switch.js";
import type { Scenario } from "./scenarios.js";

export interface WriterTask {
  readonly root: string;
  readonly scenario: Scenario;
  readonly writer: string;
  readonly rounds: number;
  readonly kill?: KillPlan;
  readonly count?: boolean;
  /** Appends of a writer before, perhaps in the log already: done again under their ids. */
  readonly repeat: readonly Entry[];
}

const task = JSON.parse(process.argv[2] ?? "") as WriterTask;
const say = (line: string): void => void writeSync(1, `${line}\n`);
const visitor = new KillSwitch(task.kill, (kind) => say(`kill ${kind}`));
const files = instrumentedFiles(task.root, visitor);
const open = (): Promise<Daybook> =>
  openDaybookOn({ files, lock: instrumentedLock(join(task.root, "log", "lock"), visitor) }, task.root, {
    participantId: task.writer,
    segmentBytes: 4096,
    lockTimeoutMs: 30_000,
    durability: task.scenario === "os" ? "os" : "fsync",
  });

/** Appends, and says so as soon as it is acknowledged. */
async function append(book: Daybook, entry: Entry, durability?: Durability, id?: string): Promise<void> {
  const { firstSeq, lastSeq, duplicate } = await book.log.append(eventsOf(entry), { ...(durability === undefined ? {} : { durability }), ...(id === undefined ? {} : { id }) });
  acknowledge(`ack ${entry.writer} ${entry.number} ${entry.shape} ${firstSeq} ${lastSeq} ${durability ?? book.options.durability} ${duplicate}`);
}

function acknowledge(line: string): void {
  visitor.enter("acknowledge");
  say(line);
  visitor.leave("acknowledge");
}

let number = 0;
const next = (shape?: Shape): Entry => ({ writer: task.writer, number: (number += 1), shape: shape ?? usualShape(number) });

async function round(book: Daybook): Promise<void> {
  switch (task.scenario) {
    case "fsync":
    case "os":
      for (let index = 0; index < 5; index += 1) await append(book, next());
      await Promise.all([append(book, next()), append(book, next())]);
      return;
    case "alone":
      for (let index = 0; index < 9; index += 1) await append(book, next());
      return;
    case "mixed": {
      const group = Array.from({ length: 6 }, () => next());
      await Promise.all(group.map((entry, index) => append(book, entry, index % 2 === 0 ? "os" : "fsync", idOf(entry))));
      for (const durability of ["os", "fsync"] as const) {
        const alone = next();
        await append(book, alone, durability, idOf(alone));
      }
      return;
    }
    case "snapshots":
      await append(book, next("bulk"));
      await book.runs.list();
      await append(book, next());
      return;
    case "ledger":
      acknowledge(`uid ${await book.runs.allocate("train")}`);
      for (const uid of await Promise.all([book.runs.allocate("train"), book.runs.allocate("train")])) acknowledge(`uid ${uid}`);
      await append(book, next(), "os");
      await append(book, next("large"));
      return;
  }
}

let book = await open();
say("open");
for (const entry of task.repeat) await append(book, entry, "fsync", idOf(entry));
for (let index = 0; index < task.rounds; index += 1) {
  await round(book);
  // Snapshots are taken at closing; the others close once, or never.
  if (task.scenario !== "snapshots") continue;
  await book.close();
  book = await open();
}
await book.close();
if (task.count === true) say(`points ${JSON.stringify(Object.fromEntries(visitor.passed))}`);
say("done");
