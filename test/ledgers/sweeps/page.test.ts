import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.js";

const page = readFileSync(new URL("../../../docs/sweeps.md", import.meta.url), "utf8");

/** The programs and files of the page: each block's first line says its file's name. */
const blocks = [...page.matchAll(/^```(js|yaml)\n(?:\/\/|#) (\S+)\n([\s\S]*?)^```$/gm)].map(([, language = "", name = "", text = ""]) => ({ language, name, text }));
const programs = blocks.filter(({ language }) => language === "js");

/** A folder with all blocks, where `daybook` is this package as it is published. */
function workingFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(fileURLToPath(new URL("../../../", import.meta.url)), join(folder, "node_modules", "daybook"));
  for (const { name, text } of blocks) writeFileSync(join(folder, name), text);
  return folder;
}

describe("the page on sweeps", () => {
  it.each(programs)("has a program $name that prints what it says", async ({ name, text }) => {
    const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: workingFolder() });
    const promised = [...text.matchAll(/\/\/ -> (.*)$/gm)].map(([, line = ""]) => line);
    expect(stdout.split("\n").slice(0, -1)).toEqual(promised);
  });

  it("shows no code that is not run", () => {
    expect(programs.map(({ name }) => name)).toEqual(["product.mjs", "zip.mjs", "chain.mjs", "sample.mjs", "file.mjs"]);
    expect(page.match(/^```\w+/gm)).toHaveLength(blocks.length);
  });
});
