/** Runs steps on a daybook and records every call and every promise. Argument: a {@link ProgramTask} as JSON. */
import { openDaybookOn } from "../../../src/open-daybook.js";
import type { Daybook } from "../../../src/daybook.js";
import { defineProjection } from "../../../src/index.js";
import type { Durability } from "../../../src/log/port.js";
import { eventsOf, idOf } from "../crash-matrix/entries.js";
import type { Shape } from "../crash-matrix/entries.js";
import { instrumentedFiles } from "../crash-matrix/instrumented-files.js";
import { KillSwitch } from "../crash-matrix/kill-switch.js";
import type { ProgramTask, Step } from "./recordings.js";
import { Recorder, recordingFiles } from "./recording-files.js";

const task = JSON.parse(process.argv[2] ?? "") as ProgramTask;
const recorder = new Recorder(task.file, task.base, BigInt(task.epoch), task.by);
const visitor = new KillSwitch(task.kill, () => undefined);
const files = instrumentedFiles(task.root, visitor, recordingFiles(recorder));
/** The last seq, as decisions see it. */
const lastSeq = defineProjection({ name: "last-seq", version: 1, initialState: 0, evolve: (_state: number, event) => event.seq });

const open = (): Promise<Daybook> => openDaybookOn({ files }, task.root, { participantId: task.by, segmentBytes: 4096, lockTimeoutMs: 30_000 });
let number = 0;

async function append(book: Daybook, durability: Durability, shape: Shape, named = false): Promise<void> {
  number += 1;
  const entry = { writer: task.by, number, shape };
  const options = { durability, ...(named ? { id: idOf(entry) } : {}) };
  const appended = await book.log.append(eventsOf(entry), options);
  if (durability === "fsync") recorder.promised(appended.lastSeq, `append ${task.by}/${number}`);
  if (!named) return;
  const again = await book.log.append(eventsOf(entry), { ...options, durability: "fsync" });
  recorder.promised(again.lastSeq, `append ${task.by}/${number}, a second time`);
}

async function take(book: Daybook, step: Step): Promise<void> {
  switch (step) {
    case "durable":
      return append(book, "fsync", "small");
    case "os":
      return append(book, "os", "small");
    case "large":
      return append(book, "fsync", "large");
    case "large-os":
      return append(book, "os", "large");
    case "group":
      await Promise.all([append(book, "fsync", "small"), append(book, "os", "small"), append(book, "fsync", "large"), append(book, "fsync", "small")]);
      return;
    case "twice":
      return append(book, "os", "small", true);
    case "nothing": {
      const { result } = await book.transact([lastSeq], (states) => ({ events: [], result: states["last-seq"] }));
      return recorder.promised(result, "a decision without events");
    }
    case "allocate":
      return recorder.allocated(await book.runs.allocate("train"));
    case "bulk":
      await append(book, "fsync", "bulk");
      await book.runs.list();
      return;
    case "seal":
      // Sealing goes on beside the program; a turn for each of its steps.
      for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return;
    case "reopen":
      return;
  }
}

let book = await open();
for (const step of task.steps) {
  await take(book, step);
  if (step !== "reopen") continue;
  await book.close();
  book = await open();
}
await book.close();
