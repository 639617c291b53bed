import type { Daybook, EventCatalogue } from "../../../src/index.js";
import type { SavePoint } from "../../../src/warm-starts.js";
import { withStore } from "./store.js";

/** Something that was given up. */
export interface Eviction {
  readonly seq: number;
  readonly time: string;
  readonly run: string;
  readonly save: number;
  readonly reason: string;
  readonly bytes: number;
}

/** What happened to a key, in order. */
export interface PastOfKey {
  readonly saves: readonly SavePoint[];
  readonly evictions: readonly Eviction[];
}

/** Reads the events of a key, as of wherever the daybook stands. */
export async function pastOfKey(book: Daybook, key: string): Promise<PastOfKey> {
  const saves = await withStore(book, (store) => store.history(key));
  const evictions: Eviction[] = [];
  for await (const { type, data, seq, at, time } of book.history({ stream: `warm-start/${key}` })) {
    if (type !== "warm-start.evicted") continue;
    const { run, save, reason, bytes } = data as unknown as EventCatalogue["warm-start.evicted"];
    evictions.push({ seq, time: at ?? time, run, save, reason, bytes });
  }
  return { saves, evictions };
}
