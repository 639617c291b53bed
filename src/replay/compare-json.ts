import { pointerTo } from "../base/json-pointer.js";
import type { Json } from "../events/recorded-event.js";

/** A place where two values differ: a JSON Pointer (RFC 6901), and what stands there; undefined for nothing. */
export interface Difference {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

const maxDifferences = 1000;

/** Where two JSON values differ, in order, at most 1,000 places where nothing else is said. Key order does not matter. */
export function compareJson(before: Json, after: Json, most = maxDifferences): Difference[] {
  const found: Difference[] = [];
  compare(before, after, "", found, most);
  return found;
}

function compare(before: Json | undefined, after: Json | undefined, path: string, found: Difference[], most: number): void {
  if (found.length >= most || Object.is(before, after)) return;
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    found.push({ path, before, after });
    return;
  }
  const [one, other] = [before as Record<string, Json>, after as Record<string, Json>];
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    compare(own(one, key), own(other, key), pointerTo(path, key), found, most);
  }
}

const own = (value: Record<string, Json>, key: string): Json | undefined => (Object.hasOwn(value, key) ? value[key] : undefined);
const isContainer = (value: Json | undefined): boolean => typeof value === "object" && value !== null;
