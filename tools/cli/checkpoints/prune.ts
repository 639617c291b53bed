import type { Command } from "commander";
import type { JudgedSave, PruneReport, RetentionPolicy } from "../../../src/checkpoints.js";
import type { Daybook } from "../../../src/index.js";
import { readBook, writeBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { tableLines, terminalWidth } from "../table.js";
import { bytes, clean, counted } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { withCareProgress } from "./care-progress.js";
import { reportFailures } from "./failures.js";
import { withManager } from "./manager.js";
import { declarePolicy, policyOf } from "./policy-options.js";
import type { PolicyOptions } from "./policy-options.js";

interface PruneFlags extends PolicyOptions {
  readonly dryRun?: boolean;
}

/** `daybook checkpoints prune` */
export const pruneVerb: Verb = {
  name: "prune",
  configure: (command: Command) =>
    void declarePolicy(command.description("give up checkpoints that no rule keeps, and delete their files"))
      .option("--dry-run", "only say what would go, and what stays by which rule")
      .addHelpText("after", helpText(
        [
          ["daybook checkpoints prune --keep-last 3 --keep-best 2:loss --dry-run", "what would go, and why the others stay?"],
          ["daybook checkpoints prune --keep-last 3 --keep-every 1000 --keep-younger 7d", "whatever any of the rules keeps, stays"],
          ["daybook checkpoints ls --all", "what was given up stays in the history, with the rule that did not keep it"],
        ],
        "0 ok; 1 files that could not be deleted, no daybook there, or a damaged one; 2 wrong usage",
        "Kept whatever the rules say: what is pinned, the newest of each hash, where another line began, and of each hash one that is intact.",
      )),
  run: (context, command) => {
    const { dryRun = false, ...rules } = command.opts<PruneFlags>();
    const policy = policyOf(rules);
    const work = (book: Daybook): Promise<number> => prune(context, book, policy, dryRun);
    return dryRun ? readBook(context, work) : writeBook(context.root, work);
  },
};

async function prune(context: Context, book: Daybook, policy: RetentionPolicy, dryRun: boolean): Promise<number> {
  const report = await withManager(book, (manager) => withCareProgress((onProgress) => manager.prune(policy, { dryRun, onProgress })));
  if (context.json) await printJsonLines([report]);
  else await print(`${(await reportLines(report)).join("\n")}\n`);
  return reportFailures(report.failed);
}

async function reportLines({ dryRun, pruned, kept, bytes: freed, failed }: PruneReport): Promise<string[]> {
  const colours = coloursOf();
  const row = (fate: string, { hash, step, save, bytes: size, rule }: JudgedSave): string[] => [fate, clean(hash), String(step), String(save), bytes(size), clean(rule)];
  const heads = [{ head: "" }, { head: "hash", whole: true }, { head: "step", align: "right" as const }, { head: "save", align: "right" as const }, { head: "size", align: "right" as const }, { head: "rule" }];
  const rows = [...(dryRun ? kept.map((one) => row(colours.green("keep"), one)) : []), ...pruned.map((one) => row(colours.red(dryRun ? "prune" : "pruned"), one))];
  const table = rows.length === 0 ? [] : await tableLines(heads.map((column) => ({ ...column, head: colours.bold(column.head) })), rows, terminalWidth());
  const done = pruned.length === 0 ? "there is nothing to prune" : `${counted(pruned.length, "save")}${dryRun ? " would be" : ""} pruned: ${bytes(freed)}`;
  return [...table, `${dryRun || failed.length > 0 ? "" : `${colours.green("ok")}: `}${done}; ${counted(kept.length, "save")} kept`];
}
