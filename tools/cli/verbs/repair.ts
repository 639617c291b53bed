import type { LostEvents, RepairReport } from "../../../src/index.js";
import { coloursOf } from "../colours.js";
import { helpText } from "../help.js";
import { print, printJsonLines } from "../output.js";
import { startSteps } from "../rescue-steps.js";
import { tableLines } from "../table.js";
import { bytes, clean, counted } from "../text.js";
import type { Verb } from "../verb.js";

/** `daybook repair` */
export const repairVerb: Verb = {
  name: "repair",
  configure: (command) =>
    void command
      .description("salvage what can be read of a damaged log into a new root; the damaged one is only read")
      .requiredOption("--to <dir>", "the new root; it must not be there, or be empty")
      .option("--log-only", "leave out the files of the runs (runs/, checkpoints/, warm-starts/, quarantine/)")
      .addHelpText("after", helpText(
        [
          ["daybook verify --full; daybook repair --to ../rescued", "what is wrong; then every event that can be read, with its seq, in a new root"],
          ["daybook --root ../rescued verify --full && mv results results.damaged && mv ../rescued results", "look at the new root, and put it in the place of the damaged one"],
          ["daybook --json repair --to ../rescued | jq -c '.lost[]'", "the outcome as one JSON object: what is lost, by seq"],
        ],
        "0 nothing is lost; 1 events are lost, or it could not be done; 2 wrong usage",
        "What is not as it was written is found by its hash, and left out. It goes to quarantine/ in the new root. Segments that are whole are\ncopied byte for byte; others are written anew without what is lost, and every event keeps its seq.",
      )),
  run: async (context, command) => {
    const { to, logOnly = false } = command.opts<{ to: string; logOnly?: boolean }>();
    const { repairLog } = await import("../../../src/index.js");
    const steps = await startSteps();
    let report: RepairReport;
    try {
      report = await repairLog(context.root, to, { logOnly, onProgress: steps.update });
    } finally {
      steps.stop();
    }
    if (context.json) await printJsonLines([report]);
    else await print(`${(await reportLines(report)).join("\n")}\n`);
    return report.lost.length === 0 ? 0 : 1;
  },
};

async function reportLines(report: RepairReport): Promise<string[]> {
  const colours = coloursOf();
  const lines: string[] = [];
  if (report.lost.length > 0) lines.push(...(await lostLines(report.lost)), "");
  for (const { segment, from, events, why } of report.rewritten) lines.push(`rewritten: ${clean(segment)} from ${clean(from)}, ${counted(events, "event")}: ${clean(why)}`);
  for (const { file, bytes: size, why } of report.quarantined) lines.push(`kept: ${clean(file)}, ${bytes(size)}: ${clean(why)}`);
  for (const note of report.notes) lines.push(colours.yellow(`note: ${clean(note)}`));
  const extent = `${counted(report.events, "event")} up to seq ${report.head.seq} in ${counted(report.segments, "segment")}${report.files > 0 ? `, and ${counted(report.files, "file")},` : ""} are in ${clean(report.to)}`;
  lines.push(report.lost.length === 0 ? `${colours.green("ok")}: nothing is lost; ${extent}` : `${colours.red(`${lostCount(report.lost)} lost`)}; ${extent}`);
  return lines;
}

async function lostLines(lost: readonly LostEvents[]): Promise<string[]> {
  const colours = coloursOf();
  const columns = [{ head: "lost from" }, { head: "to" }, { head: "file" }, { head: "byte" }, { head: "why" }].map((column, index) => ({
    head: colours.bold(column.head),
    ...(index === 0 || index === 1 || index === 3 ? { align: "right" as const } : {}),
  }));
  return tableLines(columns, lost.map(({ from, to, segment, offset, why }) => [String(from), to === undefined ? "?" : String(to), clean(segment), String(offset), clean(why)]));
}

function lostCount(lost: readonly LostEvents[]): string {
  const count = lost.reduce((sum, { from, to }) => sum + (to === undefined ? 0 : to - from + 1), 0);
  const open = lost.some(({ to }) => to === undefined);
  if (count === 0) return "nobody knows how many events are";
  return `${counted(count, "event")} ${open ? "or more " : ""}${count === 1 ? "is" : "are"}`;
}
