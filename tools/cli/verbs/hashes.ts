import type { Command } from "commander";
import type { Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import type { Context, Verb } from "../verb.js";

interface HashesOptions {
  readonly why?: boolean;
  readonly tree?: boolean;
  readonly mermaid?: boolean;
}

/** `daybook hashes` */
export const hashesVerb: Verb = {
  name: "hashes",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("list experiment hashes: when each came up, what changed, what is pending")
      .argument("[hash]", "only this one, or as many of its digits as name it (4 or more)")
      .addHelpText("after", helpText(
        [
          ["daybook hashes", "the history of an experiment, oldest first; the digits of what changed are set off"],
          ["daybook hashes --at 2h", "as it stood two hours ago"],
          ["daybook --json hashes | jq -r .folder", "one JSON object per hash"],
        ],
        "0 ok, also when there are none; 1 no such hash (CHECKPOINT_NOT_FOUND), no daybook there, or a damaged one; 2 wrong usage",
        "A hash has 24 digits: 8 each for model, config and data, 00000000 for what there is not.",
      )),
  run: (context, command) => readBook(context, (book) => listHashes(context, book, command.args[0], command.opts<HashesOptions>())),
};

async function listHashes(context: Context, book: Daybook, hash: string | undefined, _options: HashesOptions): Promise<number> {
  const { readCatalogue, requireHash } = await import("../checkpoints/catalogue.js");
  const catalogue = await readCatalogue(book);
  const hashes = hash === undefined ? catalogue.hashes : [requireHash(catalogue, hash)];
  if (context.json) await printJsonLines(hashes);
  else if (hashes.length === 0) await print(`${book.asOf === undefined ? `No experiment hashes in ${book.root} yet: a CheckpointManager makes them` : `There were no experiment hashes in ${book.root} then`}.\n`);
  else {
    const { hashesTable } = await import("../checkpoints/hashes-table.js");
    await print(`${(await hashesTable(catalogue, hashes)).join("\n")}\n`);
  }
  return 0;
}
