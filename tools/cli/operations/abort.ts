import type { Command } from "commander";
import type { Daybook } from "../../../src/index.js";
import { writeBook } from "../book.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { clean, counted } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { requireOperation, withLedger } from "./catalogue.js";

interface AbortOptions {
  readonly reason?: string;
  readonly undo?: boolean;
}

/** `daybook operations abort` */
export const abortVerb: Verb = {
  name: "abort",
  configure: (command: Command) =>
    void command
      .description("ask all participants of an operation to stop, or take that back")
      .argument("<operation>", "its id, or as much of the beginning or end as names it")
      .option("--reason <text>", "why, for those who read the log")
      .option("--undo", "take it back, for who has not stopped yet")
      .addHelpText("after", helpText(
        [
          ["daybook operations abort 1a2b3c4d --reason 'wrong branch'", "waits end, work functions and workers are told; an operation that nobody is in has failed"],
          ["daybook operations abort 1a2b3c4d --undo", "new calls begin as ever; what has been stopped stays so"],
        ],
        "0 ok; 1 no such operation (OPERATION_NOT_FOUND), or it has ended (OPERATION_CLOSED), no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => writeBook(context.root, (book) => abort(context, book, command.args[0] ?? "", command.opts<AbortOptions>())),
};

async function abort(context: Context, book: Daybook, text: string, { reason, undo = false }: AbortOptions): Promise<number> {
  const after = await withLedger(book, async (ledger) => {
    const { operationId } = await requireOperation(ledger, text, book.root);
    await ledger.abortOperation(operationId, { value: !undo, ...(reason === undefined ? {} : { reason }) });
    return requireOperation(ledger, operationId, book.root);
  });
  if (context.json) {
    await printJsonLines([after]);
    return 0;
  }
  const colours = coloursOf();
  const told = after.state === "failed" ? "failed: nobody was in it" : undo ? "no longer aborted" : `aborted; ${counted(after.openSessions.length, "session")} told`;
  await print(`${clean(after.operationId)}  ${after.state === "failed" ? colours.red(told) : told}\n`);
  return 0;
}
