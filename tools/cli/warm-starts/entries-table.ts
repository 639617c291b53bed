import type { WarmStartRow } from "../../../src/warm-starts.js";
import { coloursOf } from "../colours.js";
import { tableLines, terminalWidth } from "../table.js";
import { bytes, clean, localTime, showRounded } from "../text.js";
import { shortKey } from "./catalogue.js";

/** How entries are shown. */
interface EntriesTableOptions {
  /** All keys there are, where the entries are of several. */
  readonly keys?: readonly string[];
  /** What else there is to say of some, by run. */
  readonly notes?: ReadonlyMap<string, string>;
  /** How many columns the table is indented by. */
  readonly indent?: number;
}

/** Entries as a table. */
export async function entriesTable(entries: readonly WarmStartRow[], { keys, notes = new Map(), indent = 0 }: EntriesTableOptions = {}): Promise<string[]> {
  const { bold, dim, green } = coloursOf();
  const right = (head: string): { head: string; align: "right" } => ({ head, align: "right" });
  const columns = [...(keys === undefined ? [] : [{ head: "key", whole: true }]), { head: "run" }, { head: "kind" }, right("objective"), right("iteration"), right("size"), { head: "saved", whole: true }, { head: "by" }, ...(notes.size === 0 ? [] : [{ head: "" }])];
  const rows = entries.map(({ key, run, kind, objective, iteration, file, time, by }) => [
    ...(keys === undefined ? [] : [shortKey(key, keys)]),
    clean(run),
    kind === "final" ? green(kind) : clean(kind),
    showRounded(objective),
    iteration === undefined ? "" : String(iteration),
    bytes(file.bytes),
    dim(localTime(time)),
    clean(by),
    ...(notes.size === 0 ? [] : [notes.get(run) ?? ""]),
  ]);
  const width = terminalWidth();
  return tableLines(columns.map((column) => ({ ...column, head: bold(column.head) })), rows, width === undefined ? undefined : width - indent);
}
