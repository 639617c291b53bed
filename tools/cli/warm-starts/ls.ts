import type { Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { bytes, counted } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { isKeyText, readWarmStarts, requireKey, shortKey } from "./catalogue.js";
import { entriesTable } from "./entries-table.js";

/** `daybook warm-starts ls` */
export const lsVerb: Verb = {
  name: "ls",
  asOf: true,
  configure: (command) =>
    void command
      .description("list what fits may begin from, by key")
      .argument("[key]", "only those of this key, or of the one that begins so")
      .addHelpText("after", helpText(
        [
          ["daybook warm-starts ls", "all entries: run, objective, iteration, size, when and by whom"],
          ["daybook warm-starts ls 3f9a0c21", "those of one key; its first digits will do where they name it"],
          ["daybook --json warm-starts ls | jq -r '[.key, .run, .objective] | @tsv'", "one JSON object per entry"],
        ],
        "0 ok, also when there are none; 1 no such key (WARM_START_NOT_FOUND), no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => {
    const [key] = command.args;
    // The verb that is meant where none is named: another word may have been meant as one.
    if (key !== undefined && !isKeyText(key)) throw new UsageError(`${key} is neither a verb of warm-starts nor a key`);
    return readBook(context, (book) => list(context, book, key));
  },
};

async function list(context: Context, book: Daybook, text: string | undefined): Promise<number> {
  const known = await readWarmStarts(book);
  const key = text === undefined ? undefined : requireKey(known, text);
  const shown = known.entries.filter((one) => key === undefined || one.key === key);
  if (context.json) {
    await printJsonLines(shown);
    return 0;
  }
  const place = key === undefined ? `in ${book.root}` : `of ${shortKey(key, known.keys)}`;
  const keys = new Set(shown.map((one) => one.key)).size;
  const total = `${counted(shown.length, "entry", "entries")} of ${counted(keys, "key")}: ${bytes(shown.reduce((sum, { file }) => sum + file.bytes, 0))}`;
  const lines = shown.length > 0 ? [...(await entriesTable(shown, { keys: known.keys })), total] : [`No warm starts ${place}${book.asOf === undefined ? "" : " then"}.`];
  await print(`${lines.join("\n")}\n`);
  return 0;
}
