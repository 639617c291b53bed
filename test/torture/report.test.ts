import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { reliabilityPage } from "./reliability-page.js";
import { emptyReport, isGreen, mergeReports, readReport, sabotageRun, suiteRun, writeReport } from "./report.js";
import type { SuiteRun, TortureReport } from "./report.js";
import type { SuiteOutcome } from "./suite-process.js";
import { planFor } from "./endurance/plan.js";
import type { TortureFailure, TortureSuite } from "./suite.js";

const compiled = (name: string): string => fileURLToPath(new URL(`../../dist/test/torture/${name}`, import.meta.url));
const { runSuite } = (await import(compiled("suite-process.js"))) as { readonly runSuite: (order: object) => Promise<SuiteOutcome> };

const failure: TortureFailure = { where: "step 3", problem: "a | b\nc" };
const outcome = (failures: readonly TortureFailure[], tried = 5): SuiteOutcome => ({ kind: "finished", durationMs: 2000.4, report: { tried: { flips: tried }, failures } });
const run = (found: SuiteOutcome, form: SuiteRun["form"] = "ci"): SuiteRun => suiteRun({ form, seed: 7 }, new Date(0), { node: "v20" }, found);
const suite = (name: string, notices: TortureSuite["notices"]): TortureSuite => ({
  name, promise: `${name} holds.`, method: "By trying.", gaps: ["the moon"], notices, run: () => Promise.reject(new Error("not here")),
});

async function main(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly errors: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [compiled("main.js"), ...args]);
    return { code: 0, out: stdout, errors: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, errors: stderr };
  }
}

describe("what a run of a suite is worth", () => {
  it("is green only when it came to its end, tried something and found nothing", () => {
    expect(isGreen(run(outcome([])))).toBe(true);
    expect(isGreen(run(outcome([failure])))).toBe(false);
    expect(isGreen(run(outcome([], 0)))).toBe(false);
    expect(isGreen(run({ kind: "broke", durationMs: 1, problem: "it threw" }))).toBe(false);
  });

  it("notices a sabotage only by failures that it found", () => {
    expect(sabotageRun(7, outcome([failure])).verdict).toBe("caught");
    expect(sabotageRun(7, outcome([])).verdict).toBe("missed");
    expect(sabotageRun(7, { kind: "broke", durationMs: 1, problem: "it threw" }).verdict).toBe("broke");
    expect(sabotageRun(7, { kind: "timeout", durationMs: 1, problem: "late" }).verdict).toBe("timeout");
  });

  it("is not known of a suite that breaks in its process", async () => {
    const broken = await runSuite({ name: "nope", form: "ci", seed: 1, signal: new AbortController().signal, onProgress: () => undefined });
    expect(broken).toMatchObject({ kind: "broke", problem: expect.stringContaining('There is no suite "nope"') as string });
  });
});

describe("the report", () => {
  it("keeps the suites of earlier runs that were not run again", () => {
    const older: TortureReport = { report: 1, suites: { a: run(outcome([])), b: run(outcome([failure])) }, sabotage: {} };
    const newer: TortureReport = { ...emptyReport, suites: { b: run(outcome([]), "long") }, sabotage: { b: { control: run(outcome([])), off: {} } } };
    const file = join(temporaryFolder(), "report.json");
    expect(readReport(file)).toEqual(emptyReport);
    writeReport(file, older);
    writeReport(file, mergeReports(readReport(file), newer));
    expect(readReport(file)).toEqual({ report: 1, suites: { a: older.suites["a"], b: newer.suites["b"] }, sabotage: newer.sabotage });
    writeFileSync(file, "{}");
    expect(() => readReport(file)).toThrow("is no report");
  });

  it("becomes a page that hides nothing", () => {
    const report: TortureReport = {
      report: 1,
      suites: { a: run(outcome([failure]), "long") },
      sabotage: { a: { control: run(outcome([failure])), off: { lock: sabotageRun(7, outcome([])), sync: sabotageRun(7, outcome([failure])) } } },
    };
    const page = reliabilityPage([suite("a", ["lock", "sync"]), suite("b", ["quarantine"])], report);
    expect(page).toContain("| [a](#a) | long | **1 failure** | 7 | 2.00 s | 1970-01-01 |");
    expect(page).toContain("| [b](#b) | - | not run yet | - | - | - |");
    expect(page).toContain("| a | **failures** | **missed** | caught | - | - | - | - |");
    expect(page).toContain("| b | not run yet | - | - | - | - | - | not run yet |");
    expect(page).toContain("`step 3`: a \\| b c");
    expect(page).toContain("No suite claims to notice: hash-check, sync-rule, folder-sync, input-check.");
    expect(page).toContain("- the moon");
    expect(() => reliabilityPage([suite("b", [])], report)).toThrow('"a" that does not exist');
  });

  it("is what docs/reliability.md was made of", async () => {
    await promisify(execFile)(process.execPath, [compiled("make-docs.js"), "--check"]);
    const page = readFileSync(new URL("../../docs/reliability.md", import.meta.url), "utf8");
    expect(page).toContain("# Reliability");
  });
});

describe("npm run torture", () => {
  it("says how it is used", async () => {
    const help = await main("--help");
    expect(help.code).toBe(0);
    for (const word of ["--form", "--suite", "--seed", "--sabotage", "--skip-sabotage", "--report", "Exit codes", "endurance", "quarantine"]) expect(help.out).toContain(word);
  });

  it.each([["--suite", "nope"], ["--seed", "-1"], ["--seed", "x"], ["--sabotage", "locks"], ["--form", "short"], ["endurance"]])("refuses %s %s", async (...args) => {
    const { code, errors, out } = await main(...args.filter((arg) => arg !== undefined));
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(errors).toMatch(/^error: .*see --help\n$/s);
  });
});

describe("the plan of endurance", () => {
  it("is as long and as dense as one asks for", () => {
    expect(planFor("long", {})).toMatchObject({ loadMs: 3_600_000, windowMs: 600_000, sampleMs: 10_000 });
    expect(planFor("long", { DAYBOOK_ENDURANCE_MINUTES: "6", DAYBOOK_ENDURANCE_RATE: "3" })).toMatchObject({ loadMs: 360_000, warmUpMs: 30_000, windowMs: 60_000, sampleMs: 6000, rate: 3 });
    expect(() => planFor("ci", { DAYBOOK_ENDURANCE_RATE: "fast" })).toThrow("must be a number above 0");
  });
});
