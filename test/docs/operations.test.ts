import { describe, expect, it } from "vitest";
import { anchorsOf, folderOfPage, linksOf, programsOf, promisedBy, readPage, runPageProgram } from "../support/page-programs.js";

const page = readPage("docs/operations.md");
const programs = programsOf(page);

describe("the pages about operations", () => {
  it("have programs that print what they say, one after the other in one folder", async () => {
    const folder = folderOfPage(programs);
    for (const { name, text } of programs) {
      expect(promisedBy(text).length, name).toBeGreaterThan(0);
      expect(await runPageProgram(programs, name, folder), name).toEqual(promisedBy(text));
    }
  });

  it("show no code that is not run, and link to headings that exist", () => {
    expect(programs.map(({ name }) => name)).toEqual(["build.mjs", "failure.mjs", "abort.mjs"]);
    expect(page.match(/^```\w+/gm)).toHaveLength(programs.length);
    const from = readPage("docs/from-operations.md");
    expect(from.match(/^```\w+/gm)).toBeNull();
    expect(linksOf(from).length).toBeGreaterThan(12);
    for (const anchor of linksOf(from)) expect(anchorsOf(from)).toContain(anchor);
  });
});
