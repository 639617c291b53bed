import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isDaybookError, openDaybook } from "../../../src/index.js";
import { WarmStartStore } from "../../../src/warm-starts.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const key = "ab".repeat(32);

/** Three entries of 10 bytes, `run-1` the oldest. */
async function threeEntries(): Promise<string> {
  const root = temporaryFolder();
  await using store = await WarmStartStore.open(root);
  for (const number of [1, 2, 3]) await store.saveOverwrite(key, `run-${number}`, new Uint8Array(10).fill(number), { objective: number });
  return root;
}

describe("a dry run of evicting", () => {
  it("says what would go, and what would be left, and changes nothing", async () => {
    const root = await threeEntries();
    await using store = await WarmStartStore.open(root, { sizeBudgetBytes: 15 });
    const { seq } = await store.book.log.head();
    const report = await store.evict({ dryRun: true });
    expect(report).toEqual({ evicted: [1, 2].map((number) => ({ key, run: `run-${number}`, reason: "budget", bytes: 10 })), bytes: 10, entries: 1 });
    expect([(await store.book.log.head()).seq, readdirSync(join(root, "warm-starts", key)).length]).toEqual([seq, 3]);
    expect(await store.evict()).toEqual(report);
    expect(await store.evict({ dryRun: true })).toEqual({ evicted: [], bytes: 10, entries: 1 });
  });

  it("may be asked for where nothing can be given up", async () => {
    await using book = await openDaybook(await threeEntries(), { readOnly: true });
    await using now = await WarmStartStore.open(book, { sizeBudgetBytes: 15 });
    await using then = await WarmStartStore.open(await book.at(2), { sizeBudgetBytes: 15 });
    expect((await now.evict({ dryRun: true })).evicted).toHaveLength(2);
    expect((await then.evict({ dryRun: true })).evicted).toHaveLength(1);
    for (const store of [now, then]) expect(isDaybookError(await store.evict().catch((error: unknown) => error), "LOG_READ_ONLY")).toBe(true);
  });

  it("refuses options that it does not know", async () => {
    await using store = await WarmStartStore.open(temporaryFolder());
    for (const options of [{ dryrun: true }, { dryRun: 1 }, null]) expect(isDaybookError(await store.evict(options as never).catch((error: unknown) => error), "INVALID_OPTION")).toBe(true);
  });
});
