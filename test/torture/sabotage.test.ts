/** The sabotage itself: each safeguard can be switched off in today's source, alone, in child processes and worker threads. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { sabotagedModules, sabotageSource } from "./sabotage/replacements.js";
import type * as environment from "./sabotage/environment.js";
import { sabotageOf } from "./sabotage/environment.js";
import { sabotages } from "./suite.js";

const compiled = fileURLToPath(new URL("../../dist/", import.meta.url));
const { sabotagedEnvironment } = (await import(join(compiled, "test/torture/sabotage/environment.js"))) as typeof environment;

async function holding(env: NodeJS.ProcessEnv, where: "process" | "thread"): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(compiled, "test/torture/sabotage/probe.js"), temporaryFolder(), where], { env });
  return JSON.parse(stdout) as string[];
}

describe("sabotage by a module hook", () => {
  it.each(["process", "thread"] as const)("without it, every safeguard holds in a %s", async (where) => {
    expect((await holding({ ...process.env }, where)).sort()).toEqual([...sabotages].sort());
  });

  it.each(sabotages.flatMap((name) => (["process", "thread"] as const).map((where) => [name, where] as const)))("switches off %s, and nothing else, in a %s", async (name, where) => {
    const left = sabotages.filter((one) => one !== name);
    expect((await holding(sabotagedEnvironment(name), where)).sort()).toEqual([...left].sort());
  });

  it.each(sabotages)("does not run on a source that it does not know: %s", (name) => {
    const source = readFileSync(join(compiled, "src", sabotagedModules[name].module), "utf8");
    expect(sabotageSource(name, source)).not.toBe(source);
    expect(() => sabotageSource(name, source.replaceAll("tryAcquire", "get").replaceAll("function ", "function the_"))).toThrow("0 times instead of once");
    expect(() => sabotageSource(name, source + source)).toThrow("2 times instead of once");
  });

  it("knows no other names", () => {
    expect(sabotageOf({})).toBeUndefined();
    expect(sabotageOf({ DAYBOOK_SABOTAGE: "lock" })).toBe("lock");
    expect(() => sabotageOf({ DAYBOOK_SABOTAGE: "locks" })).toThrow("must be one of");
  });

  it("has every sync of the source in hand", () => {
    const others = (readdirSync(join(compiled, "src"), { recursive: true }) as string[])
      .filter((file) => file.endsWith(".js") && !file.endsWith("file-system.js"))
      .filter((file) => /\b(fsyncSync|fdatasyncSync|fdatasync)\b/.test(readFileSync(join(compiled, "src", file), "utf8")));
    expect(others).toEqual([]);
  });
});
