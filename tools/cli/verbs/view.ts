import { readBook } from "../book.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import type { Verb } from "../verb.js";

/** `daybook view` */
export const viewVerb: Verb = {
  name: "view",
  asOf: true,
  views: true,
  configure: (command) =>
    void command
      .description("print a projection as JSON")
      .argument("[name]", "a projection; without one their names are listed")
      .addHelpText("after", helpText(
        [
          ["daybook view", "which views there are"],
          ["daybook view runs", "one of them, laid out for reading"],
          ["daybook view runs --at 1000", "as it was after event 1000"],
          ["daybook --json view runs | jq 'length'", "the same in one line"],
          ["daybook --projections views.mjs view losses", "one of your own: every projection that the module exports is known"],
        ],
        "0 ok; 1 no such view (PROJECTION_UNKNOWN), no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) =>
    readBook(context, async (book) => {
      const [name] = command.args;
      if (name !== undefined) {
        const view = await book.view(name);
        await print(`${context.json ? JSON.stringify(view) : JSON.stringify(view, undefined, 2)}\n`);
      } else if (context.json) await printJsonLines(book.views.map((one) => ({ name: one })));
      else await print(`${book.views.join("\n")}\n`);
      return 0;
    }),
};
