import { DataState } from "./data-state.js";
import { isIterable } from "./keyed-source.js";
import type { DataStateSource } from "./source.js";

/**
 * A source that can be gone through again and says the same: an iterator, whether it is given bare or as its uids, is at its end after the first time, so what it gives is
 * copied. Everything else stays what it is. @throws UnhashablePartError
 */
export function lasting(source: unknown): unknown {
  if (typeof source !== "object" || source === null || source instanceof DataState) return source;
  const { uids, sampleIds } = source as { readonly uids?: unknown; readonly sampleIds?: unknown };
  return [source, uids, sampleIds].some(isOneWay) ? new DataState(source as DataStateSource) : source;
}

const isOneWay = (items: unknown): boolean => isIterable(items) && Object.is(items[Symbol.iterator](), items);
