import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.js";

const page = readFileSync(new URL("../../../docs/sweeps.md", import.meta.url), "utf8");

/** The programs and files of the page: each block's first line says its file's name. */
const blocks = [...page.matchAll(/^```(js|yaml|sh)\n(?:\/\/|#) (\S+)\n([\s\S]*?)^```$/gm)].map(([, language = "", name = "", text = ""]) => ({ language, name, text }));
const programs = blocks.filter(({ language }) => language !== "yaml");

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** A folder with all blocks, where `daybook` is this package as it is published, and `bin/daybook` its command. */
function workingFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(repository, join(folder, "node_modules", "daybook"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "daybook"), `#!/bin/sh\nexec '${process.execPath}' '${join(repository, "dist/bundle/tools/daybook.js")}' "$@"\n`);
  chmodSync(join(folder, "bin", "daybook"), 0o755);
  for (const { name, text } of blocks) writeFileSync(join(folder, name), text);
  return folder;
}

describe("the page on sweeps", () => {
  it.each(programs)("has a program $name that prints what it says", async ({ language, name, text }) => {
    const folder = workingFolder();
    const env = { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
    const { stdout } = await promisify(execFile)(language === "js" ? process.execPath : "bash", [name], { cwd: folder, env });
    const promised = [...text.matchAll(/(?:\/\/|#) -> (.*)$/gm)].map(([, line = ""]) => line);
    expect(promised.length).toBeGreaterThan(0);
    expect(stdout.split("\n").slice(0, -1)).toEqual(promised);
  });

  it("shows no code that is not run", () => {
    expect(programs.map(({ name }) => name)).toEqual(["product.mjs", "zip.mjs", "chain.mjs", "sample.mjs", "file.mjs", "run.mjs", "sweep.sh"]);
    expect(page.match(/^```\w+/gm)).toHaveLength(blocks.length);
  });
});
