import { assertNever } from "../../base/assert-never.js";
import type { CatalogueEvent } from "../../events/catalogue.js";
import type { ArtifactRef } from "../../events/checkpoint-events.js";
import type { WarmStartKind } from "../../events/warm-start-events.js";
import { parseWarmStartStream } from "../../events/warm-start-names.js";
import { defineProjection } from "../projection.js";

/** What a slot holds: the payload that was saved in it last. */
export type WarmStartRow = {
  /** 64 hex digits. */
  readonly key: string;
  /** The slot. */
  readonly run: string;
  /** Counts what was saved in the slot, from 1 on. */
  readonly save: number;
  readonly kind: WarmStartKind;
  readonly file: ArtifactRef;
  readonly objective?: number;
  readonly iteration?: number;
  readonly seq: number;
  /** When it was written, ISO 8601: its age counts from it. */
  readonly time: string;
  readonly by: string;
};

/** The slots of a key that hold something, in the order in which they first did. */
export type WarmStartKeyRow = { readonly runs: readonly string[] };

/** How much all slots of all keys hold. */
export type WarmStartTotals = { readonly entries: number; readonly bytes: number };

/** The types that the ledger of warm starts appends. */
export const warmStartEventTypes = ["warm-start.saved", "warm-start.evicted"] as const;
type WarmStartEvent = Extract<CatalogueEvent, { readonly type: (typeof warmStartEventTypes)[number] }>;

/** The key of a slot's row. */
export const slotKey = (key: string, run: string): string => `${key}/${run}`;

/** What each slot holds, by {@link slotKey}. */
export const warmStartsProjection = defineProjection<"warm-starts", WarmStartRow>({
  name: "warm-starts",
  version: 1,
  types: warmStartEventTypes,
  keys: (event) => {
    const key = parseWarmStartStream(event.stream);
    return key === undefined ? [] : [slotKey(key, (event as unknown as WarmStartEvent).data.run)];
  },
  evolve: (row, event) => evolveSlot(row, event as unknown as WarmStartEvent),
});

/** The slots of each key, by key. A key without any has no row. */
export const warmStartKeysProjection = defineProjection<"warm-start-keys", WarmStartKeyRow>({
  name: "warm-start-keys",
  version: 1,
  types: warmStartEventTypes,
  keys: (event) => {
    const key = parseWarmStartStream(event.stream);
    return key === undefined ? [] : [key];
  },
  evolve: (row, event) => {
    const { type, data } = event as unknown as WarmStartEvent;
    const runs = row?.runs ?? [];
    if (type === "warm-start.saved") return runs.includes(data.run) ? row : { runs: [...runs, data.run] };
    const rest = runs.filter((run) => run !== data.run);
    return rest.length === 0 ? undefined : { runs: rest };
  },
});

/** How much there is in all. */
export const warmStartTotalsProjection = defineProjection<"warm-start-totals", WarmStartTotals>({
  name: "warm-start-totals",
  version: 1,
  types: warmStartEventTypes,
  initialState: { entries: 0, bytes: 0 },
  evolve: ({ entries, bytes }, event) => {
    const { type, data } = event as unknown as WarmStartEvent;
    if (type === "warm-start.evicted") return { entries: entries - 1, bytes: bytes - data.bytes };
    return { entries: data.replaced === undefined ? entries + 1 : entries, bytes: bytes + data.file.bytes - (data.replaced ?? 0) };
  },
});

/** The next state of a slot. */
export function evolveSlot(row: WarmStartRow | undefined, event: WarmStartEvent): WarmStartRow | undefined {
  const key = parseWarmStartStream(event.stream);
  if (key === undefined) return row;
  switch (event.type) {
    case "warm-start.saved": {
      const { run, save, kind, file, objective, iteration, writtenAt } = event.data;
      return {
        key, run, save, kind, file,
        ...(objective === undefined ? {} : { objective }),
        ...(iteration === undefined ? {} : { iteration }),
        seq: event.seq, time: writtenAt ?? event.at ?? event.time, by: event.by,
      };
    }
    case "warm-start.evicted":
      return undefined;
    default:
      return assertNever(event);
  }
}
