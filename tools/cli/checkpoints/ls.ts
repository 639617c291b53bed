import type { Command } from "commander";
import type { CheckpointRow } from "../../../src/checkpoints.js";
import type { Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import type { Context, Verb } from "../verb.js";
import { readCatalogue, requireHash } from "./catalogue.js";
import { checkpointsTable } from "./checkpoints-table.js";

interface ListOptions {
  readonly all?: boolean;
}

/** `daybook checkpoints ls` */
export const lsVerb: Verb = {
  name: "ls",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("list checkpoints, by hash and step")
      .argument("[hash]", "only those of this hash, or of the one that begins so")
      .option("--all", "also those that retention has given up")
      .addHelpText("after", helpText(
        [
          ["daybook checkpoints ls", "all that are there, with size and metadata"],
          ["daybook checkpoints ls a1b2c3d4 --all", "those of one hash, also what was pruned, and why"],
          ["daybook --json checkpoints ls | jq -r '.saves[-1].files.weights.path'", "one JSON object per step, with all its saves"],
        ],
        "0 ok, also when there are none; 1 no such hash (CHECKPOINT_NOT_FOUND), no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => {
    const [hash] = command.args;
    // The verb that is meant where none is named: another word may have been meant as one.
    if (hash !== undefined && !/^[0-9a-f]+(-\d+)?$/.test(hash)) throw new UsageError(`${hash} is neither a verb of checkpoints nor a hash`);
    return readBook(context, (book) => list(context, book, hash, command.opts<ListOptions>()));
  },
};

async function list(context: Context, book: Daybook, hash: string | undefined, { all = false }: ListOptions): Promise<number> {
  const catalogue = await readCatalogue(book);
  const folder = hash === undefined ? undefined : requireHash(catalogue, hash).folder;
  const meant = catalogue.checkpoints.filter((one) => folder === undefined || one.folder === folder);
  const shown = meant.filter((one) => all || isThere(one));
  if (context.json) {
    await printJsonLines(shown);
    return 0;
  }
  const lines = shown.length > 0 ? await checkpointsTable(shown) : [`${meant.length > 0 ? "All of them are pruned: --all shows them" : `No checkpoints${folder === undefined ? ` in ${book.root}` : ` of ${folder}`}${book.asOf === undefined ? " yet" : " then"}`}.`];
  await print(`${lines.join("\n")}\n`);
  return 0;
}

const isThere = ({ saves }: CheckpointRow): boolean => saves.some(({ pruned }) => pruned === undefined);
