import type { CheckpointRow, SaveRow } from "../../../src/checkpoints.js";
import { coloursOf } from "../colours.js";
import type { Colours } from "../colours.js";
import { flatten } from "../record-fields.js";
import { tableLines, terminalWidth } from "../table.js";
import { bytes, clean, localTime, shorten, showRounded } from "../text.js";

const longestMetadata = 60;

/** Checkpoints as a table: of each step the save that would be loaded, or the last one. */
export async function checkpointsTable(checkpoints: readonly CheckpointRow[], { hashes = true }: { readonly hashes?: boolean } = {}): Promise<string[]> {
  const colours = coloursOf();
  const heads = [...(hashes ? [{ head: "hash", whole: true }] : []), { head: "step", align: "right" as const }, { head: "saved", whole: true }, { head: "by" }, { head: "size", align: "right" as const }, { head: "metadata" }, { head: "state" }];
  const rows = checkpoints.map((row) => {
    const save = loadedSave(row) ?? row.saves.at(-1);
    return [
      ...(hashes ? [clean(row.folder)] : []),
      String(row.step),
      colours.dim(localTime(save?.time ?? "")),
      clean(save?.by ?? ""),
      save === undefined ? "" : bytes(contentBytes(save)),
      shorten(showMetadata(save), longestMetadata),
      stateOf(row, save, colours),
    ];
  });
  return tableLines(heads.map((column) => ({ ...column, head: colours.bold(column.head) })), rows, terminalWidth());
}

/** The save that is loaded: the last one that is not pruned. */
export const loadedSave = ({ saves }: CheckpointRow): SaveRow | undefined => saves.findLast(({ pruned }) => pruned === undefined);

/** Bytes of all files of a save, uncompressed. */
export const contentBytes = ({ files }: SaveRow): number => Object.values(files).reduce((sum, file) => sum + file.bytes, 0);

/** `loss=0.5 val.acc=0.9` */
export const showMetadata = (save: SaveRow | undefined): string => flatten(save?.metadata ?? {}).map(([name, value]) => `${clean(name)}=${showRounded(value)}`).join(" ");

/** What there is to say of a checkpoint besides its save. */
export function stateOf(row: CheckpointRow, save: SaveRow | undefined, colours: Colours): string {
  const there = row.saves.filter(({ pruned }) => pruned === undefined).length;
  return [
    ...(row.pinned === undefined ? [] : [colours.cyan(`pinned${row.pinned.reason === undefined ? "" : `: ${clean(row.pinned.reason)}`}`)]),
    ...(save?.pruned === undefined ? [] : [colours.dim(`pruned: ${clean(save.pruned.reason)}`)]),
    ...(there > 1 ? [`${there} saves`] : []),
    ...(save !== undefined && Object.values(save.files).some(({ codec }) => codec !== undefined) ? ["compressed"] : []),
  ].join("; ");
}
