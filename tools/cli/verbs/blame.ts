import type { FieldBlame } from "../../../src/index.js";
import { readBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { readRunName } from "../run-address.js";
import { tableLines, terminalWidth } from "../table.js";
import { clean, localTime, shorten, showValue } from "../text.js";
import type { Verb } from "../verb.js";

/** What identifies a process says nothing to a person; with --json it is there. */
const unsaid = /^\/attempts\/\d+\/(?:boot|pidNamespace|processStart)$/;
const longestValue = 40;

/** `daybook blame` */
export const blameVerb: Verb = {
  name: "blame",
  asOf: true,
  configure: (command) =>
    void command
      .description("say of each field of a run which event set it, when, and who")
      .argument("<run>", "IDENT[/RELPATH]/UID; without a relpath: the root's run, else the only one of that uid")
      .addHelpText("after", helpText(
        [
          ["daybook blame train/0001", "who set its status, its metrics, its tags?"],
          ["daybook blame train/0001 --at 2026-11-21T12:00", "the same as of that noon, local time"],
          ["daybook --json blame train/0001 | jq 'select(.path == \"/metrics/loss\")'", "one JSON object per field"],
        ],
        "0 ok; 1 no such run (RUN_NOT_FOUND), several of that uid (AMBIGUOUS_RUN), a moment that is still to come (MOMENT_AHEAD), no daybook there, or a damaged one; 2 wrong usage",
        "The table leaves out what identifies the process of an attempt; --json has it.",
      )),
  run: async (context, command) => {
    const [run = ""] = command.args;
    await readRunName(run);
    return readBook(context, async (book) => {
      const fields = await book.blame(run);
      if (context.json) await printJsonLines(fields);
      else await print(`${(await blameLines(fields.filter(({ path }) => !unsaid.test(path)))).join("\n")}\n`);
      return 0;
    });
  },
};

async function blameLines(fields: readonly FieldBlame[]): Promise<string[]> {
  const colours = coloursOf();
  const caused = fields.some(({ cause }) => cause !== undefined);
  const columns = [
    { head: "field", whole: true }, { head: "value" }, { head: "seq", align: "right" as const }, { head: "time", whole: true }, { head: "by" }, { head: "event" },
    ...(caused ? [{ head: "cause" }] : []),
  ];
  const rows = fields.map(({ path, field, value, seq, time, at, by, type, cause }) => [
    colours.cyan(clean(field)),
    shorten(shownValue(path, value), longestValue),
    String(seq),
    colours.dim(localTime(at ?? time)),
    clean(by),
    colours.dim(clean(type)),
    ...(caused ? [cause === undefined ? "" : clean(String(cause))] : []),
  ]);
  return tableLines(columns.map((column) => ({ ...column, head: colours.bold(column.head) })), rows, terminalWidth());
}

const shownValue = (path: string, value: FieldBlame["value"]): string => (/^\/attempts\/\d+\/(?:started|ended|lastBeat)$/.test(path) && typeof value === "string" ? localTime(value) : showValue(value));
