import type { Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { clean } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { readCatalogue, requireHash } from "./catalogue.js";
import { diffSections } from "./diff-lines.js";
import { withManager } from "./manager.js";
import { sections } from "./sections.js";

/** `daybook checkpoints diff` */
export const diffCheckpointsVerb: Verb = {
  name: "diff",
  asOf: true,
  configure: (command) =>
    void command
      .description("say how two hashes differ: configuration by path, architecture layer by layer, samples of the data")
      .argument("<a>", "a hash, or as many digits as name it")
      .argument("<b>", "another one")
      .addHelpText("after", helpText(
        [
          ["daybook checkpoints diff a1b2c3d4 c3d4e5f6", "what became of the first one: + added, - removed, ~ changed"],
          ["daybook --json checkpoints diff a1b2c3d4 c3d4e5f6 | jq -c '.config[]'", "one JSON object, uncut"],
        ],
        "0 ok, also when nothing differs; 1 no such hash (CHECKPOINT_NOT_FOUND), several that begin so, no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => {
    const [a = "", b = ""] = command.args;
    return readBook(context, (book) => diff(context, book, a, b));
  },
};

async function diff(context: Context, book: Daybook, a: string, b: string): Promise<number> {
  const catalogue = await readCatalogue(book);
  const [before, after] = [requireHash(catalogue, a).folder, requireHash(catalogue, b).folder];
  const found = await withManager(book, (manager) => manager.diffHashes(before, after));
  if (context.json) {
    await printJsonLines([found]);
    return 0;
  }
  const colours = coloursOf();
  const lines = found.changed.length === 0 && found.metadata.length === 0 ? [`No difference between ${before} and ${after}.`] : sections(colours, diffSections(found, colours));
  const ancestor = found.ancestor === undefined || found.ancestor === before || found.ancestor === after ? [] : [`both came from ${clean(found.ancestor)}`];
  await print(`${[`${colours.bold(before)} -> ${colours.bold(after)}`, ...ancestor, ...lines].join("\n")}\n`);
  return 0;
}
