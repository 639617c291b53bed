import { describe, expect, it } from "vitest";
import { programsOf, promisedBy, readPage, runPageProgram } from "../support/page-programs.js";

const page = readPage("docs/projects.md");
const programs = programsOf(page);
/** Run by another program of the page, and killed. */
const endless = "endless.mjs";

describe("the page about projects", () => {
  it.each(programs.filter(({ name }) => name !== endless))("has a program $name that prints what it says", async ({ name, text }) => {
    expect(promisedBy(text).length).toBeGreaterThan(0);
    expect(await runPageProgram(programs, name)).toEqual(promisedBy(text));
  });

  it("shows no code that is not run", () => {
    expect(programs.map(({ name }) => name)).toEqual(["train.mjs", "resume.mjs", endless, "look.mjs"]);
    expect(page.match(/^```\w+/gm)).toHaveLength(programs.length);
    expect(programs.some(({ text }) => text.includes(`["${endless}"]`))).toBe(true);
  });
});
