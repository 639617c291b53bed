import type { Rows } from "../../projections/projection.js";
import { warmStartsProjection } from "../../projections/views/warm-starts.js";
import type { WarmStartRow } from "../../projections/views/warm-starts.js";
import { expiry } from "./choose-entry.js";
import type { WarmStartContext } from "./context.js";
import { entryOf } from "./entries.js";
import type { WarmStartEntry } from "./entries.js";
import { rowsOfKey } from "./look-up.js";

/** All entries, or those of a key, oldest first. Payloads are not looked at. */
export async function listEntries(context: WarmStartContext, key: string | undefined): Promise<WarmStartEntry[]> {
  const rows = key === undefined ? await allRows(context) : await rowsOfKey(context, key);
  const isExpired = expiry({ nowMs: context.clock(), ttlMs: context.ttlMs });
  return rows.toSorted((a, b) => a.seq - b.seq).map((row) => entryOf(row, isExpired(row)));
}

/** What all slots hold. */
export async function allRows({ host }: WarmStartContext): Promise<WarmStartRow[]> {
  const { state } = await host.query(warmStartsProjection);
  return Array.from((state as Rows<WarmStartRow>).entries(), ([, row]) => row);
}
