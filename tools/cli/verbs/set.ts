import * as fs from "node:fs";
import * as path from "node:path";
import type { Daybook, RunRecord, RunReport, Status } from "../../../src/index.js";
import { collect, readFiles, readMetrics } from "../assignments.js";
import { writeBook } from "../book.js";
import { CliFault, UsageError } from "../errors.js";
import { helpText } from "../help.js";
import { printJsonLines, say } from "../output.js";
import { surroundingAttempt, surroundingRun } from "../run/surrounding-run.js";
import { readRunName } from "../run-address.js";
import { wholeNumber } from "../numbers.js";
import { addressOf, clean } from "../text.js";
import type { Verb } from "../verb.js";

interface SetOptions {
  readonly file?: readonly string[];
  readonly metric?: readonly string[];
  readonly step?: number;
  readonly status?: string;
  readonly note?: string;
  readonly tag?: readonly string[];
  readonly error?: string;
}

const statuses = ["PENDING", "RUNNING", "DONE", "ERROR"];

/** `daybook set` */
export const setVerb: Verb = {
  name: "set",
  configure: (command) =>
    void command
      .description("report on a run: status, files, metrics, note, tags, error, as one atomic append")
      .argument("[run]", "IDENT[/RELPATH]/UID; inside a command of `daybook run` the default is that run")
      .option("--file <name=path>", "a file; a relative path means relative to the run's folder ($DAYBOOK_RUN_DIR); repeated", collect)
      .option("--metric <k=v>", "a number, text, true, false or null; replaces the last value; repeated", collect)
      .option("--step <n>", "what the metrics belong to, such as an epoch: a whole number from 0", wholeNumber(0))
      .option("--status <status>", "PENDING, RUNNING, DONE or ERROR")
      .option("--note <text>", "replaces the note")
      .option("--tag <tag>", "adds a tag; repeated", collect)
      .option("--error <text>", "what went wrong (the status stays as it is)")
      .addHelpText("after", helpText(
        [
          ["daybook set --metric accuracy=0.97 --metric loss=0.11", "inside a command of `daybook run`: on that run"],
          ["daybook set --step 3 --metric loss=0.4", "one point of a curve; `daybook log RUN --type run.metrics-recorded` has them all"],
          ["cp model.pt $DAYBOOK_RUN_DIR/ && daybook set --file weights=model.pt", "a file in the run's folder"],
          ["daybook set train/0001 --tag baseline --note 'the one from the paper'", "on a run named by its address"],
          ["daybook set train/mnist/0003 --status ERROR --error 'wrong data set'", "a verdict afterwards"],
        ],
        "0 ok; 1 no such run or no daybook there, or LEASE_LOST (below); 2 wrong usage, or nothing to say",
        `Inside a command of \`daybook run\` or \`daybook sweep\`:
  A report on its own run is in the name of its attempt (DAYBOOK_ATTEMPT), and refused (LEASE_LOST) once the run has been taken up again: a
  command that was left over from a killed daybook does not report into the next attempt.`,
      )),
  run: async (context, command) => {
    const options = command.opts<SetOptions>();
    const [address] = command.args;
    const report = reportOf(options);
    const name = address === undefined ? surroundingRun() : await readRunName(address);
    return writeBook(context.root, async (book) => {
      const { identifier, uid, relpath } = name;
      const place = relpath === undefined ? {} : { relpath };
      const attempt = await surroundingAttempt(book, name);
      await book.runs.log(identifier, uid, { ...report, ...place, ...(attempt === undefined ? {} : { attempt }) });
      const record = await book.runs.getRecord(identifier, uid, place);
      if (record === undefined) throw new CliFault("RUN_NOT_FOUND", `there is no run ${address ?? uid}`);
      warnOfMisplacedFiles(book, record, report.files ?? {});
      if (context.json) await printJsonLines([record]);
      return 0;
    });
  },
};

function reportOf({ file = [], metric = [], step, status, note, tag = [], error }: SetOptions): RunReport {
  const wanted = status?.toUpperCase();
  if (wanted !== undefined && !statuses.includes(wanted)) throw new UsageError(`--status ${status}: it must be one of ${statuses.join(", ")}`);
  const report: RunReport = {
    ...(file.length === 0 ? {} : { files: readFiles(file) }),
    ...(metric.length === 0 ? {} : { metrics: readMetrics(metric) }),
    ...(step === undefined || metric.length === 0 ? {} : { step }),
    ...(wanted === undefined ? {} : { status: wanted as Status }),
    ...(note === undefined ? {} : { note }),
    ...(tag.length === 0 ? {} : { tags: tag }),
    ...(error === undefined ? {} : { error }),
  };
  if (Object.keys(report).length === 0) throw new UsageError("nothing to say; give any of --file, --metric, --status, --note, --tag, --error");
  return report;
}

/** The paths are kept as given; one that was meant relative to the working folder is a likely slip. */
function warnOfMisplacedFiles(book: Daybook, record: RunRecord, files: Readonly<Record<string, string>>): void {
  const folder = book.runs.folder(record.identifier, record.uid, { relpath: record.relpath, storage: record.storage });
  for (const [name, value] of Object.entries(files)) {
    if (path.isAbsolute(value) || fs.existsSync(path.resolve(folder, value)) || !fs.existsSync(path.resolve(value))) continue;
    say(
      `daybook: warning: file ${clean(name)} of ${addressOf(record)}: ${clean(value)} is relative to the run's folder (${clean(folder)}) and not there; ` +
        `there is one in the working folder: put it into $DAYBOOK_RUN_DIR, or give ${clean(path.resolve(value))}`,
    );
  }
}
