import type { WarmStartKind } from "../../events/warm-start-events.js";
import type { WarmStartRow } from "../../projections/views/warm-starts.js";

/** What a fit left behind, as it is loaded: enough to go on from. `key`, `run` and `writtenAt` are missing in one that was made by hand. */
export interface CachedEntry {
  /** The bytes as they were saved, in memory of their own: a view of another kind may be made of its `buffer`. */
  readonly payload: Uint8Array;
  /** What the fit minimises. Undefined where it was not told. */
  readonly objective?: number | undefined;
  readonly iteration?: number | undefined;
  readonly kind: WarmStartKind;
  /** When it was saved, in whole seconds since 1970. */
  readonly writtenUnixSecs: number;
  /** The same as ISO 8601, in milliseconds. */
  readonly writtenAt?: string | undefined;
  /** 64 hex digits. */
  readonly key?: string | undefined;
  /** Its slot. */
  readonly run?: string | undefined;
}

/** An entry to be preloaded, which may be made by hand. Default: a checkpoint, written when `writtenAt` says, else in 1970. */
export type PreloadableEntry = Omit<CachedEntry, "kind" | "writtenUnixSecs"> & Partial<Pick<CachedEntry, "kind" | "writtenUnixSecs">>;

/** An entry of a related problem. `index`: the place of its key among those that were asked for, from 0. */
export interface NearestHit extends CachedEntry {
  readonly key: string;
  readonly index: number;
}

/** What is known of an entry without reading its payload. */
export interface WarmStartEntry {
  readonly key: string;
  readonly run: string;
  /** Counts what was saved in the slot, from 1 on. */
  readonly save: number;
  readonly kind: WarmStartKind;
  readonly objective?: number;
  readonly iteration?: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Of its file, in the artifact store. */
  readonly path: string;
  readonly writtenUnixSecs: number;
  readonly writtenAt: string;
  /** Who saved it. */
  readonly by: string;
  readonly seq: number;
  /** Older than the time to live of this store: no lookup gives it. */
  readonly expired: boolean;
}

const numbersOf = ({ objective, iteration }: WarmStartRow): { objective?: number; iteration?: number } => ({
  ...(objective === undefined ? {} : { objective }),
  ...(iteration === undefined ? {} : { iteration }),
});

/** In whole seconds since 1970. */
export const unixSecs = (time: string): number => Math.floor(Date.parse(time) / 1000);

/** An entry with its payload. */
export function cachedEntry(row: WarmStartRow, payload: Uint8Array): CachedEntry & { readonly key: string } {
  return { payload, ...numbersOf(row), kind: row.kind, writtenUnixSecs: unixSecs(row.time), writtenAt: row.time, key: row.key, run: row.run };
}

/** An entry without its payload. */
export function entryOf(row: WarmStartRow, expired: boolean): WarmStartEntry {
  const { key, run, save, kind, file, time, by, seq } = row;
  return { key, run, save, kind, ...numbersOf(row), bytes: file.bytes, sha256: file.sha256, path: file.path, writtenUnixSecs: unixSecs(time), writtenAt: time, by, seq, expired };
}
