/** What the tests of the run ledger's aggregator assert, as daybook calls. docs/from-run-ledger.md says what differs. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openDaybook, Status } from "../../src/index.js";
import type { Daybook, RunLedger } from "../../src/index.js";
import { aggregateRuns } from "../../src/ledgers/projects/aggregate.js";
import type { AggregateSource } from "../../src/ledgers/projects/aggregate.js";
import { temporaryFolder } from "../support/temporary-folder.js";

async function openBook(): Promise<Daybook> {
  const book = await openDaybook(join(temporaryFolder(), "results"));
  onTestFinished(() => book.close());
  return book;
}

const sourceOf = ({ runs }: Daybook): AggregateSource => ({
  list: (options) => runs.list(options),
  folderOf: ({ identifier, uid, relpath }) => runs.folder(identifier, uid, { relpath }),
});

/** A finished run with its metrics.json. @returns the file */
async function finish(ledger: RunLedger, identifier: string, metrics: object): Promise<string> {
  const uid = await ledger.allocate(identifier);
  const folder = ledger.folder(identifier, uid);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "metrics.json"), JSON.stringify(metrics));
  await ledger.log(identifier, uid, { status: Status.DONE, files: { metrics: "metrics.json" } });
  return join(folder, "metrics.json");
}

it("aggregate_basic: two identifiers give flat rows, with the uid", async () => {
  const book = await openBook();
  for (const n of [1, 2]) {
    await finish(book.runs, "train", { a: n, b: { c: n * 10 } });
    await finish(book.runs, "eval", { score: n / 2 });
  }
  const { rows } = await aggregateRuns(sourceOf(book), "", ["train", "eval"], "metrics", { separator: "__" });
  expect(rows).toEqual([
    { uid: "0001", a: 1, b__c: 10, score: 0.5 },
    { uid: "0002", a: 2, b__c: 20, score: 1 },
  ]);
});

it("aggregate_with_adapter: what an adapter did to a payload is a map over the rows", async () => {
  const book = await openBook();
  await finish(book.runs, "train", { loss: 0.5, accuracy: 0.9 });
  const { rows } = await aggregateRuns(sourceOf(book), "", ["train"], "metrics");
  const typed = rows.map(({ uid, loss, accuracy }) => ({ uid, summary: `${JSON.stringify(loss)}/${JSON.stringify(accuracy)}` }));
  expect(typed).toEqual([{ uid: "0001", summary: "0.5/0.9" }]);
});

it("missing_file_raises: when asked; otherwise it is listed", async () => {
  const book = await openBook();
  await finish(book.runs, "train", { a: 1 });
  const lost = await finish(book.runs, "train", { a: 2 });
  rmSync(lost);
  const aggregate = (onMissing: "list" | "throw") => aggregateRuns(sourceOf(book), "", ["train"], "metrics", { onMissing });
  await expect(aggregate("throw")).rejects.toMatchObject({ code: "FILES_MISSING", missing: [{ run: "train/0002", why: "NOT_FOUND", path: "metrics.json" }] });
  expect(await aggregate("list")).toMatchObject({ rows: [{ uid: "0001", a: 1 }], missing: [{ run: "train/0002" }] });
});
