/** Numbers as people read them; pure. */

import { isNoise } from "./statistics.js";
import type { Summary } from "./statistics.js";

/** Three digits that count, thousands with a comma. */
export function figure(value: number): string {
  const whole = Math.round(value);
  if (Math.abs(whole) >= 100_000) return `${inGroups.format(Math.round(value / 1000))} k`;
  return Math.abs(whole) >= 1000 ? inGroups.format(whole) : String(Number(value.toPrecision(3)));
}

const inGroups = new Intl.NumberFormat("en");

/** `4,012 (3,800..4,400)`; the value alone where nothing varies. */
export function spread({ median, min, max }: Summary): string {
  return min === max ? figure(median) : `${figure(median)} (${figure(min)}..${figure(max)})`;
}

/** `1.52 x`; a sign where it says nothing. */
export function times(ratio: number): string {
  return `${figure(ratio)} x${isNoise(ratio) && ratio !== 1 ? " (no finding)" : ""}`;
}

/** `3 min 20 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
