/** Upcasters: how data of an older schema version is read as if it had been written today. The log itself is never rewritten. */
import { InvalidEventError, InvalidOptionError, preview } from "../base/errors.js";
import type { JsonObject } from "./recorded-event.js";

/** One step, from a version's data to the next version's. Pure; it must not change the data it is given. */
export type Upcaster = (data: JsonObject) => JsonObject;

/** The steps by the version they start from: `{ 1: toVersion2, 2: toVersion3 }`. */
export type Upcasters = Readonly<Record<number, Upcaster>>;

/** @throws InvalidOptionError unless there is exactly one function for each step from 1 up to `version` */
export function assertUpcasters(type: string, version: number, upcasters: Upcasters): void {
  if (typeof upcasters !== "object" || upcasters === null) throw new InvalidOptionError("upcasters", `of ${type} must be an object of functions, not ${preview(upcasters)}`);
  for (let from = 1; from < version; from += 1) {
    const step: unknown = Object.hasOwn(upcasters, from) ? upcasters[from] : undefined;
    if (typeof step !== "function") {
      throw new InvalidOptionError("upcasters", `of ${type} lacks the step from version ${from} to ${from + 1}; its version is ${version}`);
    }
  }
  const extra = Object.keys(upcasters).find((key) => !/^[1-9][0-9]*$/.test(key) || Number(key) >= version);
  if (extra !== undefined) throw new InvalidOptionError("upcasters", `of ${type} has a step from version ${extra}, but its version is ${version}`);
}

/**
 * `data` taken from version `from` to version `to`, step by step. `subject` is what messages call the event, such as "seq 12".
 * @throws InvalidEventError when `from` is no version, or a step throws or returns anything but an object
 */
export function upcastData(type: string, subject: string, data: JsonObject, from: number, to: number, upcasters: Upcasters): JsonObject {
  if (!Number.isSafeInteger(from) || from < 1) throw new InvalidEventError(type, "$.v", `(${subject}) must be a schema version, an integer from 1 on`);
  let current = data;
  for (let version = from; version < to; version += 1) {
    const step = upcasters[version];
    const what = `(${subject}) cannot be read as version ${version + 1}: its upcaster from version ${version}`;
    let next: unknown;
    try {
      next = step?.(current);
    } catch (error) {
      throw new InvalidEventError(type, "$.data", `${what} threw`, error);
    }
    if (!isPlainObject(next)) throw new InvalidEventError(type, "$.data", `${what} did not return an object`);
    current = next;
  }
  return current;
}

function isPlainObject(value: unknown): value is JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
