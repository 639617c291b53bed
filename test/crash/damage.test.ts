import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isDaybookError, openDaybook } from "../../src/index.js";
import type { RecordedEvent } from "../../src/index.js";
import { commitEnds } from "../support/commit-ends.js";
import { segmentFiles } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** A log of several segments with runs in it; one byte of the segment named is wrong. Gives the last whole seq before it. */
async function damagedRoot(which: "first" | "middle" | "last"): Promise<{ root: string; whole: number }> {
  const root = temporaryFolder();
  const book = await openDaybook(root, { segmentBytes: 4096 });
  for (let index = 0; index < 60; index += 1) await book.runs.allocate("train", { params: { index, text: "x".repeat(100) } });
  await book.close();
  const names = segmentFiles(root);
  expect(names.length).toBeGreaterThan(3);
  const name = names[which === "first" ? 0 : which === "middle" ? 2 : names.length - 1] as string;
  const path = join(root, "log", name);
  const bytes = readFileSync(path);
  const [first, second] = commitEnds(bytes);
  const at = (second?.offset as number) - 40;
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
  rmSync(join(root, "snapshots"), { recursive: true, force: true });
  return { root, whole: first?.seq as number };
}

describe.each(["first", "middle", "last"] as const)("a log with damage in its %s segment", (which) => {
  it("opened read-only serves everything before the damage and says so", async () => {
    const { root, whole } = await damagedRoot(which);
    const book = await openDaybook(root, { readOnly: true });
    expect(book.damage?.code).toBe("LOG_CORRUPT");
    expect((await book.log.head()).seq).toBe(whole);
    expect(await book.runs.list()).toHaveLength(whole);
    expect(Object.keys((await book.view("runs")) as object)).toHaveLength(whole);

    const seen: RecordedEvent[] = [];
    const reading = (async () => {
      for await (const event of book.log.read()) seen.push(event);
    })();
    await expect(reading).rejects.toMatchObject({ code: "LOG_CORRUPT", seq: whole + 1 });
    expect(seen).toHaveLength(whole);
    const upTo: number[] = [];
    for await (const event of book.log.read({ to: whole })) upTo.push(event.seq);
    expect(upTo).toHaveLength(whole);

    const { ok, faults } = await book.verify({ full: true });
    expect(ok).toBe(false);
    expect(faults[0]).toMatchObject({ seq: whole + 1 });
    await book.close();
  });

  it("refuses to be opened for writing, and is not touched", async () => {
    const { root } = await damagedRoot(which);
    const before = segmentFiles(root).map((name) => readFileSync(join(root, "log", name)));
    await expect(openDaybook(root)).rejects.toSatisfy((error) => isDaybookError(error, "LOG_CORRUPT"));
    expect(segmentFiles(root).map((name) => readFileSync(join(root, "log", name)))).toEqual(before);
  });
});

it("names every fault of a log with several", async () => {
  const { root } = await damagedRoot("first");
  const path = join(root, "log", segmentFiles(root)[2] as string);
  const bytes = readFileSync(path);
  const ends = commitEnds(bytes);
  for (const end of [ends[1], ends[5]]) bytes[(end?.offset as number) - 60] = 0x21;
  writeFileSync(path, bytes);
  const book = await openDaybook(root, { readOnly: true });
  const { faults } = await book.verify({ full: true });
  const commits = faults.filter(({ kind }) => kind === "commit");
  expect(commits.map(({ segment, offset }) => [segment, offset])).toEqual([
    [segmentFiles(root)[0], commits[0]?.offset],
    [segmentFiles(root)[2], ends[0]?.offset],
    [segmentFiles(root)[2], ends[4]?.offset],
  ]);
  await book.close();
});

it("of which only the manifest is left is damaged, for reading too", async () => {
  const { root } = await damagedRoot("last");
  for (const name of segmentFiles(root)) rmSync(join(root, "log", name));
  for (const readOnly of [true, false]) {
    await expect(openDaybook(root, { readOnly })).rejects.toMatchObject({ code: "LOG_CORRUPT", segment: "00000000000000000001.ndjson", offset: 0, seq: 1 });
  }
});

it("whose sealed segment is missing, shortened or replaced by another log's is refused and reported", async () => {
  for (const harm of ["missing", "shortened", "foreign"] as const) {
    const root = temporaryFolder();
    const other = temporaryFolder();
    for (const folder of [root, other]) {
      const book = await openDaybook(folder, { segmentBytes: 4096 });
      for (let index = 0; index < 60; index += 1) await book.runs.allocate("train", { params: { index, text: "x".repeat(100) } });
      await book.close();
    }
    const name = segmentFiles(root)[1] as string;
    const path = join(root, "log", name);
    if (harm === "missing") rmSync(path);
    if (harm === "shortened") writeFileSync(path, readFileSync(path).subarray(0, -1));
    if (harm === "foreign") writeFileSync(path, readFileSync(join(other, "log", name)));
    await expect(openDaybook(root), harm).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    const book = await openDaybook(root, { readOnly: true });
    expect((await book.verify()).ok, harm).toBe(false);
    // What is missing is named where the segment before it ends.
    expect(book.damage?.segment, harm).toBe(harm === "missing" ? segmentFiles(root)[0] : name);
    await book.close();
  }
});
