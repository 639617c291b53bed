import { coloursOf } from "../colours.js";
import { requireRoot } from "../book.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { startSteps } from "../rescue-steps.js";
import { bytes, clean, counted } from "../text.js";
import type { Verb } from "../verb.js";

/** `daybook backup` */
export const backupVerb: Verb = {
  name: "backup",
  configure: (command) =>
    void command
      .description("copy the daybook to another folder, while others may go on writing it")
      .argument("<dir>", "where to; one that has a backup of this daybook takes what is new")
      .option("--log-only", "leave out the files of the runs (runs/, checkpoints/, warm-starts/, quarantine/)")
      .addHelpText("after", helpText(
        [
          ["daybook backup /mnt/disk/results", "a daybook as of this moment, checked byte by byte; the same again takes what is new"],
          ["daybook backup --log-only ../log-only", "only the events"],
          ["daybook --root /mnt/disk/results runs", "a backup is a daybook: everything works on it; once it is written to, it is a backup no more"],
        ],
        "0 ok; 1 no daybook there, a damaged one, or a folder that holds something else; 2 wrong usage",
      )),
  run: async (context, command) => {
    const [to = ""] = command.args;
    const { logOnly = false } = command.opts<{ logOnly?: boolean }>();
    requireRoot(context.root);
    const { backupLog } = await import("../../../src/index.js");
    const steps = await startSteps();
    let report;
    try {
      report = await backupLog(context.root, to, { logOnly, onProgress: steps.update });
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "LOG_FORKED") {
        error.message = `${to} holds a copy that has gone another way than ${context.root}: one of them was written to, repaired or cut back since. Keep it, and back up to another folder`;
      }
      throw error;
    } finally {
      steps.stop();
    }
    if (context.json) await printJsonLines([report]);
    else {
      const added = report.copied === 0 && report.files === 0 ? "nothing new" : `${counted(report.copied, "segment")} (${bytes(report.bytes)}) and ${counted(report.files, "file")} copied`;
      await print(`${coloursOf().green("ok")}: ${clean(report.to)} goes up to seq ${report.head.seq}; ${added}\n`);
    }
    return 0;
  },
};
