import type { Command } from "commander";
import { writeBook } from "../book.js";
import { UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import type { Context, Verb } from "../verb.js";
import { readCatalogue, requireAddress } from "./catalogue.js";
import { withManager } from "./manager.js";

interface PinFlags {
  readonly reason?: string;
}

const exitCodes = "0 ok, also when nothing changes; 1 no such checkpoint (CHECKPOINT_NOT_FOUND), no daybook there, or a damaged one; 2 wrong usage";

/** `daybook checkpoints pin` */
export const pinVerb: Verb = {
  name: "pin",
  configure: (command) =>
    void declare(command.description("keep a checkpoint whatever retention says"), "why").addHelpText("after", helpText(
      [["daybook checkpoints pin a1b2c3d4/100 --reason 'the one from the paper'", "a hash may be cut short where that names it"], ["daybook checkpoints", "what is pinned, and why, is in the table"]],
      exitCodes,
    )),
  run: (context, command) => change(context, command, true),
};

/** `daybook checkpoints unpin` */
export const unpinVerb: Verb = {
  name: "unpin",
  configure: (command) =>
    void declare(command.description("leave a checkpoint to retention again"), "why, for the history").addHelpText("after", helpText(
      [["daybook checkpoints unpin a1b2c3d4/100", "from now on `prune` decides about it"], ["daybook history --stream checkpoint/a1b2c3d4e5f60718293a4b5c/000100", "who pinned it, and when"]],
      exitCodes,
    )),
  run: (context, command) => change(context, command, false),
};

const declare = (command: Command, why: string): Command => command.argument("<checkpoint>", "HASH/STEP").option("--reason <text>", why);

async function change({ root, json }: Context, command: Command, pinned: boolean): Promise<number> {
  const [text = ""] = command.args;
  const { reason } = command.opts<PinFlags>();
  return writeBook(root, async (book) => {
    const { folder: hash, step } = requireAddress(await readCatalogue(book), text);
    if (step === undefined) throw new UsageError(`${text} names no step; write HASH/STEP, such as ${text}/100`);
    const options = { hash, step, ...(reason === undefined ? {} : { reason }) };
    const changed = await withManager(book, (manager) => (pinned ? manager.pin(options) : manager.unpin(options)));
    if (json) await printJsonLines([{ ...options, pinned, changed }]);
    else await print(`${hash}/${step} ${changed ? "is" : "was"} ${pinned ? "pinned" : "not pinned"}${changed ? (pinned ? "" : " any more") : " already"}\n`);
    return 0;
  });
}
