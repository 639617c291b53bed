import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.js";

const page = readFileSync(new URL("../../../docs/sweeps.md", import.meta.url), "utf8");

/** The programs and files of the page: each block's first line says its file's name. */
const blocks = [...page.matchAll(/^```(js|yaml|sh)\n(?:\/\/|#) (\S+)\n([\s\S]*?)^```$/gm)].map(([, language = "", name = "", text = ""]) => ({ language, name, text }));
const programs = blocks.filter(({ language }) => language !== "yaml");

const compiled = (name: string): URL => new URL(`../../../dist/${name}`, import.meta.url);

/** A folder with all blocks, a package `daybook/projects` of the compiled modules, and the command `daybook`. */
function workingFolder(): string {
  const folder = temporaryFolder();
  const packaged = join(folder, "node_modules", "daybook");
  mkdirSync(packaged, { recursive: true });
  writeFileSync(join(packaged, "package.json"), JSON.stringify({ type: "module", exports: { "./projects": "./projects.js" } }));
  writeFileSync(join(packaged, "projects.js"), `export * from ${JSON.stringify(compiled("src/projects.js").href)};`);
  const command = join(folder, "node_modules", "daybook", "daybook");
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${fileURLToPath(compiled("tools/daybook.js"))}' "$@"\n`);
  chmodSync(command, 0o755);
  for (const { name, text } of blocks) writeFileSync(join(folder, name), text);
  return folder;
}

describe("the page on sweeps", () => {
  it.each(programs)("has a program $name that prints what it says", async ({ language, name, text }) => {
    const folder = workingFolder();
    const env = { ...process.env, PATH: `${join(folder, "node_modules", "daybook")}:${process.env["PATH"]}` };
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
