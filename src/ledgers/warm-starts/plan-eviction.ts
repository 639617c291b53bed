import type { AppendEvent } from "../../log/port.js";
import type { EvictionReason, WarmStartEvents } from "../../events/warm-start-events.js";
import { warmStartStream } from "../../events/warm-start-names.js";
import type { WarmStartRow } from "../../projections/views/warm-starts.js";
import { expiry } from "./choose-entry.js";

/** What decides who has to go. */
export interface EvictionPolicy {
  readonly nowMs: number;
  /** 0: nothing expires. */
  readonly ttlMs: number;
  readonly budgetBytes: number;
}

/** An entry that is given up, and why. */
export interface Victim {
  readonly row: WarmStartRow;
  readonly reason: EvictionReason;
}

/** Who has to go, and what is left then. */
export interface EvictionPlan {
  readonly victims: readonly Victim[];
  readonly bytes: number;
  readonly entries: number;
  /** There are more than one append takes. */
  readonly more: boolean;
}

/** So many are given up by one append. */
const mostAtOnce = 10_000;

/**
 * Expired entries go first, then those that were saved longest ago, one by one until the rest fits the budget. The order is that of the log.
 * @param saving bytes and slot of what is being saved by the same append: it is the newest, and what its slot held is gone already
 */
export function planEviction(rows: Iterable<WarmStartRow>, { nowMs, ttlMs, budgetBytes }: EvictionPolicy, saving?: { readonly key: string; readonly run: string; readonly bytes: number }, most = mostAtOnce): EvictionPlan {
  const isExpired = expiry({ nowMs, ttlMs });
  const [expired, alive]: [WarmStartRow[], WarmStartRow[]] = [[], []];
  for (const row of rows) {
    if (saving !== undefined && row.key === saving.key && row.run === saving.run) continue;
    (isExpired(row) ? expired : alive).push(row);
  }
  const victims: Victim[] = expired.map((row) => ({ row, reason: "expired" }));
  let bytes = alive.reduce((sum, { file }) => sum + file.bytes, saving?.bytes ?? 0);
  // Taken one by one, and only where something has to go: putting many in order takes a while, and others wait.
  const oldest = oldestFirst(alive);
  while (bytes > budgetBytes) {
    const next = oldest.next();
    if (next.done === true) break;
    bytes -= next.value.file.bytes;
    victims.push({ row: next.value, reason: "budget" });
  }
  const now = victims.slice(0, most);
  const later = victims.slice(most);
  const left = alive.length + expired.length + (saving === undefined ? 0 : 1);
  return {
    victims: now,
    bytes: later.reduce((sum, { row }) => sum + row.file.bytes, bytes),
    entries: left - now.length,
    more: later.length > 0,
  };
}

/** Rows in the order in which they were saved. Who saves over a full budget again and again needs the first few: these are looked for, and only the others sorted. */
function* oldestFirst(rows: readonly WarmStartRow[]): Generator<WarmStartRow, void, void> {
  const rest = [...rows];
  for (let few = 8; few > 0 && rest.length > 0; few -= 1) {
    let first = 0;
    let least = Infinity;
    rest.forEach(({ seq }, index) => {
      if (seq < least) [first, least] = [index, seq];
    });
    const [oldest, last] = [rest[first], rest.pop()];
    if (oldest === undefined || last === undefined) return;
    if (first < rest.length) rest[first] = last;
    yield oldest;
  }
  yield* rest.sort((a, b) => a.seq - b.seq);
}

/** The event of giving an entry up. */
export function evictionEvent({ row: { key, run, save, file }, reason }: Victim): AppendEvent {
  const data: WarmStartEvents["warm-start.evicted"] = { run, save, bytes: file.bytes, reason };
  return { stream: warmStartStream(key), type: "warm-start.evicted", data };
}
