import type { Verb } from "../verb.js";
import { readBook } from "../book.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";

/** `daybook stats` */
export const statsVerb: Verb = {
  name: "stats",
  views: true,
  configure: (command) =>
    void command
      .description("count events, runs and bytes; reads the whole log")
      .addHelpText("after", helpText(
        [
          ["daybook stats", "what is in this daybook, how much, by whom"],
          ["daybook --json stats | jq .types", "the same as one JSON object"],
        ],
        "0 ok; 1 no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context) =>
    readBook(context, async (book) => {
      const { gatherStatistics, statisticsLines } = await import("../statistics.js");
      const statistics = await gatherStatistics(book);
      if (context.json) await printJsonLines([statistics]);
      else await print(`${(await statisticsLines(statistics)).join("\n")}\n`);
      return 0;
    }),
};
