import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDaybookOn } from "../src/open-daybook.js";
import { isDaybookError, openDaybook } from "../src/index.js";
import { faultyFiles } from "./support/faulty-files.js";
import { temporaryFolder } from "./support/temporary-folder.js";

it("refuses what is no option, signal, projection or path with a typed error", async () => {
  await using book = await openDaybook(temporaryFolder());
  const event = { stream: "note/1", type: "note.taken", data: {} };
  const odd = {} as never;
  for (const call of [
    () => openDaybook(odd),
    () => openDaybook("a\0b"),
    () => book.log.append(event, { signal: odd }),
    () => book.transact(odd, () => []),
    () => book.transact([], odd),
    () => book.verify({ signal: odd }),
    () => book.rebuild({ projections: odd }),
    () => book.runs.list({ signal: odd }),
    // eslint-disable-next-line @typescript-eslint/require-await -- what throws at once is to reject
    async () => book.log.read({ types: odd }),
    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    async () => book.registerProjection({ name: odd } as never),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: "INVALID_OPTION" });
  }
  expect((await book.log.head()).seq).toBe(0);
});

it("refuses data that gives itself out for something else when it is written", async () => {
  await using book = await openDaybook(temporaryFolder());
  for (const written of [undefined, null, "text", 5, [1]]) {
    const data = new Proxy({}, { get: (target, key) => (key === "toJSON" ? () => written : (Reflect.get(target, key) as unknown)) });
    const event = { stream: "note/1", type: "note.taken", data };
    await expect(book.log.append(event)).rejects.toMatchObject({ code: "INVALID_EVENT" });
    await expect(book.transact([], () => [event])).rejects.toMatchObject({ code: "INVALID_EVENT" });
  }
  await expect(book.log.append({ stream: "note/1", type: "", data: {} })).rejects.toMatchObject({ code: "INVALID_ID" });
  expect((await book.log.head()).seq).toBe(0);
});

it("does not take Node's own errors for those of daybook", () => {
  expect(isDaybookError(Object.assign(new RangeError(), { code: "ERR_OUT_OF_RANGE" }))).toBe(false);
});

it("gives READ_FAILED where a check of the log cannot read, and removes no snapshot without a word", async () => {
  const root = temporaryFolder();
  let failing = "";
  const { files } = faultyFiles((call, _index, [path]) => (failing !== "" && call === "statSync" && String(path).endsWith(failing) ? { error: "EIO" } : undefined));
  await using book = await openDaybookOn({ files }, root);
  failing = "manifest.ndjson";
  await expect(book.verify()).rejects.toMatchObject({ code: "READ_FAILED" });
  failing = "runs";
  mkdirSync(join(root, "snapshots", "runs"), { recursive: true });
  await expect(book.rebuild()).rejects.toMatchObject({ code: "WRITE_FAILED" });
  failing = "";
});

it("judges files of 10 GB by their size or their beginning", async () => {
  const root = temporaryFolder();
  const book = await openDaybook(root);
  await book.log.append({ stream: "note/1", type: "note.taken", data: {} });
  await book.close();
  const manifest = join(root, "log", "manifest.ndjson");
  writeFileSync(manifest, "");
  truncateSync(manifest, 10 * 2 ** 30);
  await expect(openDaybook(root)).rejects.toMatchObject({ code: "LOG_CORRUPT", segment: "manifest.ndjson", offset: 0 });
  truncateSync(manifest, 0);
  truncateSync(join(root, "log", "00000000000000000001.ndjson"), 10 * 2 ** 30);
  await expect(openDaybook(root)).rejects.toMatchObject({ code: "LOG_CORRUPT", seq: 2 });
});
