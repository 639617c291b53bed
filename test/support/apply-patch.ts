import fastJsonPatch from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import { applyPatch } from "rfc6902";
import type { Json, PatchOperation } from "../../src/index.js";

/** A JSON Patch applied by two libraries that know nothing of each other; both are strict. */
export function applied(document: Json, patch: readonly PatchOperation[]): { readonly byOne: Json; readonly byOther: Json } {
  const operations = JSON.parse(JSON.stringify(patch)) as Operation[];
  const { newDocument } = fastJsonPatch.applyPatch<unknown>(JSON.parse(JSON.stringify(document)), operations, true, true, true);
  // The other one does not replace a document as a whole, so there it is a part of one.
  const holder = { document: JSON.parse(JSON.stringify(document)) as Json };
  const errors = applyPatch(holder, (JSON.parse(JSON.stringify(patch)) as Operation[]).map((operation) => ({ ...operation, path: `/document${operation.path}` })) as Parameters<typeof applyPatch>[1]);
  const failed = errors.find((error) => error !== null);
  if (failed !== undefined && failed !== null) throw failed;
  return { byOne: newDocument as Json, byOther: holder.document };
}

/** A value as canonical text: what `toEqual` would take for equal, own keys named `__proto__` included. */
export const canonical = (value: Json | undefined): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === "object" && one !== null && !Array.isArray(one) ? { entries: Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)) } : one)) ?? "nothing";
