import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../events/recorded-event.js";
import type { CheckpointContext, Registered } from "../context.js";
import type { Restoration } from "./restore-targets.js";

/**
 * Puts a configuration into the registered object itself, so that whoever holds it goes on with it: keys that differ are set, those that are not in it are
 * taken away, and those that are not hashed stay. An object that cannot be changed is replaced by a new one.
 */
export function configRestoration({ registered, excludeKeys }: Pick<CheckpointContext, "registered" | "excludeKeys">, object: object, config: JsonObject): Restoration {
  const live = object as Record<string, unknown>;
  const before = { ...live };
  const kept = Object.fromEntries(Object.entries(before).filter(([key]) => excludeKeys.includes(key)));
  const wanted = structuredClone(config);
  return {
    apply: () => put(registered, live, { ...wanted, ...kept }),
    undo: () => put(registered, live, before),
  };
}

async function put(registered: Registered, live: Record<string, unknown>, wanted: Readonly<Record<string, unknown>>): Promise<void> {
  if (Object.isFrozen(live) || Object.isSealed(live)) {
    registered.config = isDeepStrictEqual({ ...live }, wanted) ? live : { ...wanted };
    return await Promise.resolve();
  }
  for (const key of Object.keys(live)) if (!Object.hasOwn(wanted, key)) Reflect.deleteProperty(live, key);
  // What is equal stays the object it is: others may hold it.
  for (const [key, value] of Object.entries(wanted)) if (!isDeepStrictEqual(live[key], value)) live[key] = value;
}
