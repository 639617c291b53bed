import { coloursOf } from "../colours.js";
import { tableLines, terminalWidth } from "../table.js";
import { clean, localTime } from "../text.js";
import type { HashRow } from "../../../src/checkpoints.js";
import type { Catalogue } from "./catalogue.js";
import { hashState, showHash } from "./hash-state.js";

/** Hashes as a table: each with how it first came up. */
export async function hashesTable(catalogue: Catalogue, hashes: readonly HashRow[]): Promise<string[]> {
  const colours = coloursOf();
  const several = catalogue.experiments.length > 1;
  const heads = [
    { head: "hash", whole: true }, { head: "changed" }, { head: "from" }, ...(several ? [{ head: "experiment" }] : []), { head: "since", whole: true }, { head: "by" },
    { head: "steps", align: "right" as const }, { head: "state" },
  ];
  const steps = new Map<string, number>();
  for (const { folder, saves } of catalogue.checkpoints) if (saves.some(({ pruned }) => pruned === undefined)) steps.set(folder, (steps.get(folder) ?? 0) + 1);
  const rows = hashes.map((row) => {
    const [first] = row.origins;
    const more = row.origins.length - 1;
    return [
      showHash(row.folder, first?.from === undefined ? [] : first.changed, colours),
      (first?.changed ?? []).map(clean).join(", "),
      first?.from === undefined ? "" : `${shortHash(catalogue, first.from)}${more > 0 ? ` and ${more} more` : ""}`,
      ...(several ? [[...new Set(row.origins.map(({ experiment }) => clean(experiment)))].join(", ")] : []),
      colours.dim(localTime(first?.time ?? row.used)),
      clean(first?.by ?? ""),
      String(steps.get(row.folder) ?? 0),
      hashState(catalogue, row, colours),
    ];
  });
  return tableLines(heads.map((column) => ({ ...column, head: colours.bold(column.head) })), rows, terminalWidth());
}

/** As many digits of a hash as tell it from the others here, and can be typed. */
export function shortHash({ hashes }: Pick<Catalogue, "hashes">, folder: string): string {
  for (const length of [8, 12, 16, 20]) {
    const short = folder.slice(0, length);
    if (hashes.filter((one) => one.folder.startsWith(short)).length <= 1) return clean(short);
  }
  return clean(folder);
}
