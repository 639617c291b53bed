import { describe, expect, it } from "vitest";
import { anchorsOf, linksOf, programsOf, promisedBy, readPage, runPageProgram } from "../support/page-programs.js";

const page = readPage("docs/from-run-ledger.md");
const programs = programsOf(page);

describe("the page for users of the run ledger", () => {
  it.each(programs)("has a program $name that prints what it says", async ({ name, text }) => {
    expect(await runPageProgram(programs, name)).toEqual(promisedBy(text));
  });

  it("shows no code that is not run", () => {
    expect(programs.map(({ name }) => name)).toEqual(["projects.mjs", "cheat-sheet.mjs", "pool.mjs", "worker.mjs", "moving-in.mjs"]);
    expect(page.match(/^```(?!sh$)\w+/gm)).toHaveLength(programs.length);
  });

  it("links to headings that exist", () => {
    const missing = (links: readonly string[], anchors: ReadonlySet<string>): string[] => links.filter((target) => !anchors.has(target));
    expect(missing(linksOf(page), anchorsOf(page))).toEqual([]);
    expect(missing(linksOf(page, "projects.md"), anchorsOf(readPage("docs/projects.md")))).toEqual([]);
  });
});
