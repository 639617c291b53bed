import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryFolder } from "./temporary-folder.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** A program of a page: a block of JavaScript whose first line says its file's name. */
export interface PageProgram {
  readonly name: string;
  readonly text: string;
}

/** A page of the documentation. */
export const readPage = (file: string): string => readFileSync(join(repository, file), "utf8");

/** The programs of a page, in its order. */
export const programsOf = (page: string): PageProgram[] => [...page.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = "", text = ""]) => ({ name, text }));

/** The lines that a program says it prints. */
export const promisedBy = (text: string): string[] => [...text.matchAll(/\/\/ -> (.*)$/gm)].map(([, line = ""]) => line);

/** A folder with all programs of a page and the built package installed, gone when the test has ended. */
export function folderOf(programs: readonly PageProgram[]): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(repository, join(folder, "node_modules", "daybook"));
  for (const program of programs) writeFileSync(join(folder, program.name), program.text);
  return folder;
}

/** Runs a program in a folder of its own, with all programs of its page beside it and the built package installed. @returns the lines it prints */
export async function runPageProgram(programs: readonly PageProgram[], name: string, folder = folderOf(programs)): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: folder });
  return stdout.split("\n").slice(0, -1);
}

/** The anchors of a page's headings. */
export const anchorsOf = (page: string): Set<string> =>
  new Set([...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")));

/** The anchors that a page links to: its own with `file` empty, else those of another page. */
export const linksOf = (page: string, file = ""): string[] => [...page.matchAll(/\]\(([^)#]*)#([^)]+)\)/g)].filter(([, to]) => to === file).map(([, , target = ""]) => target);
