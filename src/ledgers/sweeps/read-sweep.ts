import { preview } from "../../base/errors.js";
import type { Json, JsonObject } from "../../events/recorded-event.js";
import { readConstants } from "./axes.js";
import { chainAt } from "./chain.js";
import { listGroup } from "./groups.js";
import { isList, isObject } from "./leaves.js";
import { contentOf, type Place } from "./place.js";
import { productAt } from "./product.js";
import { Sweep } from "./sweep.js";
import { zipAt } from "./zip.js";

const forms = ["product", "zip", "chain"] as const;
const extras = ["constants", "truncate", "sample"] as const;
const words: readonly string[] = [...forms, ...extras];

/**
 * The sweep that parsed JSON or YAML describes:
 *
 * - an object of axes is their product: `{ lr: [0.1, 0.01], model: { width: [8, 16] } }`
 * - `{ product: AXES }`, `{ zip: AXES, truncate?: true }` and `{ chain: [SWEEP, ...] }` say which one it is, each with
 *   `constants: { ... }` and `sample: { count, seed }` if wanted; a sample is drawn last
 * - a list is the chain of its elements, each again a sweep in any of these forms
 *
 * Those six words are no names of axes at the top of a sweep, lest a slip of form become a parameter. An axis so named goes into
 * `product: { ... }`, in which every name is free.
 * @param source what messages call the origin, such as a file's name
 * @throws InvalidValueError naming the place, such as `grid.yaml: $.chain[1].zip.lr`
 */
export function readSweep(value: unknown, source?: string): Sweep {
  const place = contentOf(source);
  return read(place.json(value), place);
}

function read(value: Json, place: Place): Sweep {
  if (isList(value)) return chainAt(value.map((element, index) => read(element, place.below(index))), place);
  if (!isObject(value)) throw place.error([], `must be an object of axes, such as { lr: [0.1, 0.01] }, or a list of them, not ${preview(value)}`);
  const known = Object.keys(value).filter((key) => words.includes(key));
  return known.length === 0 ? productAt(value, undefined, place, place) : readForm(value, known, place);
}

function readForm(value: JsonObject, known: readonly string[], place: Place): Sweep {
  const stranger = Object.keys(value).find((key) => !words.includes(key));
  if (stranger !== undefined) throw place.error([], `has the axis ${preview(stranger)} beside the word ${preview(known[0])}; put axes into product: { ... }, in which every name is free`);
  const [form, second] = forms.filter((word) => known.includes(word));
  if (form === undefined) throw place.error([], `has ${known.map(preview).join(" and ")} but none of product, zip and chain; put axes into product: { ... }, in which every name is free`);
  if (second !== undefined) throw place.error([], `has both ${form} and ${second}; put both into chain: [ ... ] for their combinations`);
  if (form !== "zip" && known.includes("truncate")) throw place.error(["truncate"], `belongs to zip, not to ${form}`);
  return sampled(combined(form, value, place), value["sample"], place.below("sample"));
}

function combined(form: (typeof forms)[number], value: JsonObject, place: Place): Sweep {
  const { constants, truncate } = value;
  const inside = place.below(form);
  const aside = place.below("constants");
  switch (form) {
    case "product":
      return productAt(value[form], constants, inside, aside);
    case "zip":
      if (truncate !== undefined && typeof truncate !== "boolean") throw place.error(["truncate"], `must be true or false, not ${preview(truncate)}`);
      return zipAt(value[form], { constants, truncate }, inside, aside);
    case "chain": {
      const list = value[form];
      if (list === undefined || !isList(list)) throw inside.error([], `must be a list of sweeps, not ${preview(list)}`);
      const fixed = new Sweep([listGroup([readConstants(constants, aside)])], aside);
      return chainAt([fixed, ...list.map((element, index) => read(element, inside.below(index)))], inside);
    }
  }
}

function sampled(sweep: Sweep, sample: Json | undefined, place: Place): Sweep {
  if (sample === undefined) return sweep;
  if (!isObject(sample)) throw place.error([], `must be { count, seed }, not ${preview(sample)}`);
  const { count, seed, ...rest } = sample;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw place.error([unknown], "is none of count, seed");
  const whole = (name: string, number: Json | undefined, from: number, to: number): number => {
    if (typeof number === "number" && Number.isInteger(number) && number >= from && number <= to) return number;
    throw place.error([name], `must be a whole number from ${from} to ${to}, not ${preview(number)}`);
  };
  return sweep.sample(whole("count", count, 1, sweep.length), { seed: whole("seed", seed, 0, 0xffff_ffff) });
}
