import type { Json } from "../events/recorded-event.js";

/** A place where two values differ: a JSON Pointer (RFC 6901), and what stands there; undefined for nothing. */
export interface Difference {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

const maxDifferences = 1000;

/** Where two JSON values differ, in order, at most 1,000 places. Key order does not matter. */
export function compareJson(before: Json, after: Json): Difference[] {
  const found: Difference[] = [];
  compare(before, after, "", found);
  return found;
}

function compare(before: Json | undefined, after: Json | undefined, path: string, found: Difference[]): void {
  if (found.length >= maxDifferences || Object.is(before, after)) return;
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    found.push({ path, before, after });
    return;
  }
  const [one, other] = [before as Record<string, Json>, after as Record<string, Json>];
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const at = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    compare(own(one, key), own(other, key), at, found);
  }
}

const own = (value: Record<string, Json>, key: string): Json | undefined => (Object.hasOwn(value, key) ? value[key] : undefined);
const isContainer = (value: Json | undefined): boolean => typeof value === "object" && value !== null;
