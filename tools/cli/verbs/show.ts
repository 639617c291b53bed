import { nowOf, readBook } from "../book.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { requireRecord } from "../run-address.js";
import type { Verb } from "../verb.js";

/** `daybook show` */
export const showVerb: Verb = {
  name: "show",
  asOf: true,
  configure: (command) =>
    void command
      .description("show everything about one run")
      .argument("<run>", "IDENT[/RELPATH]/UID; without a relpath: the root's run, else the only one of that uid")
      .addHelpText("after", helpText(
        [
          ["daybook show train/0001", "parameters, metrics, files, attempts and history"],
          ["daybook show train/mnist/cnn/0007", "the run of exactly that relpath"],
          ["daybook show train/0001 --at '2026-11-21 18:00'", "the same run as it stood then"],
          ["daybook --json show train/0001 | jq .metrics", "the complete record as one JSON object"],
        ],
        "0 ok; 1 no such run (RUN_NOT_FOUND), several of that uid (AMBIGUOUS_RUN), no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) =>
    readBook(context, async (book) => {
      const record = await requireRecord(book, command.args[0] ?? "");
      if (context.json) await printJsonLines([record]);
      else {
        const { describeRun } = await import("../run-description.js");
        await print(`${(await describeRun(record, book.runs.folder(record.identifier, record.uid, { relpath: record.relpath, storage: record.storage }), nowOf(book))).join("\n")}\n`);
      }
      return 0;
    }),
};
