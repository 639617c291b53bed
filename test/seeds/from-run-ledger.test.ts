import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(repository, "docs/from-run-ledger.md"), "utf8");

/** The programs of the page: each block's first line says its file's name. */
const programs = [...page.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = "", text = ""]) => ({ name, text }));

/** The lines that a program says it prints. */
const promised = (text: string): string[] => [...text.matchAll(/\/\/ -> (.*)$/gm)].map(([, line = ""]) => line);

/** A folder with all programs, into which the built package is installed. */
function workingFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(repository, join(folder, "node_modules", "daybook"));
  for (const { name, text } of programs) writeFileSync(join(folder, name), text);
  return folder;
}

describe("the page for users of the run ledger", () => {
  it.each(programs)("has a program $name that prints what it says", async ({ name, text }) => {
    const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: workingFolder() });
    expect(stdout.split("\n").slice(0, -1)).toEqual(promised(text));
  });

  it("shows no code that is not run", () => {
    expect(programs.map(({ name }) => name)).toEqual(["cheat-sheet.mjs", "pool.mjs", "worker.mjs", "moving-in.mjs"]);
    expect(page.match(/^```(?!sh$)\w+/gm)).toHaveLength(programs.length);
  });

  it("links to headings that exist", () => {
    const headings = new Set(
      [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")),
    );
    const missing = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, target = ""]) => target).filter((target) => !headings.has(target));
    expect(missing).toEqual([]);
  });
});
