import type { Command } from "commander";
import type { Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import { CliFault } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import type { Context, Verb } from "../verb.js";
import { readCatalogue, requireAddress, requireCheckpoint, requireHash } from "./catalogue.js";
import type { Catalogue } from "./catalogue.js";

interface ShowOptions {
  readonly experiment: string;
}

/** `daybook checkpoints show` */
export const showVerb: Verb = {
  name: "show",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("show everything about one hash, or one checkpoint")
      .argument("[hash]", "HASH, HASH/STEP, or as many digits as name it; default: the hash that the experiment is at")
      .option("--experiment <name>", "whose hash is meant where none is named", "main")
      .addHelpText("after", helpText(
        [
          ["daybook checkpoints show", "where the experiment stands: its parts, where it came from, its files and checkpoints"],
          ["daybook checkpoints show a1b2c3d4/100", "one checkpoint with all its saves and their files"],
          ["daybook --json checkpoints show a1b2c3d4 | jq '.origins'", "one JSON object"],
        ],
        "0 ok; 1 no such hash or checkpoint (CHECKPOINT_NOT_FOUND), several hashes that begin so, no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => readBook(context, (book) => show(context, book, command.args[0], command.opts<ShowOptions>())),
};

async function show(context: Context, book: Daybook, text: string | undefined, { experiment }: ShowOptions): Promise<number> {
  const catalogue = await readCatalogue(book);
  const address = text === undefined ? { folder: currentHash(catalogue, experiment) } : requireAddress(catalogue, text);
  if (address.step !== undefined) {
    const row = requireCheckpoint(catalogue, address);
    if (context.json) await printJsonLines([row]);
    else {
      const { describeCheckpoint } = await import("./describe-checkpoint.js");
      await print(`${(await describeCheckpoint(catalogue.root, row)).join("\n")}\n`);
    }
    return 0;
  }
  const row = requireHash(catalogue, address.folder);
  if (context.json) {
    const { folder } = row;
    await printJsonLines([{ ...row, experiments: catalogue.experiments.filter((one) => one.folder === folder), checkpoints: catalogue.checkpoints.filter((one) => one.folder === folder) }]);
  } else {
    const [{ describeHash }, { configLines }, { withManager }] = await Promise.all([import("./describe-hash.js"), import("./hash-contents.js"), import("./manager.js")]);
    const config = await withManager(book, (manager) => configLines(manager, row.folder));
    await print(`${(await describeHash(catalogue, row, [["Config", config]])).join("\n")}\n`);
  }
  return 0;
}

function currentHash({ experiments, root }: Catalogue, name: string): string {
  const found = experiments.find(({ experiment }) => experiment === name);
  if (found === undefined) throw new CliFault("CHECKPOINT_NOT_FOUND", `there is no experiment ${name} in ${root}${experiments.length === 0 ? "" : `; there is ${experiments.map(({ experiment }) => experiment).join(", ")}`}`);
  return found.folder;
}
