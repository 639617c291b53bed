import type { Verb } from "../verb.js";
import { readBook } from "../book.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";

/** `daybook stats` */
export const statsVerb: Verb = {
  name: "stats",
  asOf: true,
  views: true,
  configure: (command) =>
    void command
      .description("sizes, segments, events by type, stream and day, runs, operations; reads the whole log")
      .addHelpText("after", helpText(
        [
          ["daybook stats", "what is in this daybook, how much, by whom"],
          ["daybook --json stats | jq .types", "the same as one JSON object"],
          ["daybook --json stats | jq -r '.days[] | [.day, .events, .bytes] | @tsv'", "how it grew, day by day"],
        ],
        "0 ok; 1 no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context) =>
    readBook(context, async (book) => {
      const [{ gatherStatistics }, { statisticsLines }] = await Promise.all([import("../statistics.js"), import("../statistics-lines.js")]);
      const statistics = await gatherStatistics(book);
      if (context.json) await printJsonLines([statistics]);
      else await print(`${(await statisticsLines(statistics)).join("\n")}\n`);
      return 0;
    }),
};
