import { describe, expect, it } from "vitest";
import { commandsOf, folderOfPage, programsOf, promisedBy, readPage, runPageProgram } from "../support/page-programs.js";
import { shell } from "../tools/support.js";

const page = readPage("docs/time-travel.md");
const programs = programsOf(page);

describe("the page about the past", () => {
  it("has programs and commands that print what it says, one after the other in one folder", async () => {
    const folder = folderOfPage(programs);
    for (const { name, text } of programs) {
      expect(promisedBy(text).length, name).toBeGreaterThan(0);
      expect(await runPageProgram(programs, name, folder), name).toEqual(promisedBy(text));
    }
    const commands = commandsOf(page);
    expect(commands.length).toBeGreaterThan(4);
    for (const { command, lines } of commands) {
      const { code, stdout, stderr } = await shell(folder, command.replace(/^daybook /, "$DAYBOOK "), { TZ: "UTC" });
      expect([command, code, stdout.split("\n").slice(0, -1), stderr]).toEqual([command, 0, lines, ""]);
    }
  });

  it("shows no code that is not run", () => {
    expect(programs.map(({ name }) => name)).toEqual(["work.mjs", "at.mjs", "history.mjs", "blame.mjs", "diff.mjs"]);
    expect(page.match(/^```\w+/gm)).toHaveLength(programs.length + 1);
    expect(commandsOf(page).every(({ command }) => command.startsWith("daybook "))).toBe(true);
  });
});
