import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { BackupReport, RepairReport } from "../../src/index.js";
import { segmentFiles, writeSmallLog } from "../support/small-log.js";
import { daybook, jsonLines, shell, temporaryFolder } from "./support.js";

/** A folder whose `results` has a log with one bad byte in its second segment. */
async function damaged(): Promise<string> {
  const cwd = temporaryFolder();
  const root = path.join(cwd, "results");
  await writeSmallLog(root, 30, 4096);
  const file = path.join(root, "log", segmentFiles(root)[1] as string);
  const bytes = fs.readFileSync(file);
  bytes[Math.floor(bytes.length / 2)] = 0x21;
  fs.writeFileSync(file, bytes);
  return cwd;
}

describe.concurrent("daybook repair", () => {
  it("says what is lost, by seq, exits 1, and leaves a root that verifies and goes on", async () => {
    const cwd = await damaged();
    expect((await daybook(cwd, ["verify", "--full"])).stdout).toMatch(/1 fault|faults/);
    const { code, stdout, stderr } = await daybook(cwd, ["repair", "--to", "rescued"]);
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/^lost from +to +file +byte +why\n +\d+ +\d+ +\d{20}\.ndjson +\d+ +the bytes of a commit do not match its hash\n\nrewritten: .*\nkept: quarantine\/\d{20}-\d+-[0-9a-f]{16}\.bin, .*\n(note: .*\n)*\d events? (is|are) lost; \d+ events up to seq \d+ in \d+ segments are in .*\/rescued\n$/);
    expect(await daybook(cwd, ["--root", "rescued", "verify", "--full"])).toMatchObject({ code: 0, stderr: "" });
    expect(await daybook(cwd, ["--root", "rescued", "rebuild-projections"])).toMatchObject({ code: 0 });
    expect((await shell(cwd, "$DAYBOOK repair --to other | head -1")).stderr).toBe("");
  });

  it("of an undamaged daybook loses nothing and exits 0; --json is the report", async () => {
    const cwd = temporaryFolder();
    await writeSmallLog(path.join(cwd, "results"), 5);
    const plain = await daybook(cwd, ["repair", "--to", "one"]);
    expect([plain.code, plain.stderr]).toEqual([0, ""]);
    expect(plain.stdout).toMatch(/^ok: nothing is lost; 9 events up to seq 9 in 1 segment are in .*\/one\n$/);
    const json = await daybook(cwd, ["--json", "repair", "--to", "two", "--log-only"]);
    expect([json.code, json.stderr]).toEqual([0, ""]);
    expect(jsonLines<RepairReport>(json.stdout)).toMatchObject([{ to: path.join(cwd, "two"), events: 9, segments: 1, lost: [], rewritten: [], notes: [] }]);
  });

  it("works on a root that cannot be opened, and refuses a folder that is not empty", async () => {
    const cwd = temporaryFolder();
    await writeSmallLog(path.join(cwd, "results"), 5);
    fs.rmSync(path.join(cwd, "results/daybook.json"));
    expect(await daybook(cwd, ["repair", "--to", "results/inside"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/lies in the daybook.*\(TARGET_REFUSED\)\n$/) as string });
    expect(await daybook(cwd, ["repair"])).toMatchObject({ code: 2, stdout: "" });
    const repaired = await daybook(cwd, ["repair", "--to", "new"]);
    expect(repaired).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/note: daybook\.json is missing/) as string });
    expect(await daybook(cwd, ["repair", "--to", "new"])).toMatchObject({ code: 1, stderr: expect.stringContaining("not empty") as string });
    expect(await daybook(cwd, ["--root", "none", "repair", "--to", "newer"])).toMatchObject({ code: 1, stderr: expect.stringContaining("LOG_NOT_FOUND") as string });
    expect(fs.existsSync(path.join(cwd, "newer"))).toBe(false);
  });
});

describe.concurrent("daybook backup", () => {
  it("copies, takes what is new, and says so", async () => {
    const cwd = temporaryFolder();
    await writeSmallLog(path.join(cwd, "results"), 5);
    const first = await daybook(cwd, ["backup", "copy"]);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toMatch(/^ok: .*\/copy goes up to seq 9; 1 segment \(.*\) and 0 files copied\n$/);
    expect((await daybook(cwd, ["backup", "copy"])).stdout).toMatch(/^ok: .*\/copy goes up to seq 9; nothing new\n$/);
    await daybook(cwd, ["run", "train", "--", "true"]);
    const json = await daybook(cwd, ["--json", "backup", "copy"]);
    expect(jsonLines<BackupReport>(json.stdout)).toMatchObject([{ to: path.join(cwd, "copy"), copied: 1, head: { time: expect.any(String) as string } }]);
    expect(await daybook(cwd, ["--root", "copy", "show", "train/0001"])).toMatchObject({ code: 0 });
    expect(await daybook(cwd, ["--root", "copy", "verify", "--full"])).toMatchObject({ code: 0 });
  });

  it("of a damaged daybook, into another one, or without one ends with 1", async () => {
    const cwd = await damaged();
    expect(await daybook(cwd, ["backup", "copy"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/daybook repair --to DIR.*\(LOG_CORRUPT\)\n$/) as string });
    await writeSmallLog(path.join(cwd, "other"), 2);
    expect(await daybook(cwd, ["--root", "other", "backup", "results"])).toMatchObject({ code: 1, stderr: expect.stringContaining("TARGET_REFUSED") as string });
    expect(await daybook(cwd, ["--root", "none", "backup", "x"])).toMatchObject({ code: 1, stderr: expect.stringContaining("LOG_NOT_FOUND") as string });
    expect(await daybook(cwd, ["backup"])).toMatchObject({ code: 2 });
    expect(fs.existsSync(path.join(cwd, "x"))).toBe(false);
  });
});
