import type { HashRow } from "../../../projections/views/hashes.js";
import type { Rows } from "../../../projections/projection.js";

/**
 * The hashes whose weights a hash can go on from: itself, then those that its experiment came from, generation by generation, as far as their model part is
 * the same. Of several in one generation, the one that was left last goes first. Ways in circles are gone once.
 */
export function lineOf(rows: Pick<Rows<HashRow>, "get">, own: HashRow, experiment: string): HashRow[] {
  const line: HashRow[] = [];
  const seen = new Set([own.folder]);
  let generation = [own];
  while (generation.length > 0) {
    line.push(...generation.filter((row) => hasModelOf(row, own)));
    const before = generation.flatMap(({ origins }) => origins.filter((origin) => origin.experiment === experiment)).sort((a, b) => b.seq - a.seq);
    generation = before.flatMap(({ from }) => {
      const row = from === undefined || seen.has(from) ? undefined : rows.get(from);
      if (row === undefined) return [];
      seen.add(row.folder);
      return [row];
    });
  }
  return line;
}

const hasModelOf = ({ parts: { model } }: HashRow, own: HashRow): boolean => model?.digest === own.parts.model?.digest && model?.algorithm === own.parts.model?.algorithm;
