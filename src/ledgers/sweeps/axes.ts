import { preview } from "../../base/errors.js";
import type { Json, JsonObject } from "../../events/recorded-event.js";
import { isList, isObject, leavesOf, type Leaf, type Row } from "./leaves.js";
import type { Place } from "./place.js";

/** A field and the values it takes in turn; at least one. A constant is the axis of one value that was not written as a list. */
export interface Axis {
  readonly path: readonly string[];
  readonly values: readonly Json[];
  readonly constant: boolean;
}

/**
 * The axes and constants in `axes`, in the order written: lists are axes, objects are gone into, all else is constant.
 * @throws InvalidValueError for what JSON would change
 * @throws InvalidOptionError for what is no object (InvalidValueError when it was read from a file), and for an axis without values
 */
export function readAxes(axes: unknown, place: Place): Axis[] {
  return axesBelow(objectAt(axes, place, "an object of axes, such as { lr: [0.1, 0.01] }"), [], place);
}

/** The leaves of an object of constants, in which a list is a value like any other. @throws as {@link readAxes} */
export function readConstants(constants: unknown, place: Place): Leaf[] {
  return constants === undefined ? [] : leavesOf(objectAt(constants, place, "an object of names and values"));
}

/** The rows of one axis. */
export const rowsOf = ({ path, values }: Axis): Row[] => values.map((value) => leavesOf(value, path));

function objectAt(value: unknown, place: Place, what: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw place.error([], `must be ${what}, not ${preview(value)}`);
  return place.json(value) as JsonObject;
}

function axesBelow(object: JsonObject, above: readonly string[], place: Place): Axis[] {
  return Object.entries(object).flatMap(([key, value]): Axis[] => {
    const path = [...above, key];
    if (isObject(value) && Object.keys(value).length > 0) return axesBelow(value, path, place);
    if (!isList(value)) return [{ path, values: [value], constant: true }];
    if (value.length === 0) throw place.error(path, "is an axis without values, so that there would be no run at all; give it some, or leave it out");
    return [{ path, values: value, constant: false }];
  });
}
