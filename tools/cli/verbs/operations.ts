import { helpText } from "../help.js";
import { abortVerb } from "../operations/abort.js";
import { exportVerb } from "../operations/export.js";
import { logVerb } from "../operations/log.js";
import { lsVerb } from "../operations/ls.js";
import { showVerb } from "../operations/show.js";
import type { VerbGroup } from "../verb.js";

/** `daybook operations` */
export const operationsVerb: VerbGroup = {
  name: "operations",
  verbs: [lsVerb, showVerb, logVerb, abortVerb, exportVerb],
  configure: (command) =>
    void command
      .description("list operations, show who did what when, follow their logs, abort them")
      .addHelpText("after", helpText(
        [
          ["daybook operations", "all of them, as `daybook operations ls`"],
          ["daybook operations show", "the newest one: a time chart of its calls, and its sessions"],
          ["daybook operations log --follow", "its log, as it happens"],
          ["daybook operations abort 1a2b3c4d --reason 'wrong branch'", "asks everybody in it to stop"],
          ["daybook operations export 1a2b3c4d --to report", "as files: operation.json, operation.log, events.ndjson"],
          ["daybook --json operations ls --state failed", "one JSON object per operation"],
        ],
        "0 ok; 1 no such operation (OPERATION_NOT_FOUND), no daybook there, or a damaged one; 2 wrong usage",
        "Looking never cleans up after dead participants; the next program that connects for writing does.",
      )),
};
