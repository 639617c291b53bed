import { Option } from "commander";
import type { Command } from "commander";
import type { HashRow } from "../../../src/checkpoints.js";
import type { Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import type { Catalogue } from "../checkpoints/catalogue.js";
import { coloursOf } from "../colours.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { LineOutput, print, printJsonLines } from "../output.js";
import { clean } from "../text.js";
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
      .option("--why", "with each, how it differs from the one it came from: configuration by path, layers, samples")
      .addOption(new Option("--tree", "which came from which, as a tree").conflicts("why"))
      .addOption(new Option("--mermaid", "the tree as a Mermaid flowchart").conflicts(["why", "tree"]))
      .addHelpText("after", helpText(
        [
          ["daybook hashes", "the history of an experiment, oldest first; the digits of what changed are set off"],
          ["daybook hashes --why", "with every value that changed"],
          ["daybook hashes --tree", "branches: what came from going back to an earlier hash"],
          ["daybook hashes --mermaid > lineage.mmd", "the same for a document"],
          ["daybook hashes --at 2h", "as it stood two hours ago"],
          ["daybook --json hashes | jq -r .folder", "one JSON object per hash"],
        ],
        "0 ok, also when there are none; 1 no such hash (CHECKPOINT_NOT_FOUND), several that begin so, no daybook there, or a damaged one; 2 wrong usage",
        "A hash has 24 digits: 8 each for model, config and data, 00000000 for what there is not.",
      )),
  run: (context, command) => {
    const [hash] = command.args;
    const options = command.opts<HashesOptions>();
    const whole = options.tree === true ? "--tree" : options.mermaid === true ? "--mermaid" : undefined;
    if (whole !== undefined && hash !== undefined) throw new UsageError(`${whole} shows all hashes, and takes none`);
    if (options.mermaid === true && context.json) throw new UsageError("--mermaid is a text, and excludes --json; the tree as JSON: --tree --json");
    return readBook(context, (book) => show(context, book, hash, options));
  },
};

async function show(context: Context, book: Daybook, hash: string | undefined, { why = false, tree = false, mermaid = false }: HashesOptions): Promise<number> {
  const { readCatalogue, requireHash } = await import("../checkpoints/catalogue.js");
  const catalogue = await readCatalogue(book);
  const hashes = hash === undefined ? catalogue.hashes : [requireHash(catalogue, hash)];
  if (hashes.length === 0 && !context.json && !mermaid) await print(`${book.asOf === undefined ? `No experiment hashes in ${book.root} yet: a CheckpointManager makes them` : `There were no experiment hashes in ${book.root} then`}.\n`);
  else if (tree || mermaid) await showLineage(context, book, mermaid);
  else if (why) await showWhy(context, book, catalogue, hashes);
  else if (context.json) await printJsonLines(hashes);
  else {
    const { hashesTable } = await import("../checkpoints/hashes-table.js");
    await print(`${(await hashesTable(catalogue, hashes)).join("\n")}\n`);
  }
  return 0;
}

async function showWhy({ json }: Context, book: Daybook, catalogue: Catalogue, hashes: readonly HashRow[]): Promise<void> {
  const [{ withManager }, { whyLines, whyOf }] = await Promise.all([import("../checkpoints/manager.js"), import("../checkpoints/why-lines.js")]);
  const output = new LineOutput();
  await withManager(book, async (manager) => {
    for (const [index, row] of hashes.entries()) {
      const why = await whyOf(manager, catalogue, row);
      if (json) await output.line(JSON.stringify({ ...row, why: why ?? null }));
      else for (const line of [...(index > 0 ? [""] : []), ...whyLines(catalogue, row, why)]) await output.line(line);
    }
  });
  await output.flush();
}

async function showLineage({ json }: Context, book: Daybook, mermaid: boolean): Promise<void> {
  const [{ withManager }, { lineageLabel, lineageMermaid, lineageText }] = await Promise.all([import("../checkpoints/manager.js"), import("../../../src/checkpoints.js")]);
  const lineage = await withManager(book, (manager) => manager.lineage());
  if (json) await printJsonLines(lineage.nodes);
  else if (mermaid) await print(lineageMermaid(lineage));
  else {
    const { green } = coloursOf();
    const label = (node: (typeof lineage.nodes)[number]): string => (node.here.length > 0 ? green : (text: string) => text)(clean(lineageLabel(node)));
    await print(`${lineageText(lineage, { label }).join("\n")}\n`);
  }
}
