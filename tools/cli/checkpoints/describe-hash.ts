import type { HashRow, PartDigest } from "../../../src/checkpoints.js";
import { aligned } from "../aligned.js";
import { coloursOf } from "../colours.js";
import type { Colours } from "../colours.js";
import { tableLines } from "../table.js";
import { clean, localTime } from "../text.js";
import { artifactTable } from "./artifact-table.js";
import type { Catalogue } from "./catalogue.js";
import { checkpointsTable } from "./checkpoints-table.js";
import { hashState } from "./hash-state.js";
import { sections } from "./sections.js";

/** Everything about a hash, as lines for a person. `more` are sections of what it stands for. */
export async function describeHash(catalogue: Catalogue, row: HashRow, more: readonly (readonly [title: string, lines: readonly string[]])[] = []): Promise<string[]> {
  const colours = coloursOf();
  const checkpoints = catalogue.checkpoints.filter(({ folder }) => folder === row.folder);
  return [
    `${colours.bold(clean(row.folder))}  ${hashState(catalogue, row, colours)}`.trimEnd(),
    ...aligned([
      ["model", digestOf(row.parts.model, colours)],
      ["config", `${digestOf(row.parts.config, colours)}${row.excluded === undefined || row.excluded.length === 0 ? "" : `; without ${row.excluded.map(clean).join(", ")}`}`],
      ["data", digestOf(row.parts.data, colours)],
      ["last used", localTime(row.used)],
      ["last dump", row.dumped === undefined ? "" : `${localTime(row.dumped.time)} by ${clean(row.dumped.by)}`],
    ]).map((line) => `  ${line}`),
    ...sections(colours, [
      ["Came up", await originLines(row, colours)],
      ...more,
      ["Files", await artifactTable(catalogue.root, [...Object.entries(row.dumped?.files ?? {}), ...row.added.map(({ kind, name, file }) => [`${kind} ${name}`, file] as const)], colours)],
      ["Checkpoints", checkpoints.length === 0 ? [] : await checkpointsTable(checkpoints, { hashes: false })],
    ]),
  ];
}

const digestOf = (part: PartDigest | undefined, colours: Colours): string => (part === undefined ? colours.dim("none") : `${clean(part.digest)} ${colours.dim(clean(part.algorithm))}`);

function originLines({ origins }: HashRow, colours: Colours): Promise<string[]> {
  const heads = [{ head: "since" }, { head: "experiment" }, { head: "from" }, { head: "changed" }, { head: "by" }, { head: "seq", align: "right" as const }, { head: "times", align: "right" as const }];
  const rows = origins.map(({ experiment, from, changed, seq, time, by, count }) => [
    localTime(time), clean(experiment), from === undefined ? colours.dim("the first one") : clean(from), changed.map(clean).join(", "), clean(by), String(seq), String(count),
  ]);
  return tableLines(heads.map((column) => ({ ...column, head: colours.dim(column.head) })), rows);
}
