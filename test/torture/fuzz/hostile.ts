import fc from "fast-check";
import { preview } from "../../../src/base/errors.js";

/** What the traps of hostile objects throw: an error of the caller's own, which a call may pass on. */
export class TrapError extends Error {}

const trap = (): never => {
  throw new TrapError("a trap of the caller's own object");
};

/** How a hostile value is made: fast-check would spring the traps of the value itself. */
export class Recipe {
  constructor(readonly make: () => unknown) {}

  toString(): string {
    try {
      return preview(this.make());
    } catch {
      return "a value that cannot be shown";
    }
  }
}

/** A counterexample in words. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`.slice(0, 300);
  return value instanceof Recipe ? value.toString() : preview(value);
}

/** The arguments of a call, made anew. */
export function made(value: unknown): unknown {
  if (value instanceof Recipe) return value.make();
  return Array.isArray(value) ? value.map(made) : value;
}

/** Texts of every kind. */
export const strings = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "\0", "a\0b", "\u2028", "\ud800", "a\udc00", "__proto__", "constructor", "toJSON", "../../etc/passwd", "/", "a//b", ".", "e\u0301", "note/1", "note.taken", "train/0001", "0001"),
  fc.integer({ min: 1, max: 200_000 }).map((length) => "x".repeat(length)),
);

const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, Infinity, -Infinity, -0, 2 ** 53, 2 ** 53 - 1, -1, 0, 1, 1e308, 5e-324));

const oddities = fc.constantFrom<(() => unknown)[]>(
  () => 10n ** 30n,
  () => Symbol("odd"),
  () => new Date(0),
  () => new Date(NaN),
  () => new Map([["a", 1]]),
  () => new Set([1]),
  () => new Error("odd"),
  () => Buffer.from("odd"),
  () => Promise.resolve(1),
  () => Object.assign([1, 2], { length: 4 }),
  () => Object.assign([], { length: 1_000_000 }),
  () => Object.create(null) as object,
  () => JSON.parse('{"__proto__":{"polluted":true}}') as object,
  () => JSON.parse('{"constructor":{"prototype":{"polluted":true}}}') as object,
  () => ({ toJSON: () => ({ polluted: true }) }),
  () => ({ toString: trap, valueOf: trap, [Symbol.toPrimitive]: trap }),
  () => ({ get stream() { return trap(); }, get data() { return trap(); } }),
  () => new Proxy({}, { get: trap, ownKeys: trap, has: trap, getOwnPropertyDescriptor: trap, getPrototypeOf: trap }),
  () => new Proxy([], { get: trap }),
  () => Proxy.revocable({}, {}).proxy,
  () => nested(600),
  () => nested(100_000),
  () => cycle(),
  () => () => trap(),
);

const hold = (value: unknown): Recipe => new Recipe(() => value);
/** Any value that a caller without types could give. */
export const hostile: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 3, arbitrary: strings.map(hold) },
  { weight: 2, arbitrary: numbers.map(hold) },
  { weight: 3, arbitrary: oddities.map((make) => new Recipe(make)) },
  { weight: 2, arbitrary: fc.constantFrom(undefined, null, true, false).map(hold) },
  { weight: 3, arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withObjectString: true, withSparseArray: true, withTypedArray: true, withUnicodeString: true } as fc.ObjectConstraints).map(hold) },
);

/** A JSON object whose keys and texts are hostile, but which JSON carries. */
export const hostileJson: fc.Arbitrary<object> = fc.dictionary(
  fc.oneof(strings.filter((text) => text.length < 1000), fc.constantFrom("__proto__", "constructor", "hasOwnProperty", "toJSON", "then", "hash", "sync")),
  fc.oneof(fc.jsonValue(), strings, fc.constantFrom(',"hash":"0123456789abcdef"}\n', "\u2028\u2029\r\n\0")),
  { maxKeys: 6 },
);

/** An object with some of the fields that a call knows, each with a hostile value. */
export function options(...fields: readonly string[]): fc.Arbitrary<Recipe> {
  return fc.oneof({ weight: 3, arbitrary: recordOf(Object.fromEntries(fields.map((field) => [field, hostile])), []) }, { weight: 1, arbitrary: hostile });
}

/** An object with fields that are made anew. */
export function recordOf(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>, requiredKeys: string[] = Object.keys(fields)): fc.Arbitrary<Recipe> {
  return fc.record(fields, { requiredKeys }).map((record) => new Recipe(() => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, made(value)]))));
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return { deep: value };
}

function cycle(): unknown {
  const round: Record<string, unknown> = {};
  round["round"] = round;
  return round;
}
