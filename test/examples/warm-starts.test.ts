import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COLD_START, fit, fromPayload, problemOf, toPayload } from "../../examples/warm-starts/fit.js";
import { loadSeries, until } from "../../examples/warm-starts/series.js";
import { WarmStartStore } from "../../src/warm-starts.js";
import { readPage } from "../support/page-programs.js";

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[]): Promise<Outcome> {
  const file = fileURLToPath(new URL(`../../dist/examples/warm-starts/${program}.js`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { env: { ...process.env, NO_COLOR: "1" } }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }));
  });
}

describe("the demo of warm starts", () => {
  let folder = "";
  let root = "";
  let first: Outcome;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "warm-starts-demo-"));
    root = join(folder, "demo");
    first = await run("demo", ["--root", root]);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("goes on from the best iterate after SIGKILL, and reaches the same optimum in fewer iterations than from cold", () => {
    expect(first, first.stdout + first.stderr).toMatchObject({ code: 0, stderr: "" });
    const [, saved] = /in the middle of save 9; the log has iteration (\d+)\./.exec(first.stdout) ?? [];
    const [, resumed, cold] = /^gone on: (\d+) iterations instead of (\d+), the same optimum to the last bit$/m.exec(first.stdout) ?? [];
    expect(Number(saved)).toBeGreaterThan(0);
    // What was done before the kill is not done again.
    expect(Number(resumed)).toBe(Number(cold) - Number(saved));
  });

  it("begins the longer series where the shorter one ended", async () => {
    const [, warm, cold] = /^warm start: (\d+) iterations instead of (\d+), the same optimum/m.exec(first.stdout) ?? [];
    expect(Number(warm)).toBeLessThan(Number(cold));
    const whole = await loadSeries();
    await using store = await WarmStartStore.open(root);
    const [point] = await store.history(problemOf(whole));
    expect(point?.seed).toMatchObject({ key: problemOf(until(whole, 2018)).toHex(), source: "preloaded" });
    const found = await store.lookup(problemOf(whole));
    expect(found?.kind).toBe("final");
    expect(found?.objective).toBeCloseTo(fit(whole).error, 4);
  });

  it("prints the numbers and the chart that the page about warm starts shows", () => {
    const page = readPage("docs/warm-starts.md");
    const [, chart = ""] = /^(Best objective so far.*\n(?:.*[┼┤].*\n)+)/m.exec(page) ?? [];
    expect(chart.split("\n").length).toBeGreaterThan(10);
    expect(first.stdout).toContain(chart);
    for (const [line, told] of [[/^gone on: (\d+) iterations instead of (\d+)/m, (warm: string, cold: string) => `From cold that fit takes ${cold} iterations; the second process took the ${warm} that were left`], [/^warm start: (\d+) iterations instead of (\d+)/m, (warm: string, cold: string) => `takes ${cold} from cold, and ${warm} from the\nresult`]] as const) {
      const [, warm = "", cold = ""] = line.exec(first.stdout) ?? [];
      expect(page).toContain(told(warm, cold));
    }
  });

  it("has nothing to fit when it is called again", async () => {
    const { code, stdout } = await run("demo", ["--root", root]);
    expect(code).toBe(0);
    expect(stdout.match(/fitted already/g)).toHaveLength(2);
    expect(stdout).not.toContain("SIGKILL");
  });

  it("does not go on from an altered payload", async () => {
    const series = until(await loadSeries(), 2018);
    await using store = await WarmStartStore.open(root);
    const entries = await store.entries({ key: problemOf(series) });
    for (const { path } of entries) writeFileSync(join(root, path), toPayload(COLD_START.map(() => 7)));
    await store.close();
    const { code, stdout } = await run("worker", ["--root", root, "--until", "2018"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^713 months: nothing to go on from\n/);
    await using again = await WarmStartStore.open(root);
    expect((await again.lookup(problemOf(series)))?.objective).toBeCloseTo(fit(series).error, 4);
  });
});

describe("the problem of the demo", () => {
  it("has another name with other data, and the same one with the same", async () => {
    const series = await loadSeries();
    expect(problemOf(series).equals(problemOf(await loadSeries()))).toBe(true);
    expect(problemOf({ ...series, y: series.y.map((value, index) => (index === 100 ? value + 1e-12 : value)) }).equals(problemOf(series))).toBe(false);
    expect(problemOf(until(series, 2018)).equals(problemOf(series))).toBe(false);
  });

  it("has parameters that come back from a payload bit by bit", () => {
    const parameters = [1 / 3, -0, 5e-324, Number.MAX_VALUE];
    expect(fromPayload(toPayload(parameters))).toEqual(parameters);
  });
});
