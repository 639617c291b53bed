/** What a day has added to the log. */
export interface DayGrowth {
  /** UTC, such as `2026-11-21`. */
  readonly day: string;
  readonly events: number;
  /** Bytes of their lines. */
  readonly bytes: number;
}

/** Counts events and bytes by the day of their time. Events come in the order of the log, whose time never goes back. */
export class Growth {
  readonly #days: { readonly day: string; events: number; bytes: number }[] = [];

  add(time: string, bytes: number): void {
    const day = time.slice(0, 10);
    let last = this.#days.at(-1);
    if (last?.day !== day) this.#days.push((last = { day, events: 0, bytes: 0 }));
    last.events += 1;
    last.bytes += bytes;
  }

  /** Days with events, oldest first. */
  days(): DayGrowth[] {
    return this.#days.map((one) => ({ ...one }));
  }
}

const dayMs = 86_400_000;
const bars = "▁▂▃▄▅▆▇█";

/** One bar a day, the quiet days between included: at most the newest `width`. A day without events is a dot. */
export function sparkline(days: readonly DayGrowth[], width: number): string {
  const last = days.at(-1);
  if (last === undefined) return "";
  const end = Date.parse(last.day);
  const events = new Map(days.map((one) => [Date.parse(one.day), one.events]));
  const from = Math.max(Date.parse((days[0] as DayGrowth).day), end - (width - 1) * dayMs);
  let [line, most] = ["", 0];
  for (let day = from; day <= end; day += dayMs) most = Math.max(most, events.get(day) ?? 0);
  for (let day = from; day <= end; day += dayMs) {
    const count = events.get(day) ?? 0;
    line += count === 0 ? "·" : (bars[Math.max(0, Math.ceil((count / most) * bars.length) - 1)] as string);
  }
  return line;
}
