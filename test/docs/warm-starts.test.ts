import { describe, expect, it } from "vitest";
import { anchorsOf, folderOfPage, linksOf, programsOf, promisedBy, readPage, runPageProgram } from "../support/page-programs.js";

const pages = ["warm-starts.md", "from-warm-starts.md"].map((file) => ({ file, page: readPage(`docs/${file}`) }));

describe("the pages about warm starts", () => {
  it.each(pages)("$file has programs that print what it says, one after the other in one folder", async ({ page }) => {
    const programs = programsOf(page);
    const folder = folderOfPage(programs);
    for (const { name, text } of programs) {
      expect(promisedBy(text).length, name).toBeGreaterThan(0);
      expect(await runPageProgram(programs, name, folder), name).toEqual(promisedBy(text));
    }
  });

  it("show no code that is not run", () => {
    expect(pages.map(({ page }) => programsOf(page).map(({ name }) => name))).toEqual([["keys.mjs", "fit.mjs", "related.mjs", "store.mjs"], ["cheat-sheet.mjs"]]);
    for (const { page } of pages) expect(page.match(/^```(?!(?:sh|text)$)\w+/gm)).toHaveLength(programsOf(page).length);
  });

  it("link to headings that exist", () => {
    for (const { file, page } of pages) {
      for (const other of pages) {
        expect(linksOf(page, other.file === file ? "" : other.file).filter((target) => !anchorsOf(other.page).has(target))).toEqual([]);
      }
    }
  });
});
