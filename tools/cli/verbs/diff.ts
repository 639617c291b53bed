import type { Command } from "commander";
import { readBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { momentForms, momentOf } from "../moments.js";
import { LineOutput, print } from "../output.js";
import type { Verb } from "../verb.js";

/** `daybook diff` */
export const diffVerb: Verb = {
  name: "diff",
  asOf: true,
  views: true,
  configure: (command: Command) =>
    void command
      .description("say what changed in a view from one moment to another")
      .argument("<a>", "a moment")
      .argument("<b>", "another, later or earlier")
      .option("--view <name>", "which view", "runs")
      .addHelpText("after", helpText(
        [
          ["daybook diff 2026-11-21 head", "what became of the runs since that day began, by run: + added, - removed, ~ changed"],
          ["daybook diff 2h head --view run-index", "another view"],
          ["daybook --json diff 1000 2000 > patch.json", "a JSON Patch (RFC 6902), as one array"],
        ],
        "0 ok, also when nothing differs; 1 no such view (PROJECTION_UNKNOWN), a moment that is still to come (MOMENT_AHEAD), no daybook there, or a damaged one; 2 wrong usage",
        `A moment is ${momentForms}.`,
      )),
  run: (context, command) => {
    const [a = "", b = ""] = command.args;
    const { view } = command.opts<{ view: string }>();
    return readBook(context, async (book) => {
      const patch = await book.diff(await momentOf(book, "A", a), await momentOf(book, "B", b), { view, tests: !context.json });
      if (context.json) {
        await print(`${JSON.stringify(patch)}\n`);
        return 0;
      }
      const { diffSummary } = await import("../diff-summary.js");
      const output = new LineOutput();
      const lines = patch.length === 0 ? [`No difference in ${view} between ${a} and ${b}.`] : diffSummary(patch, view, coloursOf());
      for (const line of lines) await output.line(line);
      await output.flush();
      return 0;
    });
  },
};
