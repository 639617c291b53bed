import { createHash } from "node:crypto";
import fc from "fast-check";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { describe, expect, it } from "vitest";
import { Fingerprinter } from "../../../src/warm-starts.js";

/** A call, as plain data. Bytes and texts are small, and look like pieces of frames. */
type Call =
  | { readonly type: 0; readonly tag: string }
  | { readonly type: 1; readonly tag: string; readonly bytes: readonly number[] }
  | { readonly type: 2 | 7; readonly tag: string; readonly text: string }
  | { readonly type: 3; readonly tag: string; readonly value: bigint }
  | { readonly type: 4; readonly tag: string; readonly value: number }
  | { readonly type: 5; readonly tag: string; readonly values: readonly number[] }
  | { readonly type: 6; readonly tag: string; readonly rows: number; readonly columns: number; readonly values: readonly number[] };

function absorb(fp: Fingerprinter, call: Call): void {
  switch (call.type) {
    case 0:
      fp.absorbTag(call.tag);
      return;
    case 1:
      fp.absorbBytes(call.tag, Uint8Array.from(call.bytes));
      return;
    case 2:
      fp.absorbStr(call.tag, call.text);
      return;
    case 3:
      fp.absorbU64(call.tag, call.value);
      return;
    case 4:
      fp.absorbF64(call.tag, call.value);
      return;
    case 5:
      fp.absorbF64Slice(call.tag, Float64Array.from(call.values));
      return;
    case 6:
      fp.absorbF64Matrix(call.tag, call.rows, call.columns, Float64Array.from(call.values));
      return;
    case 7:
      fp.absorbJson(call.tag, call.text);
  }
}

const u32 = (n: number): Buffer => Buffer.from(Uint32Array.of(n).buffer);
const u64 = (n: bigint | number): Buffer => Buffer.from(BigUint64Array.of(BigInt(n)).buffer);
const f64 = (values: readonly number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);

/** The frame as the format says it, written apart from the code under test. */
function encode(call: Call): Buffer {
  const content: Record<Call["type"], () => Buffer[]> = {
    0: () => [],
    1: () => ("bytes" in call ? [u64(call.bytes.length), Buffer.from(call.bytes)] : []),
    2: () => ("text" in call ? [u64(Buffer.byteLength(call.text)), Buffer.from(call.text)] : []),
    3: () => ("value" in call ? [u64(call.value)] : []),
    4: () => ("value" in call ? [f64([Number(call.value)])] : []),
    5: () => ("values" in call ? [u64(call.values.length), f64(call.values)] : []),
    6: () => ("rows" in call ? [u64(call.rows), u64(call.columns), f64(call.values)] : []),
    7: () => {
      const json = Buffer.from(JSON.stringify("text" in call ? call.text : ""));
      return [u64(json.length), json];
    },
  };
  return Buffer.concat([Buffer.from([call.type]), u32(Buffer.byteLength(call.tag)), Buffer.from(call.tag), ...content[call.type]()]);
}

/** Reads calls back from the bytes of their frames: where it gives back what was written, no two sequences share their bytes. */
function decode(all: Buffer): Call[] {
  const calls: Call[] = [];
  let at = 0;
  const take = (count: number): Buffer => all.subarray(at, (at += count));
  const number = (): number => Number(take(8).readBigUInt64LE());
  const doubles = (count: number): number[] => Array.from({ length: count }, () => take(8).readDoubleLE());
  while (at < all.length) {
    const type = take(1).readUInt8() as Call["type"];
    const tag = take(take(4).readUInt32LE()).toString();
    if (type === 0) calls.push({ type, tag });
    else if (type === 1) calls.push({ type, tag, bytes: [...take(number())] });
    else if (type === 2) calls.push({ type, tag, text: take(number()).toString() });
    else if (type === 3) calls.push({ type, tag, value: take(8).readBigUInt64LE() });
    else if (type === 4) calls.push({ type, tag, value: take(8).readDoubleLE() });
    else if (type === 5) calls.push({ type, tag, values: doubles(number()) });
    else if (type === 7) calls.push({ type, tag, text: JSON.parse(take(number()).toString()) as string });
    else {
      const [rows, columns] = [number(), number()];
      calls.push({ type, tag, rows, columns, values: doubles(rows * columns) });
    }
  }
  return calls;
}

const small = fc.constantFrom("", "a", "ab", "\0", "\u0001\0\0\0", "a\0\0\0\0\0\0\0\u0001", "é", "\u0002\0\0\0\0");
const double = fc.double();
const anyText = fc.oneof(small, fc.string({ unit: "binary", maxLength: 12 }));
const anyCall: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ type: fc.constant(0 as const), tag: anyText }),
  fc.record({ type: fc.constant(1 as const), tag: anyText, bytes: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 12 }) }),
  fc.record({ type: fc.constantFrom(2 as const, 7 as const), tag: anyText, text: anyText }),
  fc.record({ type: fc.constant(3 as const), tag: anyText, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  fc.record({ type: fc.constant(4 as const), tag: anyText, value: double }),
  fc.record({ type: fc.constant(5 as const), tag: anyText, values: fc.array(double, { maxLength: 5 }) }),
  fc
    .tuple(anyText, fc.nat(3), fc.nat(3))
    .chain(([tag, rows, columns]) => fc.array(double, { minLength: rows * columns, maxLength: rows * columns }).map((values) => ({ type: 6 as const, tag, rows, columns, values }))),
);

describe("fingerprinter", () => {
  it("hashes exactly the frames of its calls, from which these can be read back", () => {
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 8 }), (calls) => {
        const fp = new Fingerprinter();
        for (const call of calls) absorb(fp, call);
        const frames = Buffer.concat(calls.map(encode));
        expect(fp.finalize().toHex()).toBe(createHash("sha256").update(frames).digest("hex"));
        expect(decode(frames)).toEqual(calls);
      }),
    );
  });

  it("gives no two of a million sequences with nested boundaries the same fingerprint", () => {
    const random = xoroshiro128plus(fc.readConfigureGlobal().seed ?? 1);
    const pick = (below: number): number => uniformInt(random, 0, below - 1);
    // Every piece is the beginning of another, or could be its frame.
    const pieces = ["", "\0", "\0\0", "\u0001", "\u0001\0", "\u0001\0\0\0", "a", "\u0001\0\0\0a", "\0\0\0\0\0\0\0\0", "\u0001\0\0\0\0\0\0\0", "\u0002\u0001\0\0\0a"];
    const asBytes = pieces.map((piece) => Buffer.from(piece, "latin1"));
    const seen = new Map<string, string>();
    const distinct = new Set<string>();
    for (let count = 0; count < 1_000_000; count += 1) {
      const fp = new Fingerprinter();
      let told = "";
      for (let calls = 1 + pick(3); calls > 0; calls -= 1) {
        const [type, tag, value] = [pick(4), pick(pieces.length), pick(pieces.length)];
        const name = asBytes[tag] ?? "";
        if (type === 0) fp.absorbTag(name);
        else if (type === 1) fp.absorbBytes(name, asBytes[value] ?? Buffer.alloc(0));
        else if (type === 2) fp.absorbStr(name, pieces[value] ?? "");
        else fp.absorbU64(name, value);
        told += String.fromCharCode(65 + type, 65 + tag, type === 0 ? 65 : 65 + value);
      }
      const hex = fp.finalize().toHex();
      const before = seen.get(hex);
      if (before !== undefined && before !== told) expect.fail(`${before} and ${told} have the fingerprint ${hex}`);
      seen.set(hex, told);
      distinct.add(told);
    }
    expect(seen.size).toBe(distinct.size);
    // Most of them are different sequences: the test would say nothing of a few.
    expect(distinct.size).toBeGreaterThan(300_000);
  }, 300_000);
});
