import { describe, expect, it, onTestFinished } from "vitest";
import { defineProjection, openDaybook } from "../../src/index.js";
import type { RecordedEvent } from "../../src/index.js";
import { events$, view$ } from "../../src/live.js";
import { startProgram } from "../support/programs.js";
import type { Program } from "../support/programs.js";
import { segmentFiles } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { range, Recorder, seqsOf, ticks } from "./recorder.js";

/** Two writers on one root, open and waiting for the word. */
async function writers(root: string, count: number, segmentBytes: number): Promise<Program[]> {
  const programs = ["tick/one", "tick/two"].map((stream) => startProgram("append-numbered", [root, stream, count, "os", segmentBytes]));
  onTestFinished(() => void programs.map(({ child }) => child.kill("SIGKILL")));
  await Promise.all(programs.map((program) => program.line((line) => line === "open")));
  return programs;
}

const sum = defineProjection({
  name: "sum",
  version: 1,
  types: ["tick.counted"],
  initialState: 0,
  evolve: (state: number, event) => state + Number(event.data["number"]),
});

const start = (programs: readonly Program[]): void => programs.forEach(({ child }) => void child.stdin?.write("go\n"));

describe("across processes", () => {
  it.each([4096, 2 ** 24])("no event is missed or doubled between replay and live, with segments of %d bytes", async (segmentBytes) => {
    const root = temporaryFolder();
    const book = await openDaybook(root, { segmentBytes });
    onTestFinished(() => book.close());
    await book.log.append(ticks(500, "tick/past"));
    const programs = await writers(root, 800, segmentBytes);
    start(programs);
    const total = 2100;
    // Subscribers come one after another, while both write.
    const recorders: Recorder<RecordedEvent>[] = [];
    while (recorders.length < 12) {
      recorders.push(new Recorder(events$(book)));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(programs.map(({ ended }) => ended));
    for (const recorder of recorders) await recorder.until(({ values, error }) => values.length >= total || error !== undefined);
    for (const { values, error } of recorders) {
      expect(error).toBeUndefined();
      expect(seqsOf(values)).toEqual(range(1, total));
    }
    const numbers = recorders[0]?.values.filter(({ stream }) => stream === "tick/two").map(({ data }) => data["number"]);
    expect(numbers).toEqual(range(1, 800));
    if (segmentBytes === 4096) expect(segmentFiles(root).length).toBeGreaterThan(20);
  });

  it("a read-only daybook follows too, and a view goes along", async () => {
    const root = temporaryFolder();
    await (await openDaybook(root)).close();
    const [program] = await writers(root, 200, 4096);
    const book = await openDaybook(root, { readOnly: true });
    onTestFinished(() => book.close());
    book.registerProjection(sum);
    const events = new Recorder(events$(book, { stream: "tick/one" }));
    const views = new Recorder(view$(book, "sum"));
    await views.until(({ values }) => values.length === 1);
    start([program as Program]);
    await events.until(({ values }) => values.length === 200);
    await views.until(({ values }) => values.at(-1) === 20_100);
    expect(views.values[0]).toBe(0);
    expect(views.values.map(Number)).toEqual(views.values.map(Number).sort((a, b) => a - b));
  });
});
