import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { metadataText, openDaybook, Status } from "../../../src/index.js";
import type { DaybookOptions } from "../../../src/index.js";
import { FileLock } from "../../../src/log/file-lock.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { temporaryBook } from "../runs/temporary-book.js";
import { finishedRun, originalText } from "./original-file.js";
import type { OriginalRun } from "./original-file.js";

type Metadata = Record<string, Record<string, Record<string, OriginalRun>>>;
const parsed = (file: string): Metadata => JSON.parse(fs.readFileSync(file, "utf8")) as Metadata;
const inode = (file: string): number => fs.statSync(file).ino;
/** Waits until a file is as it should be. */
const shows = (file: string, check: (metadata: Metadata) => void): Promise<void> => vi.waitFor(() => check(parsed(file)), { timeout: 10_000, interval: 20 });

describe("metadata.json", () => {
  it("is the original's layout, byte for byte", async () => {
    const book = await temporaryBook();
    await book.runs.import(
      {
        train: { "mnist/cnn": { "000": { status: "done", param_hash: "abc", files: { model: 'm"ö\\.pt', n: "/abs/n.yaml" }, timestamp_status_lst: [["2026-11-21T23:20:22.622367", "pending"], ["2026-11-21T23:20:23", "done"]] } } },
        eval: { "": { "001": { status: "pending", param_hash: null, files: {}, timestamp_status_lst: [["2026-11-21T23:20:24.5", "pending"]] } } },
      },
      { timeZone: "UTC" },
    );
    const file = await book.runs.materialize();
    expect(file).toBe(path.join(book.root, "metadata.json"));
    expect(fs.readFileSync(file, "utf8")).toBe(`{
  "eval": {
    "": {
      "0001": {
        "status": "pending",
        "param_hash": null,
        "files": {},
        "timestamp_status_lst": [
          [
            "2026-11-21T23:20:24.500000+00:00",
            "pending"
          ]
        ]
      }
    }
  },
  "train": {
    "mnist/cnn": {
      "0000": {
        "status": "done",
        "param_hash": "abc",
        "files": {
          "model": "m\\"ö\\\\.pt",
          "n": "/abs/n.yaml"
        },
        "timestamp_status_lst": [
          [
            "2026-11-21T23:20:22.622000+00:00",
            "pending"
          ],
          [
            "2026-11-21T23:20:23.000000+00:00",
            "done"
          ]
        ]
      }
    }
  }
}`);
    expect(metadataText(await book.runs.list())).toBe(fs.readFileSync(file, "utf8"));
  });

  it("of 10,000 runs is the original's but for time, width of uids and order; imported and written again it is the same", { timeout: 120_000 }, async () => {
    const runs = Array.from({ length: 10_000 }, (_, index): [string, string, string, OriginalRun] => [`exp${index % 3}`, index % 2 === 0 ? "" : `scope/${index % 5}`, String(Math.floor(index / 30)).padStart(3, "0"), finishedRun(index)]);
    // Each place once, in the order that daybook writes: the order is one of the things that differ.
    const byPlace = [...new Map(runs.map((run) => [`${run[0]}\0${run[1]}\0${run[2]}`, run])).entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, run]) => run);
    const text = originalText(byPlace);
    const first = await temporaryBook();
    expect(await first.runs.import(text, { timeZone: "UTC" })).toMatchObject({ runs: byPlace.length, skipped: [] });
    const written = fs.readFileSync(await first.runs.materialize(), "utf8");
    const normal = text.replace(/("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d{3}"/g, '$1000+00:00"').replace(/^ {6}"(\d{3})": \{$/gm, '      "0$1": {');
    expect(written === normal).toBe(true);
    const second = await temporaryBook();
    await second.runs.import(written, { timeZone: "America/New_York" });
    expect(fs.readFileSync(await second.runs.materialize(), "utf8") === written).toBe(true);
    expect(await first.runs.import(written)).toMatchObject({ runs: 0, grown: 0, events: 0, skipped: [] });
  });

  it("has uids in the order of their numbers", async () => {
    const book = await temporaryBook();
    await book.runs.import({ train: { "": Object.fromEntries(["9999", "10000", "000", "1000"].map((uid) => [uid, finishedRun(1)])) } });
    const text = fs.readFileSync(await book.runs.materialize(), "utf8");
    expect(text.match(/^ {6}"\d+"/gm)?.map((uid) => uid.trim())).toEqual(['"0000"', '"1000"', '"9999"', '"10000"']);
  });
});

describe("materialize", () => {
  it("keeps the file while the daybook is open, also with what other processes append, and at close", async () => {
    const root = temporaryFolder();
    const file = path.join(root, "metadata.json");
    const book = await temporaryBook({ materialize: true }, root);
    await shows(file, (metadata) => expect(metadata).toEqual({}));
    await book.runs.allocate("train");
    await shows(file, (metadata) => expect(metadata["train"]?.[""]?.["0001"]).toMatchObject({ status: "pending" }));
    const other = spawn(process.execPath, ["--input-type=module", "-e", `const { openDaybook } = await import(${JSON.stringify(new URL("../../../dist/src/index.js", import.meta.url).href)}); const book = await openDaybook(${JSON.stringify(root)}); await book.runs.log("train", "0001", { status: "ERROR" }); await book.close();`], { stdio: "inherit" });
    await once(other, "exit");
    await shows(file, (metadata) => expect(metadata["train"]?.[""]?.["0001"]).toMatchObject({ status: "error" }));
    await book.runs.log("train", "0001", { status: Status.DONE });
    await book.close();
    expect(parsed(file)["train"]?.[""]?.["0001"]).toMatchObject({ status: "done" });
  });

  it("has at close what was appended without waiting", async () => {
    const root = temporaryFolder();
    const book = await temporaryBook({ materialize: { path: path.join(root, "deep/er/runs.json") } }, root);
    const appending = Array.from({ length: 50 }, () => book.runs.allocate("train"));
    await book.close();
    await Promise.all(appending);
    expect(Object.keys(parsed(path.join(root, "deep/er/runs.json"))["train"]?.[""] ?? {})).toHaveLength(50);
  });

  it("writes at most every 250 ms under load, and not at all where nothing has changed", { timeout: 30_000 }, async () => {
    const root = temporaryFolder();
    const file = path.join(root, "metadata.json");
    const book = await temporaryBook({ materialize: true }, root);
    const renamed = new Set<number>();
    let appended = 0;
    const until = performance.now() + 2000;
    while (performance.now() < until) {
      await book.runs.allocate("train");
      appended += 1;
      if (fs.existsSync(file)) renamed.add(fs.statSync(file).mtimeMs);
    }
    expect(renamed.size).toBeLessThanOrEqual(9);
    expect(renamed.size).toBeGreaterThanOrEqual(2);
    expect(appended).toBeGreaterThan(renamed.size);
    await shows(file, (metadata) => expect(Object.keys(metadata["train"]?.[""] ?? {})).toHaveLength(appended));
    const last = inode(file);
    await book.log.append({ stream: "sample/1", type: "sample.measured", data: {} });
    await sleep(600);
    await book.runs.materialize();
    expect(inode(file)).toBe(last);
  });

  it("keeps no process alive", { timeout: 30_000 }, async () => {
    const root = temporaryFolder();
    const program = `const { openDaybook } = await import(${JSON.stringify(new URL("../../../dist/src/index.js", import.meta.url).href)}); const book = await openDaybook(${JSON.stringify(root)}, { materialize: true }); await book.runs.allocate("train");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit", timeout: 20_000 });
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("leaves a file of somebody else as it is, and says what to do", async () => {
    const root = temporaryFolder();
    const file = path.join(root, "metadata.json");
    const options: DaybookOptions = { materialize: true };
    const original = originalText([["train", "", "000", finishedRun(1)], ["train", "", "001", finishedRun(2)]]);
    for (const [content, why] of [
      [original, /2 of its runs are not in the daybook.*Import it first.*another path/],
      ["{ broken", /not JSON/],
      ["", /nothing in it/],
    ] as const) {
      fs.writeFileSync(file, content);
      await expect(temporaryBook(options, root)).rejects.toMatchObject({ code: "METADATA_FOREIGN", path: file, message: expect.stringMatching(why) as string });
      expect(fs.readFileSync(file, "utf8")).toBe(content);
    }
    // Imported, it can be replaced, in whatever zone its times were read.
    fs.writeFileSync(file, original);
    const book = await temporaryBook({}, root);
    await expect(book.runs.materialize()).rejects.toMatchObject({ code: "METADATA_FOREIGN" });
    await book.runs.import(file, { timeZone: "Asia/Tokyo" });
    await book.close();
    const again = await temporaryBook(options, root);
    await again.close();
    expect(Object.keys(parsed(file)["train"]?.[""] ?? {})).toEqual(["0000", "0001"]);
  });

  it("leaves a file alone that is called as its lock, or to which a link in its way leads", async () => {
    const folder = temporaryFolder();
    const book = await temporaryBook();
    await book.runs.allocate("train");
    const theirs = path.join(folder, "Cargo.lock");
    fs.writeFileSync(theirs, "# not ours\n");
    await expect(book.runs.materialize(path.join(folder, "Cargo.json"))).rejects.toMatchObject({ code: "METADATA_FOREIGN", path: theirs });
    fs.symlinkSync(theirs, path.join(folder, "out.json.new"));
    const file = await book.runs.materialize(path.join(folder, "out.json"));
    expect([fs.readFileSync(theirs, "utf8"), fs.lstatSync(file).isFile(), Object.keys(parsed(file))]).toEqual(["# not ours\n", true, ["train"]]);
    // What a crash or a power cut may have left in it is no obstacle.
    for (const left of ["", "\0".repeat(8192), " ".repeat(8191) + "\n", '{"root":"/x","se']) {
      fs.writeFileSync(path.join(folder, "out.lock"), left);
      expect(await book.runs.materialize(file)).toBe(file);
    }
  });

  it.each(["log/00000000000000000009.ndjson", "log/x/metadata.json", "snapshots/m.json", "quarantine/m.json"])("is not written among the log's own files: %s", async (name) => {
    const book = await temporaryBook();
    await book.runs.allocate("train");
    const before = fs.readdirSync(book.root, { recursive: true });
    await expect(book.runs.materialize(path.join(book.root, name))).rejects.toMatchObject({ code: "INVALID_OPTION", field: "path" });
    expect(fs.readdirSync(book.root, { recursive: true })).toEqual(before);
  });

  it("does not overwrite what the original has added meanwhile, under its lock", async () => {
    const root = temporaryFolder();
    const file = path.join(root, "metadata.json");
    const book = await temporaryBook({}, root);
    await book.runs.allocate("train");
    await book.runs.materialize();
    const theirs = parsed(file);
    (theirs["train"] as Record<string, Record<string, OriginalRun>>)["new"] = { "000": finishedRun(1) };
    fs.writeFileSync(file, JSON.stringify(theirs, null, 2));
    await book.runs.allocate("train");
    await expect(book.runs.materialize()).rejects.toMatchObject({ code: "METADATA_FOREIGN" });
    expect(parsed(file)).toEqual(theirs);
    // The original holds its lock while it reads and writes.
    await book.runs.import(file, { timeZone: "UTC" });
    const lock = new FileLock(path.join(root, "metadata.lock"), true);
    expect(lock.tryAcquire("exclusive")).toBe(true);
    const writing = book.runs.materialize();
    await sleep(100);
    expect(parsed(file)).toEqual(theirs);
    // Its lock empties the file.
    fs.truncateSync(path.join(root, "metadata.lock"));
    lock.close();
    await writing;
    expect(Object.keys(parsed(file)["train"] ?? {})).toEqual(["", "new"]);
  });

  it("goes on with a copy of the root, and after a crash in the middle of a write", async () => {
    const root = path.join(temporaryFolder(), "a");
    const book = await temporaryBook({ materialize: true }, root);
    await book.runs.allocate("train");
    await book.close();
    const copy = path.join(temporaryFolder(), "copy");
    fs.cpSync(root, copy, { recursive: true });
    fs.writeFileSync(path.join(copy, "metadata.json.new"), '{\n  "tr');
    const later = await temporaryBook({ materialize: true }, copy);
    await later.runs.allocate("train");
    await later.close();
    expect(Object.keys(parsed(path.join(copy, "metadata.json"))["train"]?.[""] ?? {})).toEqual(["0001", "0002"]);
    expect(fs.readdirSync(copy)).not.toContain("metadata.json.new");
  });

  it("tells what cannot be written once, by a warning, and stops neither appending nor closing", async () => {
    const root = temporaryFolder();
    const warnings: (Error & { code?: string })[] = [];
    const listener = (warning: Error & { code?: string }): void => void warnings.push(warning);
    process.on("warning", listener);
    try {
      const book = await temporaryBook({ materialize: true }, root);
      fs.mkdirSync(path.join(root, "metadata.json.new"));
      for (let index = 0; index < 3; index += 1) {
        await book.runs.allocate("train");
        await sleep(150);
      }
      await expect(book.runs.materialize()).rejects.toMatchObject({ code: "WRITE_FAILED", message: expect.stringMatching(/metadata\.json could not be written: (EISDIR|EPERM)/) as string });
      await book.close();
      await sleep(10);
    } finally {
      process.off("warning", listener);
    }
    expect(warnings.map(({ code }) => code)).toEqual(["DAYBOOK_MATERIALIZE"]);
    fs.rmdirSync(path.join(root, "metadata.json.new"));
    await (await openDaybook(root, { materialize: true })).close();
    expect(Object.keys(parsed(path.join(root, "metadata.json"))["train"]?.[""] ?? {})).toHaveLength(3);
  });

  it("writes for a read-only daybook only where it is told to", async () => {
    const root = temporaryFolder();
    const book = await temporaryBook({}, root);
    await book.runs.allocate("train");
    const reader = await temporaryBook({ readOnly: true }, root);
    await expect(reader.runs.materialize()).rejects.toMatchObject({ code: "LOG_READ_ONLY" });
    const file = path.join(temporaryFolder(), "out.json");
    expect(await reader.runs.materialize(file)).toBe(file);
    expect(parsed(file)["train"]?.[""]?.["0001"]).toBeDefined();
  });

  it.each<[string, unknown, string]>([
    ["something else", "metadata.json", "materialize"],
    ["null", null, "materialize"],
    ["an unknown field", { file: "x" }, "materialize.file"],
    ["an empty path", { path: "" }, "materialize.path"],
    ["a path with U+0000", { path: "a\0" }, "materialize.path"],
  ])("refuses %s as an option", async (_what, materialize, field) => {
    await expect(openDaybook(temporaryFolder(), { materialize } as DaybookOptions)).rejects.toMatchObject({ code: "INVALID_OPTION", field });
  });

  it("refuses a daybook that only reads", async () => {
    await expect(openDaybook(temporaryFolder(), { materialize: true, readOnly: true })).rejects.toMatchObject({ code: "INVALID_OPTION", field: "materialize" });
  });
});
