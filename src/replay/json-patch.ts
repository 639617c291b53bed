import fastJsonPatch from "fast-json-patch";
import { keysOfPointer } from "../base/json-pointer.js";
import type { Json } from "../events/recorded-event.js";

/** One operation of a JSON Patch (RFC 6902). `path` is a JSON Pointer (RFC 6901); `""` is the whole document. */
export type PatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: Json }
  | { readonly op: "remove"; readonly path: string };

/** Keys that appliers refuse, or lose, as steps of a path: they would reach the prototype of what is patched. */
const unsafeKeys = new Set(["__proto__", "constructor", "prototype"]);

/** True for a key that a path of a patch should not lead through. */
export const isUnsafeKey = (key: string): boolean => unsafeKeys.has(key);

/**
 * The operations that make `after` of `before`, all values copies. `tests`: before each that replaces or removes something a `test` with what was there.
 * The library compares what stands in containers of one kind; the rest is settled here: roots that are none or of two kinds, and keys that
 * appliers refuse: there the object that has them is replaced as a whole.
 */
export function jsonPatch(before: Json, after: Json, { at = "", tests = false }: { readonly at?: string; readonly tests?: boolean } = {}): PatchOperation[] {
  if (kindOf(before) === "value" || kindOf(before) !== kindOf(after)) return Object.is(before, after) ? [] : replaced(at, before, after, tests);
  const found = fastJsonPatch.compare(before as object, after as object, tests) as PatchOperation[];
  const patch: PatchOperation[] = [];
  const done = new Set<string>();
  for (const operation of found) {
    const safe = safePart(operation.path);
    if (safe === operation.path) patch.push(at === "" ? operation : { ...operation, path: at + operation.path });
    else if (!done.has(safe)) {
      done.add(safe);
      patch.push(...replaced(at + safe, valueAt(before, safe), valueAt(after, safe), tests));
    }
  }
  // What was written of an object before it turned out that all of it is replaced.
  return done.size === 0 ? patch : patch.filter(({ path }) => ![...done].some((whole) => path.startsWith(`${at}${whole}/`)));
}

function replaced(path: string, before: Json, after: Json, tests: boolean): PatchOperation[] {
  const value = structuredClone(after);
  return tests ? [{ op: "test", path, value: structuredClone(before) }, { op: "replace", path, value }] : [{ op: "replace", path, value }];
}

/** The path up to its first unsafe key. */
function safePart(path: string): string {
  const keys = keysOfPointer(path);
  const unsafe = keys.findIndex(isUnsafeKey);
  return unsafe === -1 ? path : path.split("/").slice(0, unsafe + 1).join("/");
}

/** What stands at a path that is there. */
function valueAt(value: Json, path: string): Json {
  return keysOfPointer(path).reduce<Json>((at, key) => (at as Record<string, Json>)[key] as Json, value);
}

function kindOf(value: Json): "list" | "object" | "value" {
  if (typeof value !== "object" || value === null) return "value";
  return Array.isArray(value) ? "list" : "object";
}
