import { UsageError } from "./errors.js";

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Reads `2h`, `1h30m`, `3d` as milliseconds; undefined for other texts. */
export function readSpan(text: string): number | undefined {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*([smhdw])/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text.trim()) return undefined;
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (unitMs[unit] ?? 0), 0);
}

/**
 * Reads `2h`, `1h30m`, `3d` (so long before now), a date, or an ISO time, as milliseconds. Without a zone a time is local, as tables show
 * it; a date is its beginning. @throws UsageError
 */
export function readSince(text: string, nowMs: number, option = "--since", orElse = ""): number {
  const span = readSpan(text);
  if (span !== undefined) return nowMs - span;
  const [, date, time = "T00:00"] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?))?$/.exec(text.trim()) ?? [];
  const ms = date === undefined ? NaN : Date.parse(`${date}T${time.replace(/^T/, "")}`);
  // A day that no month has becomes one of the next.
  const sound = date !== undefined && !Number.isNaN(ms) && new Date(`${date}T00:00Z`).toISOString().startsWith(date);
  if (!sound) throw new UsageError(`${option} ${text}: write ${orElse}a time such as 2026-11-21 or 2026-11-21T23:04Z, or how long ago: 30m, 2h, 3d, 1w`);
  return ms;
}
