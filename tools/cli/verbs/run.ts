import { constants } from "node:os";
import type { Daybook, JsonObject, RunRecord } from "../../../src/index.js";
import { collect, readParams } from "../assignments.js";
import { openForWriting } from "../book.js";
import { checkNames, commandBehindDashes } from "../command-line.js";
import { CliFault, UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { say } from "../output.js";
import { addressOf } from "../text.js";
import type { Context, Verb } from "../verb.js";

interface RunOptions {
  readonly param?: readonly string[];
  readonly relpath?: string;
  readonly reuse?: boolean;
  readonly tag?: readonly string[];
  readonly note?: string;
}

/** The end of a run of many hours is worth waiting for the lock. */
const lockTimeoutMs = 60_000;

/** `daybook run` */
export const runVerb: Verb = {
  name: "run",
  configure: (command) =>
    void command
      .description("run any command as a tracked run: parameters, output, metrics and how it ended")
      .usage("IDENT [options] -- CMD...")
      .argument("<ident>", "what the runs are called, such as train")
      .argument("[cmd...]", "the command and its arguments, behind --; no shell is involved")
      .option("-p, --param <k=v>", "a parameter: JSON if it parses, else text; repeated", collect)
      .option("--relpath <path>", "sub-folder namespace, such as mnist/cnn")
      .option("--reuse", "take the run with the same parameters: skip it when it is DONE, else go on with it as a further attempt")
      .option("--tag <tag>", "adds a tag; repeated", collect)
      .option("--note <text>", "a note")
      .addHelpText("after", helpText(
        [
          ["daybook run train -p lr=0.1 -p optimizer=adam -- python -u train.py", "a new run with two parameters"],
          ["daybook run train -p model.width=8 -p 'model.layers=[64,32]' -- ./train.sh", 'dots nest: {"model":{"width":8,"layers":[64,32]}}'],
          ["daybook run train --relpath mnist -p lr=0.1 --reuse -- python train.py", "skipped when DONE; taken up again after a crash"],
          ["daybook run shell -- sh -c 'echo $DAYBOOK_UID > $DAYBOOK_RUN_DIR/uid.txt'", "a shell, where one is wanted"],
        ],
        "the command's own, 128+n when signal n killed it; 127 not found, 126 not executable;\n  1 the run could not be recorded, or is held by a live process (RUN_BUSY); 2 wrong usage",
        `Parameters:
  -p lr=0.1 is a number, -p name=adam a text, -p 'name="0.1"' a text, -p 'layers=[1,2]' a list. A dot in a name nests;
  a key that holds a dot is written as JSON: -p 'model={"a.b":1}'. Integers beyond 2^53 stay texts.

The command gets:
  DAYBOOK_ROOT, DAYBOOK_IDENTIFIER, DAYBOOK_RELPATH, DAYBOOK_UID, DAYBOOK_ATTEMPT (from 1), DAYBOOK_PARAMS (JSON),
  DAYBOOK_RUN_DIR (its folder), DAYBOOK_FILE_PREFIX (what its files begin with, 0001_train_, where it shares that folder with other runs; else empty).
  Its stdout and stderr are shown, and kept in the folder as attempt-N.stdout.log and attempt-N.stderr.log. They are pipes:
  a program that holds output back then has a switch against it (python -u). A metrics.json that it leaves in the folder is taken
  up as metrics. Signals are passed on. Exit code 0 is DONE, unless it said otherwise with \`daybook set --status\`; else ERROR.`,
      )),
  run: async (context, command) => {
    const options = command.opts<RunOptions>();
    const [identifier = ""] = command.args;
    const tracked = { command: commandBehindDashes(context.argv, command, "daybook run IDENT [options] -- CMD..."), tags: options.tag ?? [], note: options.note };
    const params = options.param === undefined ? undefined : readParams(options.param);
    if (options.reuse === true && params === undefined) throw new UsageError("--reuse finds a run by its parameters: give some with -p");
    await checkNames(identifier, options);
    const { SignalRelay } = await import("../run/signal-relay.js");
    const relay = new SignalRelay();
    try {
      await using book = await openForWriting(context.root, { lockTimeoutMs });
      const record = await recordFor(book, identifier, params, options, relay.cancelled);
      if (options.reuse === true && record.status === "DONE") {
        say(`daybook: run ${addressOf(record)} is DONE with these parameters: not run again`);
        reportAsJson(context, record);
        return 0;
      }
      const { trackRun } = await import("../run/tracked-run.js");
      const code = await trackRun(book, record, tracked, relay);
      reportAsJson(context, await currentRecord(book, record));
      return code;
    } catch (error) {
      if (!relay.cancelled.aborted || (error !== relay.cancelled.reason && (error as Error).name !== "AbortError")) throw error;
      say("daybook: ended before the command began");
      return 128 + constants.signals[relay.cancelled.reason as NodeJS.Signals];
    } finally {
      relay.close();
    }
  },
};

async function recordFor(book: Daybook, identifier: string, params: JsonObject | undefined, { relpath, reuse }: RunOptions, signal: AbortSignal): Promise<RunRecord> {
  const options = { signal, ...(relpath === undefined ? {} : { relpath }), ...(params === undefined ? {} : { params }) };
  if (reuse === true) return (await book.runs.findOrAllocate(identifier, options)).record;
  const uid = await book.runs.allocate(identifier, options);
  const record = await book.runs.getRecord(identifier, uid, { relpath: relpath ?? "" });
  if (record === undefined) throw new CliFault("RUN_NOT_FOUND", `run ${identifier}/${uid} was allocated, but is not there`);
  return record;
}

async function currentRecord(book: Daybook, record: RunRecord): Promise<RunRecord> {
  return (await book.runs.getRecord(record.identifier, record.uid, { relpath: record.relpath })) ?? record;
}

/** To stderr: stdout belongs to the command. */
function reportAsJson({ json }: Context, record: RunRecord): void {
  if (json) say(JSON.stringify(record));
}
