import { fieldPathOf, keysOfPointer } from "../../../base/json-pointer.js";
import type { Json } from "../../../events/recorded-event.js";
import { compareJson } from "../../../replay/compare-json.js";

/** What became of one place in a configuration, a layer or a checkpoint's metadata. */
export interface PathChange {
  /** As people write it: `optimizer.lr`, `layers[2]`. */
  readonly path: string;
  /** The same place as a JSON Pointer (RFC 6901), which is never ambiguous. */
  readonly pointer: string;
  readonly change: "added" | "removed" | "changed";
  readonly before?: Json;
  readonly after?: Json;
  /** Where both are numbers: by how much it went up, unless that is more than a number can be. */
  readonly delta?: number;
}

/** The places where two JSON values differ, in their order. Lists are compared place by place. At most `most` of them. */
export function pathChanges(before: Json, after: Json, most = Infinity): PathChange[] {
  return compareJson(before, after, most).map(({ path: pointer, before: one, after: other }) => ({
    path: pathOf(keysOfPointer(pointer)),
    pointer,
    change: one === undefined ? "added" : other === undefined ? "removed" : "changed",
    ...(one === undefined ? {} : { before: one }),
    ...(other === undefined ? {} : { after: other }),
    ...(typeof one === "number" && typeof other === "number" && Number.isFinite(other - one) ? { delta: other - one } : {}),
  }));
}

const index = /^(0|[1-9][0-9]*)$/;

/** Numbers are shown as places in a list, which they nearly always are. */
function pathOf(keys: readonly string[]): string {
  let path = "";
  for (const [depth, key] of keys.entries()) path += depth === 0 ? key : index.test(key) ? `[${key}]` : fieldPathOf(["", key]);
  return path;
}
