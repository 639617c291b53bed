import { distinctGroups } from "./distinct-groups.js";
import { argument, type Place } from "./place.js";
import { productAt } from "./product.js";
import { Sweep } from "./sweep.js";

/** What can stand for a sweep: a sweep, an object of axes for their product, or a list for the chain of its elements. */
export type SweepLike = Sweep | object | readonly SweepLike[];

/**
 * Every combination of one set of each sweep, merged: objects field by field, and where two have the same field the later sweep wins. The
 * last sweep changes fastest. Of sets that are alike (those with the same `paramHash`) only the first is there; so values that an earlier
 * sweep varies and a later one fixes do not make runs twice. Without sweeps there is exactly one set, without fields.
 *
 * The chain stays as lazy as its parts, as long as each sweep sets the same fields in all its sets. Where one does not, and has fields in
 * common with earlier ones, the sets from there on are made at once, at most 1,000,000 of them; so are those of a sample.
 * @throws InvalidOptionError for what is none of these, for more sets made at once, and as `product` does
 * @throws InvalidValueError naming the place of what JSON would change
 */
export function chain(...sweeps: readonly SweepLike[]): Sweep {
  return chainAt(sweeps.map((sweep, index) => sweepAt(sweep, argument("sweeps").below(index))), argument("sweeps"));
}

/** The sweep that `value` stands for. @throws as {@link chain} */
export function asSweep(value: SweepLike, name = "sweep"): Sweep {
  return sweepAt(value, argument(name));
}

/** {@link chain}, of sweeps given at this place. */
export function chainAt(sweeps: readonly Sweep[], place: Place): Sweep {
  return new Sweep(distinctGroups(sweeps.map((sweep) => sweep.groups), place), place);
}

function sweepAt(value: SweepLike, place: Place): Sweep {
  if (value instanceof Sweep) return value;
  if (!Array.isArray(value)) return productAt(value, undefined, place, place);
  return chainAt((value as readonly SweepLike[]).map((element, index) => sweepAt(element, place.below(index))), place);
}
