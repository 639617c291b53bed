import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../events/recorded-event.js";
import type { CheckpointContext } from "../context.js";
import type { Restoration } from "./restore-targets.js";

/**
 * Puts a configuration into the registered object itself, so that whoever holds it goes on with it: keys that differ are set, those that are not in it are
 * taken away, and those that are not hashed stay. An object that cannot be changed is replaced by a new one.
 */
export function configRestoration({ registered, excludeKeys }: Pick<CheckpointContext, "registered" | "excludeKeys">, object: object, config: JsonObject): Restoration {
  const live = object as Record<string, unknown>;
  const before = { ...live };
  const kept = Object.fromEntries(Object.entries(before).filter(([key]) => excludeKeys.includes(key)));
  const wanted = { ...structuredClone(config), ...kept };
  return {
    apply: async () => {
      if (takes(live, wanted)) put(live, wanted);
      else registered.config = wanted;
      return await Promise.resolve();
    },
    undo: async () => {
      registered.config = live;
      put(live, before);
      return await Promise.resolve();
    },
  };
}

const changes = (live: object, key: string, value: unknown): boolean => !Object.hasOwn(live, key) || !isDeepStrictEqual((live as Record<string, unknown>)[key], value);

/** Whether an object can become this: known before any of it is changed. */
function takes(live: object, wanted: Readonly<Record<string, unknown>>): boolean {
  const own = Object.getOwnPropertyDescriptors(live) as Record<string, PropertyDescriptor>;
  const gone = Object.keys(live).filter((key) => !Object.hasOwn(wanted, key));
  const set = Object.keys(wanted).filter((key) => changes(live, key, wanted[key]));
  return gone.every((key) => own[key]?.configurable === true) && set.every((key) => (Object.hasOwn(own, key) ? own[key]?.writable === true || own[key]?.set !== undefined : Object.isExtensible(live)));
}

function put(live: Record<string, unknown>, wanted: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(live)) if (!Object.hasOwn(wanted, key)) Reflect.deleteProperty(live, key);
  for (const [key, value] of Object.entries(wanted)) {
    // What is equal stays the object it is: others may hold it.
    if (!changes(live, key, value)) continue;
    if (Object.hasOwn(live, key)) live[key] = value;
    // A field of the name `__proto__` is a field, too.
    else Object.defineProperty(live, key, { value, writable: true, enumerable: true, configurable: true });
  }
}
