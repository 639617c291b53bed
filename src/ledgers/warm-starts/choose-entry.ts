import type { WarmStartRow } from "../../projections/views/warm-starts.js";

/** Objectives this close are the same. */
export const objectiveTolerance = 1e-12;

/** Of some entries, the one to go on from; undefined of none. */
export type ChooseEntry = (rows: readonly WarmStartRow[]) => WarmStartRow | undefined;

/** What time it is, and how old an entry may get; 0: any age. */
export interface Age {
  readonly nowMs: number;
  readonly ttlMs: number;
}

/** Tells which entries are as old as they may get. With a time to live of 0 none ever is. */
export function expiry({ nowMs, ttlMs }: Age): (row: Pick<WarmStartRow, "time">) => boolean {
  if (ttlMs <= 0) return () => false;
  const lastMs = nowMs - ttlMs;
  const last = plainTime(lastMs);
  // Times of this log are texts of one form, which stand in order: to read each of many takes ten times as long. Imported ones may have another.
  return ({ time }) => (last !== undefined && time.length === last.length && time.endsWith("Z") ? time <= last : Date.parse(time) <= lastMs);
}

/** The time of a year with four digits, in the form of the log; undefined for others. */
function plainTime(ms: number): string | undefined {
  const date = new Date(Math.floor(ms));
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999 ? undefined : date.toISOString();
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
