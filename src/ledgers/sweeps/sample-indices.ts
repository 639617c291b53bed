import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/**
 * The first `count` places of a random order of 0 to `length` - 1: the shuffle of Fisher and Yates, stopped early, of which only the
 * places that were exchanged are kept.
 * @param seed 32 bits
 */
export function sampleIndices(length: number, count: number, seed: number): number[] {
  const random = xoroshiro128plus(seed);
  const moved = new Map<number, number>();
  const drawn: number[] = [];
  for (let place = 0; place < count; place += 1) {
    const from = uniformInt(random, place, length - 1);
    drawn.push(moved.get(from) ?? from);
    moved.set(from, moved.get(place) ?? place);
    // Never looked at again.
    moved.delete(place);
  }
  return drawn;
}
