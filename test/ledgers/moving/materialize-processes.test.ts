import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { metadataText } from "../../../src/index.js";
import { startProgram } from "../../support/programs.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { temporaryBook } from "../runs/temporary-book.js";
import type { OriginalRun } from "./original-file.js";

type Metadata = Record<string, Record<string, Record<string, OriginalRun>>>;

/** How far each run has come: its statuses. Runs and statuses only ever grow. */
function standings(metadata: Metadata): Map<string, string> {
  const found = new Map<string, string>();
  for (const [identifier, scopes] of Object.entries(metadata)) {
    for (const [uid, record] of Object.entries(scopes[""] ?? {})) found.set(`${identifier}/${uid}`, (record.timestamp_status_lst ?? []).map((entry) => (entry as [string, string])[1]).join());
  }
  return found;
}

it("is whole whenever it is read, and never goes back, while four processes write", { timeout: 120_000 }, async () => {
  const root = temporaryFolder();
  const file = path.join(root, "metadata.json");
  const writers = ["a", "b", "c", "d"].map((name) => startProgram("materialize-runs", [root, name, 400]));
  // One dies at some moment; the others go on.
  const victim = startProgram("materialize-runs", [root, "victim", 100_000]);
  await Promise.all([...writers, victim].map((writer) => writer.line((line) => line === "open")));
  for (const writer of [...writers, victim]) writer.child.stdin?.write("go\n");
  let running = true;
  const all = Promise.all(writers.map((writer) => writer.ended)).finally(() => (running = false));
  const killing = sleep(700).then(() => victim.child.kill("SIGKILL"));
  let before = new Map<string, string>();
  const versions = new Set<number>();
  let reads = 0;
  while (running) {
    if (fs.existsSync(file)) {
      const text = fs.readFileSync(file, "utf8");
      const now = standings(JSON.parse(text) as Metadata);
      for (const [run, had] of before) if (now.get(run)?.startsWith(had) !== true) expect.fail(`${run} went from ${had} back to ${now.get(run)}`);
      before = now;
      versions.add(fs.statSync(file).mtimeMs);
      reads += 1;
    }
    await sleep(1);
  }
  await killing;
  await victim.ended;
  expect((await all).map(({ code, errors }) => [code, errors])).toEqual(writers.map(() => [0, ""]));
  expect(reads).toBeGreaterThan(20);
  expect(versions.size).toBeGreaterThan(3);
  // All of the four is in it, whoever was the last.
  const last = standings(JSON.parse(fs.readFileSync(file, "utf8")) as Metadata);
  for (const name of ["a", "b", "c", "d"]) expect([...last].filter(([run, had]) => run.startsWith(`${name}/`) && had === "pending,running,done")).toHaveLength(400);
  const book = await temporaryBook({ materialize: true }, root);
  await book.close();
  const reader = await temporaryBook({ readOnly: true }, root);
  expect(fs.readFileSync(file, "utf8") === metadataText(await reader.runs.list())).toBe(true);
});
