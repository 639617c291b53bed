import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { warmStartStream } from "../../src/events/warm-start-names.js";
import type { EvictReport, WarmStartGcReport, WarmStartRow, WarmStartVerification } from "../../src/warm-starts.js";
import { size } from "../../tools/cli/sizes.js";
import { drawChart, shortNumber } from "../../tools/cli/warm-starts/chart.js";
import { durably, openRawLog } from "../support/raw-log.js";
import { daybook, jsonLines, shell, temporaryFolder } from "./support.js";
import { WarmStartBook, keyOf } from "./warm-start-book.js";

const [one, two] = [keyOf("one"), keyOf("two")];
const slots = (stdout: string): string[] => jsonLines<WarmStartRow>(stdout).map(({ key, run, objective }) => `${key === one ? "one" : "two"} ${run} ${objective}`);

/**
 * Of `one`: run-a saved three times (events 1, 2 and 5), run-b once (3), a final run-c from a near match (6), a run-d that was given up (7, 8). Of `two`: run-e (4), which has
 * no objective.
 */
async function history(): Promise<{ readonly cwd: string; readonly root: string; readonly payload: string }> {
  const cwd = temporaryFolder();
  const root = path.join(cwd, "results");
  const book = await WarmStartBook.open(root);
  await book.save(one, "run-a", 800, { iteration: 4 });
  await book.save(one, "run-a", 40, { iteration: 8 });
  await book.save(one, "run-b", 50);
  await book.save(two, "run-e", undefined, { payload: "x".repeat(2000) });
  const payload = await book.save(one, "run-a", 2.5, { iteration: 12 });
  await book.save(one, "run-c", 1.123456789, { kind: "final", iteration: 30, seed: { key: two, run: "run-e", source: "preloaded" } });
  await book.save(one, "run-d", 9);
  await book.evict(one, "run-d", "budget");
  await book.book.close();
  return { cwd, root, payload };
}

describe.concurrent("daybook warm-starts", () => {
  it("lists entries by key, without a verb too, also as of earlier", async () => {
    const { cwd } = await history();
    const { code, stdout } = await daybook(cwd, ["warm-starts"]);
    const lines = stdout.trimEnd().split("\n").map((line) => line.replace(/ +\d{4}-\S+ \S+ +fitter/, ""));
    expect([code, lines.slice(1)]).toEqual([0, [
      expect.stringMatching(new RegExp(`^${one.slice(0, 12)}  run-b  checkpoint +50 +10 B$`)),
      expect.stringMatching(new RegExp(`^${one.slice(0, 12)}  run-a  checkpoint +2\\.5 +12 +10 B$`)),
      expect.stringMatching(new RegExp(`^${one.slice(0, 12)}  run-c  final +1\\.12346 +30 +10 B$`)),
      expect.stringMatching(new RegExp(`^${two.slice(0, 12)}  run-e  checkpoint +2\\.0 KiB$`)),
      "4 entries of 2 keys: 2.0 KiB",
    ]]);
    expect(slots((await daybook(cwd, ["--json", "warm-starts", "ls", two.slice(0, 6).toUpperCase()])).stdout)).toEqual(["two run-e undefined"]);
    expect(slots((await daybook(cwd, ["--json", "warm-starts", "ls", one, "--at", "3"])).stdout)).toEqual(["one run-a 40", "one run-b 50"]);
    expect((await daybook(cwd, ["warm-starts", "--at", "0"])).stdout).toMatch(/^No warm starts in .* then\.\n$/);
    expect((await shell(cwd, "$DAYBOOK warm-starts ls | head -1")).stdout).toMatch(/^key +run +kind /);
  });

  it("takes the digits that name a key, and says which ones several share", async () => {
    const cwd = temporaryFolder();
    const book = await WarmStartBook.open(path.join(cwd, "results"));
    const near = `${one.slice(0, 20)}${"0".repeat(44)}`;
    for (const key of [one, near]) await book.save(key, "run-a", 1);
    await book.book.close();
    // As many digits as tell one from the other.
    expect((await daybook(cwd, ["warm-starts"])).stdout).toContain(`\n${one.slice(0, 24)}  run-a`);
    expect(await daybook(cwd, ["warm-starts", "show", one.slice(0, 20)])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/is the beginning of 2 keys: .*\(AMBIGUOUS_KEY\)\n$/) as string });
    expect((await daybook(cwd, ["warm-starts", "show", one.slice(0, 24)])).code).toBe(0);
    for (const unknown of [two, two.slice(0, 12), one.slice(0, 3)]) {
      expect(await daybook(cwd, ["warm-starts", "show", unknown])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/there are no warm starts of a key .*, which has 2 keys; .*\(WARM_START_NOT_FOUND\)\n$/) as string });
    }
    expect(await daybook(cwd, ["warm-starts", "show", "mnist"])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/mnist is no key.*\(INVALID_ID\)/) as string });
    expect(await daybook(cwd, ["warm-starts", "shwo"])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/shwo is neither a verb of warm-starts nor a key/) as string });
  });

  it("shows a key: its entries, where its fits began, and the best objective over time as a chart", async () => {
    const { cwd } = await history();
    const { code, stdout } = await daybook(cwd, ["warm-starts", "show", one.slice(0, 8)]);
    expect(code).toBe(0);
    for (const part of [new RegExp(`^${one}\n`), / entries +3, 30 B\n/, / saves +6, 4 improvements, /, / best ever +1\.12346 at iteration 30, .* by fitter, run-c\n/, / given up +1 budget\n/, new RegExp(`run-c  final .* best; began from a near match, ${two.slice(0, 12)} run-e\n`)]) expect(stdout).toMatch(part);
    const chart = stdout.slice(stdout.indexOf("Best objective so far")).trimEnd().split("\n");
    expect(chart[0]).toBe("Best objective so far, over 6 saves, on a logarithmic scale");
    expect(chart[1]).toMatch(/^ +800 ┼─+╮$/);
    expect(chart.at(-2)).toMatch(/^ +1\.1235 ┤ +╰─+$/);
    expect(chart.at(-1)).toMatch(/^ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
    const [then] = jsonLines<{ saves: { objective: number; improved: boolean }[]; entries: unknown[] }>((await daybook(cwd, ["--json", "warm-starts", "show", one, "--at", "3"])).stdout);
    expect(then).toMatchObject({ key: one, saves: [{ objective: 800, improved: true }, { objective: 40, improved: true }, { objective: 50, improved: false }], evictions: [] });
    expect(then?.entries).toHaveLength(2);
    expect(jsonLines((await daybook(cwd, ["--json", "warm-starts", "show", one])).stdout)).toMatchObject([{ evictions: [{ seq: 8, run: "run-d", save: 1, reason: "budget", bytes: 10 }] }]);
  });

  it("knows a key all of whose entries were given up, by its first digits too", async () => {
    const cwd = temporaryFolder();
    const book = await WarmStartBook.open(path.join(cwd, "results"));
    await book.save(one, "run-a", 1);
    await book.evict(one, "run-a", "expired");
    await book.book.close();
    for (const digits of [one, one.slice(0, 8).toUpperCase()]) expect((await daybook(cwd, ["warm-starts", "show", digits])).stdout).toMatch(new RegExp(`^${one}\\n +entries +none left\\n(.*\\n)* +given up +1 expired\\n`));
    expect(await daybook(cwd, ["warm-starts", "show", two.slice(0, 8)])).toMatchObject({ code: 1, stderr: expect.stringMatching(/\(WARM_START_NOT_FOUND\)/) as string });
    expect(await daybook(cwd, ["warm-starts", "show", one.slice(0, 8), "--at", "0"])).toMatchObject({ code: 1, stderr: expect.stringMatching(/\(WARM_START_NOT_FOUND\)/) as string });
    expect(await daybook(cwd, ["warm-starts", "show", one, "--at", "0"])).toMatchObject({ code: 1, stderr: expect.stringMatching(/\(WARM_START_NOT_FOUND\)/) as string });
  });

  it("shows nothing of a log that could steer a terminal", async () => {
    const cwd = temporaryFolder();
    const wild = "\u001b[2J\u202e\u2028wild";
    // No store would write this, and another program may.
    const log = await openRawLog(path.join(cwd, "results"));
    const file = { path: `warm-starts/${wild}`, bytes: 1, sha256: "0".repeat(64) };
    const stream = warmStartStream(one);
    for (const objective of [2, 1]) await log.append([{ stream, type: "warm-start.saved", v: 1, data: { run: wild, save: 1, kind: wild, file, objective, seed: { key: wild, run: wild, source: "preloaded" } } }], durably);
    await log.append([{ stream, type: "warm-start.saved", v: 1, data: { run: `${wild}2`, save: 1, kind: wild, file } }, { stream, type: "warm-start.evicted", v: 1, data: { run: `${wild}2`, save: 1, bytes: 1, reason: wild } }], durably);
    await log.close();
    for (const args of [["warm-starts"], ["warm-starts", "show", one], ["warm-starts", "verify"], ["warm-starts", "evict", "--ttl", "0.001s", "--dry-run"], ["history", "--stream", stream]]) {
      const { stdout, stderr } = await daybook(cwd, args);
      expect([args, stdout]).toEqual([args, expect.stringContaining("wild")]);
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    }
  });
});

describe.concurrent("daybook warm-starts evict", () => {
  it("says on a dry run what would go, then does it: expired first, then the oldest until the rest fits", async () => {
    const { cwd, payload } = await history();
    const rule = ["warm-starts", "evict", "--budget", "25B"];
    const dry = await daybook(cwd, [...rule, "--dry-run"]);
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/ run-b +10 B  budget\n.* run-e +2\.0 KiB  budget\n2 entries would be given up: 2\.0 KiB; 2 entries would be left: 20 B\n$/)]);
    expect(slots((await daybook(cwd, ["--json", "warm-starts"])).stdout)).toHaveLength(4);
    const done = await daybook(cwd, ["--json", ...rule]);
    expect([done.code, jsonLines<EvictReport>(done.stdout)]).toEqual([0, [{ dryRun: false, evicted: [{ key: one, run: "run-b", reason: "budget", bytes: 10 }, { key: two, run: "run-e", reason: "budget", bytes: 2000 }], bytes: 20, entries: 2 }]]);
    expect(fs.existsSync(payload)).toBe(true);
    expect((await daybook(cwd, rule)).stdout).toBe("ok: there is nothing to give up; 2 entries left: 20 B\n");
    expect((await daybook(cwd, ["warm-starts", "evict", "--ttl", "0.001s"])).stdout).toMatch(/ expired\n.* expired\nok: 2 entries given up: 20 B; 0 entries left: 0 B\n$/);
    expect(fs.existsSync(payload)).toBe(false);
    expect((await daybook(cwd, ["warm-starts", "show", one])).stdout).toMatch(/ given up +2 budget, 2 expired\n/);
    for (const wrong of [["--budget", "much"], ["--ttl", "soon"]]) expect(await daybook(cwd, ["warm-starts", "evict", ...wrong])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe.concurrent("daybook warm-starts verify", () => {
  it("reads every payload, names each fault, and ends with 1 where there is one; it changes nothing", async () => {
    const { cwd, payload, root } = await history();
    expect(await daybook(cwd, ["warm-starts", "verify"])).toMatchObject({ code: 0, stdout: "ok: 4 entries (2.0 KiB read)\n" });
    fs.writeFileSync(payload, "altered!!!");
    fs.rmSync(path.join(root, `warm-starts/${two}/run-e.1.bin`));
    const end = await daybook(cwd, ["warm-starts", "verify"]);
    expect([end.code, end.stdout]).toEqual([1, expect.stringMatching(/ run-a .* is altered.*\n.* run-e .* is missing\n2 faults in 4 entries /)]);
    const [json] = jsonLines<WarmStartVerification & { ok: boolean }>((await daybook(cwd, ["--json", "warm-starts", "verify"])).stdout);
    expect(json).toMatchObject({ ok: false, entries: 4, faults: [{ key: one, run: "run-a", kind: "corrupt" }, { key: two, run: "run-e", kind: "missing" }] });
    // What is bad now was not there then.
    expect(await daybook(cwd, ["warm-starts", "verify", "--at", "3"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok: .*of them only what there was at seq 3 counts\nnote: 1 entry of then was overwritten or given up since\n$/) as string });
    expect((await daybook(cwd, ["warm-starts", "verify", "--at", "4"])).code).toBe(1);
    expect(slots((await daybook(cwd, ["--json", "warm-starts"])).stdout)).toHaveLength(4);
  });
});

describe.concurrent("daybook warm-starts gc", () => {
  it("clears away what no entry names once it is old, and nothing else", async () => {
    const { cwd, payload, root } = await history();
    const [orphan, foreign] = [payload.replace("run-a", "run-z"), path.join(root, "warm-starts/notes.txt")];
    fs.writeFileSync(orphan, "left");
    fs.writeFileSync(foreign, "mine");
    expect(await daybook(cwd, ["warm-starts", "gc"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok: there is nothing to clear away\n1 younger file left alone.*\nnote: .*notes\.txt is not daybook's own, and left alone\n$/) as string });
    const dayAgo = Date.now() / 1000 - 86_400;
    fs.utimesSync(orphan, dayAgo, dayAgo);
    expect((await daybook(cwd, ["warm-starts", "gc", "--dry-run"])).stdout).toMatch(/run-z\.3\.bin +4 B .*\n1 file would be deleted: 4 B\n/);
    expect((await daybook(cwd, ["warm-starts", "gc", "--older-than", "2d"])).stdout).toMatch(/^ok: there is nothing/);
    expect(fs.existsSync(orphan)).toBe(true);
    const done = await daybook(cwd, ["--json", "warm-starts", "gc", "--older-than", "12h"]);
    expect([done.code, jsonLines<WarmStartGcReport>(done.stdout)[0]]).toMatchObject([0, { dryRun: false, bytes: 4, deleted: [{ bytes: 4 }] }]);
    expect([orphan, foreign, payload].map((file) => fs.existsSync(file))).toEqual([false, true, true]);
  });
});

describe.concurrent("other verbs", () => {
  it("count warm starts, copy their payloads, refold their views, and tell their story", async () => {
    const { cwd } = await history();
    expect(jsonLines((await daybook(cwd, ["--json", "stats"])).stdout)).toMatchObject([{ bytes: { artifacts: { "warm-starts": 2030 } }, types: { "warm-start.saved": 7, "warm-start.evicted": 1 }, streams: { "warm-start": 8 }, projections: { "warm-starts": 4, "warm-start-keys": 2 } }]);
    expect((await daybook(cwd, ["stats"])).stdout).toMatch(/^artifacts +warm-starts 2\.0 KiB$/m);
    expect((await daybook(cwd, ["verify", "--full"])).code).toBe(0);
    expect((await daybook(cwd, ["rebuild-projections", "--check"])).stdout).toMatch(/^warm-starts +\d/m);
    expect((await daybook(cwd, ["history", "--stream", `warm-start/${one}`])).stdout).toMatch(/result of run-c.*objective 1\.123456789.*iteration 30(.*\n)*.*run-d given up: budget/);
    expect((await daybook(cwd, ["backup", "copy"])).code).toBe(0);
    expect(await daybook(cwd, ["--root", "copy", "warm-starts", "verify"])).toMatchObject({ code: 0, stdout: "ok: 4 entries (2.0 KiB read)\n" });
  });
});

describe("a chart of objectives", () => {
  const dimensions = { width: 40, height: 8 };
  const rowsOf = async (values: readonly number[]): Promise<string[]> => ((await drawChart(values, dimensions))?.rows ?? []).map((row) => row.join(""));

  it("goes from the first value to the last, whatever their number and size", async () => {
    for (const values of [[3, 1], [1e300, -1.7e308], [5e-324, 1e-323, 2], [-1, -2, -3], Array.from({ length: 1000 }, (_, index) => 1000 - index)]) {
      const rows = await rowsOf(values);
      expect([values.length, rows[0]]).toEqual([values.length, expect.stringContaining("┼")]);
      // It begins above and ends below: the values of this test fall.
      const falls = values.every((value, index) => index === 0 || value < (values[index - 1] ?? NaN));
      if (falls) expect(rows.at(-1)).toMatch(/┤.*╰─*$/);
      expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(dimensions.width + 16);
      expect(rows.length).toBeLessThanOrEqual(dimensions.height);
    }
  });

  it("shows equal values as one line, and none of fewer than two", async () => {
    expect(await rowsOf([0.25, 0.25, 0.25])).toEqual([`0.25 ┼${"─".repeat(23)}`]);
    expect(await drawChart([1], dimensions)).toBeUndefined();
    expect(await drawChart([], dimensions)).toBeUndefined();
  });

  it("is logarithmic where all are positive and far apart", async () => {
    expect((await drawChart([1000, 100, 10, 1], dimensions))?.scale).toBe("log");
    expect((await drawChart([1000, 100, 10, 0], dimensions))?.scale).toBe("linear");
    expect((await drawChart([10, 1], dimensions))?.scale).toBe("linear");
    // Equal steps of a logarithm are equal steps of the chart.
    expect((await rowsOf([1000, 100, 10, 1])).filter((row) => row.includes("╮"))).toHaveLength(3);
  });

  it("labels numbers shortly", () => {
    expect([0, 0.25, 1.123456789, 123456789, -1.5e-9, 1e300, 100000].map(shortNumber)).toEqual(["0", "0.25", "1.1235", "123460000", "-1.5e-9", "1e+300", "100000"]);
  });
});

describe("a size on the command line", () => {
  it("is a number of bytes, or of a unit that is named", () => {
    expect(["0", "4096", "1b", "2k", "500MiB", "1.5 GiB", "1GB"].map(size)).toEqual([0, 4096, 1, 2048, 524_288_000, 1_610_612_736, 1_000_000_000]);
    for (const wrong of ["", "much", "-1", "1e3", "5 bananas", "99999999T", "MiB"]) expect(() => size(wrong), wrong).toThrow(/such as 4096, 500MiB, 2G/);
  });
});
