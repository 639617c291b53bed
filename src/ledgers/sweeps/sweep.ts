import { InvalidOptionError, preview } from "../../base/errors.js";
import type { JsonObject } from "../../events/recorded-event.js";
import { checkOptions } from "../runs/run-input.js";
import { buildAt, pickGroup, sizeOf, type Group } from "./groups.js";
import { argument, type Place } from "./place.js";
import { sampleIndices } from "./sample-indices.js";

/** How a sample is drawn. */
export interface SampleOptions {
  /** A whole number from 0 to 2^32 - 1. The same seed draws the same sample of the same sweep. */
  readonly seed: number;
}

/**
 * Sets of parameters in a fixed order, one per run: what `product`, `zip`, `chain` and `readSweep` give. It has at least one set, and
 * cannot be changed. Sets are made when they are taken, so a billion of them cost no more than the axes they are made of. Each set taken
 * is an object of its own, which the taker may change.
 */
export class Sweep implements Iterable<JsonObject> {
  /** How many sets there are, known without making them; at most 2^53 - 1. */
  readonly length: number;
  /** What the sets are made of: one row of each group. For the library's own use. */
  readonly groups: readonly Group[];

  /**
   * For the library's own use; see `product`, `zip` and `chain`.
   * @throws InvalidOptionError naming the place (InvalidValueError for a file), when there are more than 2^53 - 1 sets
   */
  constructor(groups: readonly Group[], place: Place) {
    this.groups = groups;
    this.length = sizeOf(groups);
    // Rounding cannot hide an excess: a product of integers that comes out safe was exact on the way.
    if (!Number.isSafeInteger(this.length)) throw place.error([], `has about ${this.length.toPrecision(3)} sets; more than 2^53 - 1 cannot be counted exactly`);
  }

  /** Set number `index`, counted from 0, without making those before it. @throws InvalidOptionError when there is none */
  at(index: number): JsonObject {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.length) {
      throw new InvalidOptionError("index", `must be a whole number from 0 to ${this.length - 1}, not ${preview(index)}`);
    }
    return buildAt(this.groups, index);
  }

  *[Symbol.iterator](): Generator<JsonObject, void, undefined> {
    for (let index = 0; index < this.length; index += 1) yield buildAt(this.groups, index);
  }

  /**
   * `count` different sets drawn at random, each choice and order equally likely: random search over a grid. Takes time and memory for
   * `count`, whatever the length. A sample begins with every smaller sample of the same seed, so raising `count` keeps the runs there are.
   *
   * Seed and sweep alone decide the sample: it is the same on every machine and stays the same in later releases.
   * @param count from 1 to `length`
   * @throws InvalidOptionError for a count or seed out of range
   */
  sample(count: number, options: SampleOptions): Sweep {
    checkOptions(options, ["seed"]);
    const { seed } = options;
    if (!Number.isSafeInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
      throw new InvalidOptionError("seed", `must be a whole number from 0 to ${0xffff_ffff}, not ${preview(seed)}`);
    }
    if (!Number.isSafeInteger(count) || count < 1 || count > this.length) {
      throw new InvalidOptionError("count", `must be a whole number from 1 to the sweep's length, ${this.length}, not ${preview(count)}`);
    }
    return new Sweep([pickGroup(this.groups, sampleIndices(this.length, count, seed))], argument("count"));
  }
}
