import type { CheckpointRow, SaveRow } from "../../../src/checkpoints.js";
import { aligned } from "../aligned.js";
import { coloursOf } from "../colours.js";
import { flatten } from "../record-fields.js";
import { clean, localTime, showRounded } from "../text.js";
import { artifactTable } from "./artifact-table.js";
import { sections } from "./sections.js";

/** Everything about a checkpoint, as lines for a person: each of its saves, the newest first. */
export async function describeCheckpoint(root: string, row: CheckpointRow): Promise<string[]> {
  const colours = coloursOf();
  const pinned = row.pinned === undefined ? "" : `by ${clean(row.pinned.by)} at ${localTime(row.pinned.time)}${row.pinned.reason === undefined ? "" : `: ${clean(row.pinned.reason)}`}`;
  const saves = await Promise.all([...row.saves].reverse().map(async (save) => [titleOf(row, save), await saveLines(root, save)] as const));
  return [
    `${colours.bold(`${clean(row.folder)}/${row.step}`)}  experiment ${clean(row.experiment)}`,
    ...aligned([["pinned", pinned]]).map((line) => `  ${line}`),
    ...sections(colours, saves),
  ];
}

const titleOf = ({ saves }: CheckpointRow, { save }: SaveRow): string => (saves.length === 1 ? "Save" : `Save ${save}`);

async function saveLines(root: string, save: SaveRow): Promise<string[]> {
  const colours = coloursOf();
  return [
    ...aligned([
      ["saved", `${localTime(save.time)} by ${clean(save.by)}, seq ${save.seq}`],
      ["pruned", save.pruned === undefined ? "" : colours.red(`${localTime(save.pruned.time)} by ${clean(save.pruned.by)}: ${clean(save.pruned.reason)}`)],
      ["model", clean(save.modelName ?? "")],
      ["optimizer", clean(save.optimizerName ?? "")],
      ...flatten(save.metadata ?? {}).map(([name, value]): [string, string] => [clean(name), showRounded(value)]),
    ]),
    // What is pruned is gone by intention.
    ...(save.pruned === undefined ? await artifactTable(root, Object.entries(save.files), colours) : []),
  ];
}
