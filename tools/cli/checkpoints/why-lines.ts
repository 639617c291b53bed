import type { CheckpointManager, HashDiff, HashRow } from "../../../src/checkpoints.js";
import { coloursOf } from "../colours.js";
import { clean, localTime } from "../text.js";
import type { Catalogue } from "./catalogue.js";
import { diffSections } from "./diff-lines.js";
import { hashState, showHash } from "./hash-state.js";

/** How a hash differs from the one that it first came from; undefined for the first of an experiment, and where that one is not known. */
export async function whyOf(manager: CheckpointManager, catalogue: Catalogue, { folder, origins }: HashRow): Promise<HashDiff | undefined> {
  const from = origins[0]?.from;
  return from === undefined || !catalogue.hashes.some((one) => one.folder === from) ? undefined : await manager.diffHashes(from, folder);
}

/** A hash with what it came from and what changed, as lines for a person. */
export function whyLines(catalogue: Catalogue, row: HashRow, why: HashDiff | undefined): string[] {
  const colours = coloursOf();
  const [first, ...others] = row.origins;
  const head = [
    colours.bold(showHash(row.folder, first?.from === undefined ? [] : first.changed, colours)),
    colours.dim(localTime(first?.time ?? row.used)),
    `by ${clean(first?.by ?? "")}`,
    hashState(catalogue, row, colours),
  ];
  const came = first?.from === undefined ? `the first one of ${clean(first?.experiment ?? "")}` : `from ${clean(first.from)}: ${first.changed.map(clean).join(", ")}`;
  const again = others.map(({ from, changed, experiment }) => (from === undefined ? `also the first one of ${clean(experiment)}` : `also from ${clean(from)}: ${changed.map(clean).join(", ")}`));
  const parts = why === undefined ? [] : diffSections(why, colours).filter(([title, lines]) => lines.length > 0 && !title.startsWith("Metadata"));
  return [
    head.filter((part) => part !== "").join("  "),
    ...[came, ...again].map((line) => `  ${line}`),
    ...parts.flatMap(([title, lines]) => [`  ${colours.bold(title)}`, ...lines.map((line) => `    ${line}`)]),
  ];
}
