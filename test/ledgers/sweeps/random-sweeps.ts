/** Random sweeps, each with its sets as the naive way makes them. Few names and values, so that they get into each other's way. */
import fc from "fast-check";
import type { Json, JsonObject } from "../../../src/index.js";
import { chain } from "../../../src/ledgers/sweeps/chain.js";
import { product } from "../../../src/ledgers/sweeps/product.js";
import type { Sweep } from "../../../src/ledgers/sweeps/sweep.js";
import { zip } from "../../../src/ledgers/sweeps/zip.js";
import { naiveChain, naiveProduct, naiveZip } from "./naive.js";

export interface Case {
  readonly sweep: Sweep;
  readonly sets: readonly JsonObject[];
}

const key = fc.constantFrom("a", "b", "c", "__proto__");

const object = <Value>(value: fc.Arbitrary<Value>, maxLength: number): fc.Arbitrary<Record<string, Value>> =>
  fc.array(fc.tuple(key, value), { maxLength }).map((entries) => Object.fromEntries(entries) as Record<string, Value>);

const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: fc.constantFrom<Json>(0, 1, "x", true, null) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom<Json>(0, {}, { a: 1, b: 2 }, { b: 2, a: 1 }), { maxLength: 2 }) },
    { weight: 3, arbitrary: object(tie("value"), 2) },
  ),
}));

const axis = fc.array(value, { minLength: 1, maxLength: 3 });
const constant = value.filter((held) => !holdsList(held));

const { axes } = fc.letrec<{ axes: JsonObject; entry: Json }>((tie) => ({
  entry: fc.oneof({ maxDepth: 3 }, { weight: 3, arbitrary: axis }, { weight: 1, arbitrary: constant }, { weight: 2, arbitrary: tie("axes") }),
  axes: object(tie("entry"), 3),
}));

const constants = object(value, 2);

const small = ({ sweep }: Case): boolean => sweep.length <= 2000;

/** Products and zips. */
export const simple: fc.Arbitrary<Case> = fc
  .oneof(
    fc.tuple(axes, constants).map(([axes, constants]) => ({ sweep: product(axes, { constants }), sets: naiveProduct(axes, constants) })),
    fc.tuple(axes, constants).map(([axes, constants]) => ({ sweep: zip(axes, { constants, truncate: true }), sets: naiveZip(axes, constants) })),
  )
  .filter(small);

const sampled: fc.Arbitrary<Case> = fc.tuple(simple, fc.nat(0xffff), fc.nat(5)).map(([{ sweep }, seed, more]) => {
  const sample = sweep.sample(Math.min(sweep.length, 1 + more), { seed });
  return { sweep: sample, sets: [...sample] };
});

const chained = (part: fc.Arbitrary<Case>): fc.Arbitrary<Case> =>
  fc
    .array(part, { maxLength: 3 })
    .filter((parts) => parts.reduce((product, { sets }) => product * sets.length, 1) <= 2000)
    .map((parts) => ({ sweep: chain(...parts.map(({ sweep }) => sweep)), sets: naiveChain(parts.map(({ sets }) => sets)) }));

/** Chains of products, zips, samples and chains. */
export const chains: fc.Arbitrary<Case> = chained(fc.oneof({ weight: 5, arbitrary: simple }, { weight: 1, arbitrary: sampled }, { weight: 1, arbitrary: chained(simple) }));

function holdsList(held: Json): boolean {
  return typeof held === "object" && held !== null && (Array.isArray(held) || Object.values(held).some(holdsList));
}
