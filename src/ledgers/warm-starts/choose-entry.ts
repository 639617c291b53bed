import type { WarmStartRow } from "../../projections/views/warm-starts.js";

/** Objectives this close are the same. */
export const objectiveTolerance = 1e-12;

/** Of some entries, the one to go on from; undefined of none. */
export type ChooseEntry = (rows: readonly WarmStartRow[]) => WarmStartRow | undefined;

/** True once an entry is as old as it may get. With a time to live of 0 it never is. */
export function isExpired({ time }: Pick<WarmStartRow, "time">, { nowMs, ttlMs }: { readonly nowMs: number; readonly ttlMs: number }): boolean {
  return ttlMs > 0 && nowMs - Date.parse(time) >= ttlMs;
}

/** The one that was saved last. */
export const chooseNewest: ChooseEntry = (rows) => rows.reduce<WarmStartRow | undefined>((best, row) => (best === undefined || row.seq > best.seq ? row : best), undefined);

/**
 * The one with the least objective. Those within the tolerance of the least count as equal: measured from the least itself, so that no chain of small differences leads
 * away from it. Of them a final one beats checkpoints, then the newest. Where none has an objective, the newest.
 */
export const chooseBest: ChooseEntry = (rows) => {
  const scored = rows.filter((row): row is WarmStartRow & { readonly objective: number } => row.objective !== undefined);
  if (scored.length === 0) return chooseNewest(rows);
  const least = scored.reduce((min, { objective }) => Math.min(min, objective), Infinity);
  const tied = scored.filter(({ objective }) => objective - least <= objectiveTolerance);
  const finals = tied.filter(({ kind }) => kind === "final");
  return chooseNewest(finals.length > 0 ? finals : tied);
};
