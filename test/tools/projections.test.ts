import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { daybook, jsonLines, shell, temporaryFolder } from "./support.js";

const words = `export const words = {
  name: "words", version: 1, types: ["note.taken"], keyedBy: "stream", keys: (event) => [event.stream],
  evolve: (count = 0, { data }) => count + data.text.split(" ").length,
};
console.log("loaded");
`;

async function withNotes(): Promise<string> {
  const cwd = temporaryFolder();
  await using book = await openDaybook(path.join(cwd, "results"), { segmentBytes: 4096 });
  for (let index = 0; index < 40; index += 1) await book.log.append({ stream: `note/${index % 3}`, type: "note.taken", data: { text: `one two ${"x".repeat(300)}` } });
  fs.writeFileSync(path.join(cwd, "views.mjs"), words.replace(/^console.*\n/m, ""));
  fs.writeFileSync(path.join(cwd, "chatty.mjs"), words);
  return cwd;
}

describe.concurrent("projections of one's own on the command line", () => {
  it("are viewed, counted and rebuilt, given as an option before or behind the verb, or in the environment", async () => {
    const cwd = await withNotes();
    const expected = { "note/0": 42, "note/1": 39, "note/2": 39 };
    const option = ["--projections", "views.mjs"];
    for (const args of [[...option, "--json", "view", "words"], ["--json", "view", "words", ...option]]) {
      const { code, stdout } = await daybook(cwd, args);
      expect([code, JSON.parse(stdout)]).toEqual([0, expected]);
    }
    const env = { DAYBOOK_PROJECTIONS: ["views.mjs", path.join(cwd, "views.mjs")].join(path.delimiter) };
    expect((await daybook(cwd, ["view"], { env })).stdout.split("\n")).toContain("words");
    const [stats] = jsonLines<{ projections: object }>((await daybook(cwd, ["--json", "stats", ...option])).stdout);
    expect(stats?.projections).toMatchObject({ words: 3 });
    expect((await daybook(cwd, ["view", "words"])).stderr).toContain("(PROJECTION_UNKNOWN)");
    // A verb that has nothing to do with views does not load it.
    expect((await daybook(cwd, ["log", "--limit", "1"], { env: { DAYBOOK_PROJECTIONS: "nowhere.mjs" } })).code).toBe(0);
  });

  it("are folded in threads, which import the module too, and say nothing twice", async () => {
    const cwd = await withNotes();
    const check = await daybook(cwd, ["rebuild-projections", "--check", "--parallel", "3", "--projections", "chatty.mjs"]);
    expect([check.code, check.stdout, check.stderr]).toEqual([0, expect.stringMatching(/^loaded\n(?!.*loaded)(.*\n)*words +3 +0 +0\n.*: 16 projections compared with 40 events by 3 threads\n$/), ""]);
    // As it is published, too: there the program of the threads is a bundle of its own.
    const published = await daybook(cwd, ["rebuild-projections", "--check", "--parallel", "2", "--projections", "views.mjs"], { bin: "../bundle/tools/daybook.js" });
    expect([published.code, published.stdout]).toEqual([0, expect.stringMatching(/compared with 40 events by 2 threads\n$/)]);
    const rebuilt = await daybook(cwd, ["--json", "--projections", "views.mjs", "words"], { bin: "rebuild-projections.js" });
    expect(jsonLines(rebuilt.stdout)).toEqual([{ name: "words", rows: 3, unknown: 0, drift: [] }]);
    expect((await daybook(cwd, ["rebuild-projections", "--parallel", "65"])).stderr).toMatch(/--parallel.*whole number from 1 to 64/);
  });

  it("that cannot be loaded are named, with the reason; nothing else is done", async () => {
    const cwd = await withNotes();
    fs.writeFileSync(path.join(cwd, "empty.mjs"), "export const a = 1;");
    const missing = await daybook(cwd, ["view", "words", "--projections", "nope.mjs"]);
    expect([missing.code, missing.stdout, missing.stderr]).toEqual([1, "", expect.stringMatching(/^daybook: .*\/nope\.mjs cannot be imported: there is no such file \(PROJECTIONS_UNREADABLE\)\n$/)]);
    const empty = await daybook(cwd, ["--json", "rebuild-projections", "--projections", "empty.mjs"]);
    expect([empty.code, jsonLines<object>(empty.stderr)]).toEqual([1, [{ error: expect.objectContaining({ code: "PROJECTIONS_UNREADABLE", file: path.join(cwd, "empty.mjs") }) as object }]]);
    expect((await daybook(cwd, ["view", "--projections", ""])).code).toBe(2);
  });
});

/** util-linux, which gives a program a terminal. */
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true;

it.skipIf(!hasScript)("a rebuild shows a bar with rate and remaining time on a terminal", async () => {
  const cwd = temporaryFolder();
  await using book = await openDaybook(path.join(cwd, "results"), { durability: "os" });
  for (let index = 0; index < 40; index += 1) await book.log.append(Array.from({ length: 500 }, () => ({ stream: "note/1", type: "note.taken", data: { text: "x".repeat(300) } })));
  const { stdout } = await shell(cwd, `script -qec "$DAYBOOK rebuild-projections --check" /dev/null`, { TERM: "xterm", COLUMNS: "120" });
  expect(stdout).toMatch(/Comparing \[[^\]]*\] +\d+% \| [\d,]+ of 20,000 events \| [\d,]+\/s \| \d+ s left/);
});
