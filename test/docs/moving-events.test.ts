import { describe, expect, it } from "vitest";
import { anchorsOf, linksOf, programsOf, promisedBy, readPage, runPageProgram } from "../support/page-programs.js";

const page = readPage("docs/moving-events.md");
const programs = programsOf(page);

describe("the page about events that move", () => {
  it.each(programs)("has a program $name that prints what it says", async ({ name, text }) => {
    expect(promisedBy(text).length).toBeGreaterThan(0);
    expect(await runPageProgram(programs, name)).toEqual(promisedBy(text));
  });

  it("shows no code that is not run, and links to headings that are there", () => {
    expect(page.match(/^```js/gm)).toHaveLength(programs.length);
    for (const file of ["format.md", "events.md"]) for (const anchor of linksOf(page, file)) expect(anchorsOf(readPage(`docs/${file}`))).toContain(anchor);
  });
});
