import type { DataDiff, HashDiff, Samples } from "../../../src/checkpoints.js";
import type { Colours } from "../colours.js";
import { clean, counted } from "../text.js";
import { modelLines, pathLines } from "./model-lines.js";

/** So many lines of a part are shown; `--json` has all. */
const mostLines = 40;
const mostUids = 8;

/** How one hash became another, by part: titles, each with its lines. */
export function diffSections(diff: HashDiff, colours: Colours): (readonly [title: string, lines: readonly string[]])[] {
  const of = (part: HashDiff["changed"][number], lines: readonly string[] | undefined): readonly string[] => {
    if (diff.added.includes(part)) return [colours.green(`+ there was no ${part} before`)];
    if (diff.removed.includes(part)) return [colours.red(`- there is no ${part} any more`)];
    if (diff.unknown.includes(part)) return [colours.yellow(`~ it is another one; what it was is not in the log`)];
    return cut(lines ?? []);
  };
  return [
    ["Model", of("model", diff.model === undefined ? undefined : modelLines(diff.model, colours))],
    ["Config", of("config", diff.config === undefined ? undefined : pathLines(diff.config, colours))],
    ["Data", of("data", diff.data === undefined ? undefined : dataLines(diff.data, colours))],
    ["Metadata of the newest checkpoints", cut(pathLines(diff.metadata, colours))],
  ];
}

function cut(lines: readonly string[]): readonly string[] {
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), `and ${counted(lines.length - mostLines, "more line")}: --json has all of it`];
}

function dataLines({ samples, added, removed, discarded, restored, tagged, tags }: DataDiff, colours: Colours): string[] {
  const line = (sign: string, what: string, of: Samples): string[] => (of.count === 0 ? [] : [`${sign} ${of.count.toLocaleString("en-US")} ${what}: ${uidsOf(of)}`]);
  const tagLines = Object.entries(tags).map(([tag, count]) => {
    const counts = [...(count.added > 0 ? [colours.green(`on ${counted(count.added, "more sample")}`)] : []), ...(count.removed > 0 ? [colours.red(`off ${counted(count.removed, "sample")}`)] : [])];
    return `${colours.yellow("~")} tag ${clean(tag)}  ${counts.join(", ")}`;
  });
  return [
    ...(samples.before === samples.after ? [] : [`${colours.yellow("~")} samples  ${colours.red(samples.before.toLocaleString("en-US"))} -> ${colours.green(samples.after.toLocaleString("en-US"))}`]),
    ...line(colours.green("+"), "added", added),
    ...line(colours.red("-"), "removed", removed),
    ...line(colours.red("-"), "discarded", discarded),
    ...line(colours.green("+"), "restored", restored),
    ...line(colours.yellow("~"), "with other tags", { count: tagged.count, uids: tagged.samples.map(({ uid }) => uid) }),
    ...tagLines,
  ];
}

function uidsOf({ count, uids }: Samples): string {
  const shown = uids.slice(0, mostUids).map((uid) => clean(String(uid)));
  return [...shown, ...(count > shown.length ? [`and ${(count - shown.length).toLocaleString("en-US")} more`] : [])].join(", ");
}
