import * as fs from "node:fs";
import * as path from "node:path";
import type { Command } from "commander";
import type { Daybook } from "../../../src/index.js";
import { readBook } from "../book.js";
import { CliFault, messageOf, UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { clean, counted } from "../text.js";
import type { Context, Verb } from "../verb.js";
import { requireOperation, withLedger } from "./catalogue.js";

interface ExportOptions {
  readonly to: string;
}

/** `daybook operations export` */
export const exportVerb: Verb = {
  name: "export",
  asOf: true,
  configure: (command: Command) =>
    void command
      .description("write an operation to a folder: operation.json, operation.log and events.ndjson")
      .argument("<operation>", "its id, or as much of the beginning or end as names it")
      .requiredOption("--to <dir>", "the folder, made where there is none; files of an earlier export are replaced")
      .addHelpText("after", helpText(
        [
          ["daybook operations export 1a2b3c4d --to report", "report/operation.json (state, sessions, calls), operation.log (what happened, a line each), events.ndjson, which `daybook import` takes"],
          ["daybook operations export 1a2b3c4d --to then --at 2h", "the same as it stood two hours ago"],
        ],
        "0 ok; 1 no such operation (OPERATION_NOT_FOUND), a folder that cannot be written to (WRITE_FAILED), no daybook there, or a damaged one; 2 wrong usage",
      )),
  run: (context, command) => readBook(context, (book) => exportOperation(context, book, command.args[0] ?? "", command.opts<ExportOptions>())),
};

async function exportOperation(context: Context, book: Daybook, text: string, { to }: ExportOptions): Promise<number> {
  if (to === "") throw new UsageError("--to names no folder");
  const { levelOf, textOf } = await import("./event-text.js");
  const shown = await withLedger(book, async (ledger) => ledger.operation((await requireOperation(ledger, text, book.root)).operationId));
  const { operationId } = shown.operation;
  const folder = path.resolve(to);
  let events = 0;
  let last = 0;
  try {
    fs.mkdirSync(folder, { recursive: true });
    await using log = new NewFile(path.join(folder, "operation.log"));
    await using lines = new NewFile(path.join(folder, "events.ndjson"));
    for await (const change of book.changes({ operation: operationId })) {
      const { event } = change;
      const level = levelOf(event);
      events += 1;
      last = event.seq;
      // Beats are in the events.
      if (event.type !== "heartbeat.recorded") await log.line(`${event.at ?? event.time} [${level.toUpperCase()}] ${clean(event.by)}: ${clean(textOf(change))}`);
    }
    // As `daybook export` writes them, so that `daybook import` takes them: with the root they are from.
    for await (const event of book.export({ stream: `operation/${operationId}`, to: last })) await lines.line(JSON.stringify(event));
    await using json = new NewFile(path.join(folder, "operation.json"));
    await json.line(JSON.stringify(shown, null, 2));
    for (const file of [log, lines, json]) await file.finish();
    syncFolder(folder);
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? new CliFault("WRITE_FAILED", `${to} cannot be written to: ${messageOf(error)}`) : error;
  }
  if (context.json) await printJsonLines([{ operationId, folder, events, calls: shown.calls.length }]);
  else await print(`${clean(operationId)}: ${counted(events, "event")}, ${counted(shown.calls.length, "call")} in ${folder}\n`);
  return 0;
}

/** Names that are new in a folder are on the disk behind it. */
function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** A file that is there under its name once it is finished, whole and on the disk; else it is not, and an earlier one stays. */
class NewFile {
  readonly #path: string;
  readonly #unfinished: string;
  readonly #fd: number;
  #batch = "";
  #open = true;
  readonly #discard = (): void => fs.rmSync(this.#unfinished, { force: true });

  constructor(file: string) {
    this.#path = file;
    this.#unfinished = `${file}.new`;
    this.#fd = fs.openSync(this.#unfinished, "w");
    // Ctrl-C ends the process.
    process.once("exit", this.#discard);
  }

  async line(text: string): Promise<void> {
    this.#batch += `${text}\n`;
    if (this.#batch.length > 64 * 1024) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    fs.fsyncSync(this.#fd);
    fs.closeSync(this.#fd);
    this.#open = false;
    fs.renameSync(this.#unfinished, this.#path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#open) fs.closeSync(this.#fd);
    this.#open = false;
    this.#discard();
    process.off("exit", this.#discard);
    return Promise.resolve();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#batch);
    this.#batch = "";
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(this.#fd, bytes, done);
    // Others have their turn between two batches.
    await new Promise(setImmediate);
  }
}
