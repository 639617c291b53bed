import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { builtInProjections } from "../../src/projections/views/built-in.js";
import { anchorsOf, folderOfPage, linksOf, programsOf, promisedBy, readPage, runPageProgram } from "../support/page-programs.js";
import { cleanEnvironment } from "../tools/support.js";

const page = readPage("docs/projections.md");
const programs = programsOf(page);
/** Imported by the others. */
const module = "views.mjs";
const shellText = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text).join("");

describe("the page about projections", () => {
  it.each(programs.filter(({ name }) => name !== module))("has a program $name that prints what it says", async ({ name, text }) => {
    expect(promisedBy(text).length).toBeGreaterThan(0);
    expect(await runPageProgram(programs, name)).toEqual(promisedBy(text));
  });

  it("has command lines that work after measure.mjs", async () => {
    const folder = folderOfPage(programs);
    await runPageProgram(programs, "measure.mjs", folder);
    const cli = fileURLToPath(new URL("../../dist/bundle/tools/daybook.js", import.meta.url));
    const { stdout } = await promisify(execFile)("bash", ["-euc", `daybook() { ${process.execPath} ${cli} "$@"; }\n${shellText}`], { cwd: folder, env: cleanEnvironment() });
    expect(stdout).toContain('"best": 0.5');
    expect(stdout).toMatch(/losses +2 +0 +0\n(.*\n)*ok: 2 projections folded from 3 events\n/);
    expect(stdout.endsWith(`ok: ${builtInProjections.length + 2} projections compared with 3 events\n`)).toBe(true);
  });

  it("shows no code that is not run, and links to what is there", () => {
    expect(programs.map(({ name }) => name)).toEqual([module, "measure.mjs", "watch.mjs", "replay.mjs"]);
    expect(page.match(/^```js/gm)).toHaveLength(programs.length);
    expect(shellText.match(/^.*daybook .*$/gm)).toHaveLength(3);
    for (const anchor of linksOf(page)) expect(anchorsOf(page)).toContain(anchor);
  });
});
