import { describe, expect, it } from "vitest";
import { programsOf, promisedBy, readPage, runPageProgram } from "../support/page-programs.js";

const page = readPage("docs/operations-crashes.md");
const programs = programsOf(page);

describe("the page about participants that die", () => {
  it.each(programs)("has a program $name that prints what it says", { timeout: 30_000 }, async ({ name, text }) => {
    expect(promisedBy(text).length).toBeGreaterThan(0);
    expect(await runPageProgram(programs, name)).toEqual(promisedBy(text));
  });

  it("shows no code that is not run", () => {
    expect(page.match(/^```js/gm)).toHaveLength(programs.length);
  });
});
