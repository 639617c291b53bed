import { InvalidOptionError, preview } from "../../base/errors.js";
import { jsonPath } from "../../events/json-path.js";
import { checkOptions } from "../runs/run-input.js";
import { readAxes, readConstants, rowsOf, type Axis } from "./axes.js";
import { listGroup } from "./groups.js";
import { argument, type Place } from "./place.js";
import type { ProductOptions } from "./product.js";
import { Sweep } from "./sweep.js";

/** How axes are zipped. */
export interface ZipOptions extends ProductOptions {
  /** Whether axes of unequal lengths are cut to the shortest instead of being refused. Default: false. */
  readonly truncate?: boolean;
}

/**
 * The axes side by side: first values together, second values together, and so on. Axes and constants are written as in `product`.
 * @throws InvalidOptionError naming two axes of unequal lengths (unless they are truncated), and for an axis without values
 * @throws InvalidValueError naming the place of what JSON would change, such as `axes.lr[1]`
 */
export function zip(axes: object, options: ZipOptions = {}): Sweep {
  checkOptions(options, ["constants", "truncate"]);
  const { truncate } = options;
  if (truncate !== undefined && typeof truncate !== "boolean") throw new InvalidOptionError("truncate", `must be true or false, not ${preview(truncate)}`);
  return zipAt(axes, options, argument("axes"), argument("constants"));
}

/** {@link zip}, of axes and constants given at these places. */
export function zipAt(axes: unknown, { constants, truncate = false }: { constants?: unknown; truncate?: boolean | undefined }, place: Place, constantsPlace: Place): Sweep {
  const fixed = readConstants(constants, constantsPlace);
  const all = readAxes(axes, place);
  const length = lengthOf(all.filter(({ constant }) => !constant), truncate, place);
  const columns = all.map((axis) => ({ rows: rowsOf(axis), constant: axis.constant }));
  const rows = Array.from({ length }, (_, index) => columns.flatMap(({ rows, constant }) => rows[constant ? 0 : index] ?? []));
  return new Sweep(fixed.length === 0 ? [listGroup(rows)] : [listGroup([fixed]), listGroup(rows)], place);
}

function lengthOf(axes: readonly Axis[], truncate: boolean, place: Place): number {
  const [first, ...others] = axes;
  if (first === undefined) return 1;
  const other = others.find(({ values }) => values.length !== first.values.length);
  if (other === undefined || truncate) return Math.min(...axes.map(({ values }) => values.length));
  const say = ({ path, values }: Axis): string => `${jsonPath("", path).replace(/^\./, "")} has ${values.length}`;
  throw place.error([], `must be axes of the same length, but ${say(first)} values and ${say(other)}; set truncate to cut all to the shortest`);
}
