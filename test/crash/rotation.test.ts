import { Worker } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { runProgram, startProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";

it("raises no false alarm and loses nothing while processes rotate, append and read at once", { timeout: 120_000 }, async () => {
  const root = temporaryFolder();
  await runProgram("allocate", [root, "start", 1, 4096]);
  const readers = [0, 1].map(() => startProgram("read-along", [root, 3001]));
  await Promise.all(readers.map((reader) => reader.line((line) => line === "reading")));
  const writers = await Promise.all(Array.from({ length: 3 }, (_, index) => runProgram("allocate-os", [root, `w${index}`, 1000, 4096])));
  expect(writers.flat()).toHaveLength(3000);
  for (const reader of readers) {
    const { code, errors } = await reader.ended;
    expect(errors).toBe("");
    expect(code).toBe(0);
    expect(reader.lines.at(-1)).toBe("3001 in order");
  }
  const book = await openDaybook(root);
  const { ok, segments, events } = await book.verify({ full: true });
  expect({ ok, events }).toEqual({ ok: true, events: 3001 });
  expect(segments).toBeGreaterThan(10);
  await book.close();
});

it("serves worker threads and the main thread of one process at once", async () => {
  const root = temporaryFolder();
  const book = await openDaybook(root);
  const file = fileURLToPath(new URL("../../dist/test/programs/allocate.js", import.meta.url));
  const ends = Array.from(
    { length: 3 },
    () =>
      new Promise<number>((resolve, reject) => {
        const worker = new Worker(file, { argv: [root, "train", "100"], stdout: true });
        worker.on("error", reject);
        worker.on("exit", resolve);
      }),
  );
  for (let index = 0; index < 100; index += 1) await book.runs.allocate("train");
  expect(await Promise.all(ends)).toEqual([0, 0, 0]);
  const uids = Object.keys(await book.runs.getUidRecordDict("train"));
  expect(uids).toHaveLength(400);
  expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: 400 });
  await book.close();
});
