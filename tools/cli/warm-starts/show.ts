import type { Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import type { Context, Verb } from "../verb.js";
import { noSuchKey, readWarmStarts, requireKeyOfPast } from "./catalogue.js";
import { pastOfKey } from "./past-of-key.js";

/** `daybook warm-starts show` */
export const showVerb: Verb = {
  name: "show",
  asOf: true,
  configure: (command) =>
    void command
      .description("show a key: its entries, where its fits began from, and the best objective over time")
      .argument("<key>", "64 hex digits, or as many of them as name it")
      .addHelpText("after", helpText(
        [
          ["daybook warm-starts show 3f9a0c21", "what the next fit of that key would begin from, and how good it has become"],
          ["daybook warm-starts show 3f9a0c21 --at 2h", "as it stood two hours ago"],
          ["daybook --json warm-starts show 3f9a0c21 | jq '.saves[] | select(.improved)'", "one JSON object: entries, everything that was saved, and what was given up"],
        ],
        "0 ok; 1 no such key (WARM_START_NOT_FOUND), several that begin so (AMBIGUOUS_KEY), no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => readBook(context, (book) => show(context, book, command.args[0] ?? "")),
};

async function show(context: Context, book: Daybook, text: string): Promise<number> {
  const known = await readWarmStarts(book);
  const key = await requireKeyOfPast(book, known, text);
  const entries = known.entries.filter((one) => one.key === key);
  const past = await pastOfKey(book, key);
  if (past.saves.length === 0) throw noSuchKey(text, known.root, known.keys.length);
  if (context.json) {
    await printJsonLines([{ key, entries, ...past }]);
    return 0;
  }
  const { describeKey } = await import("./describe-key.js");
  await print(`${(await describeKey(key, entries, past, known.keys)).join("\n")}\n`);
  return 0;
}
