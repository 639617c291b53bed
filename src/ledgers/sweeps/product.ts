import { checkOptions } from "../runs/run-input.js";
import { readAxes, readConstants, rowsOf } from "./axes.js";
import { listGroup } from "./groups.js";
import { argument, type Place } from "./place.js";
import { Sweep } from "./sweep.js";

/** What is the same in every set. */
export interface ProductOptions {
  /**
   * Fields added to every set; where the axes say something else, they win. Unlike in the axes, a list is a value here.
   * Default: none.
   */
  readonly constants?: object;
}

/**
 * Every combination of the axes' values, the rightmost axis changing fastest.
 *
 * A list is an axis: `{ lr: [0.1, 0.01], model: { width: [8, 16] } }` has two, and four sets such as `{ lr: 0.1, model: { width: 8 } }`.
 * Anything else is constant, texts included; for a constant list, write an axis of one value: `[[1, 2]]`. A value that occurs twice in an
 * axis makes sets twice. Without axes there is exactly one set.
 * @throws InvalidOptionError for an axis without values and for more than 2^53 - 1 sets
 * @throws InvalidValueError naming the place of what JSON would change, such as `axes.lr[1]`
 */
export function product(axes: object, options: ProductOptions = {}): Sweep {
  checkOptions(options, ["constants"]);
  return productAt(axes, options.constants, argument("axes"), argument("constants"));
}

/** {@link product}, of axes and constants given at these places. */
export function productAt(axes: unknown, constants: unknown, place: Place, constantsPlace: Place): Sweep {
  const fixed = readConstants(constants, constantsPlace);
  const groups = readAxes(axes, place).map((axis) => listGroup(rowsOf(axis)));
  return new Sweep(fixed.length === 0 ? groups : [listGroup([fixed]), ...groups], place);
}
