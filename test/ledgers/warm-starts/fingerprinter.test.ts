import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { isDaybookError } from "../../../src/index.js";
import { Fingerprint, Fingerprinter } from "../../../src/warm-starts.js";

const le32 = (n: number): Buffer => Buffer.from(Uint32Array.of(n).buffer);
const le64 = (n: bigint): Buffer => Buffer.from(BigUint64Array.of(n).buffer);
const doubles = (...values: number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);
const frame = (type: number, tag: string, ...rest: Buffer[]): Buffer => Buffer.concat([Buffer.from([type]), le32(Buffer.byteLength(tag)), Buffer.from(tag), ...rest]);
const sha256 = (...frames: Buffer[]): string => createHash("sha256").update(Buffer.concat(frames)).digest("hex");
const hexOf = (absorb: (fp: Fingerprinter) => unknown): string => {
  const fp = new Fingerprinter();
  absorb(fp);
  return fp.finalize().toHex();
};

describe("fingerprinter", () => {
  it("hashes frames of type, tag, lengths and content, little endian", () => {
    expect(hexOf((fp) => fp.absorbTag("sep"))).toBe(sha256(frame(0, "sep")));
    expect(hexOf((fp) => fp.absorbBytes("b", Uint8Array.of(1, 2, 3)))).toBe(sha256(frame(1, "b", le64(3n), Buffer.from([1, 2, 3]))));
    expect(hexOf((fp) => fp.absorbStr("größe", "7 µm"))).toBe(sha256(frame(2, "größe", le64(5n), Buffer.from("7 µm"))));
    expect(hexOf((fp) => fp.absorbU64("n", 2n ** 64n - 1n))).toBe(sha256(frame(3, "n", le64(2n ** 64n - 1n))));
    expect(hexOf((fp) => fp.absorbF64("x", 0.5))).toBe(sha256(frame(4, "x", doubles(0.5))));
    expect(hexOf((fp) => fp.absorbF64Slice("y", Float64Array.of(1, 2, 3)))).toBe(sha256(frame(5, "y", le64(3n), doubles(1, 2, 3))));
    expect(hexOf((fp) => fp.absorbF64Matrix("m", 2, 3n, Float64Array.of(1, 2, 3, 4, 5, 6)))).toBe(sha256(frame(6, "m", le64(2n), le64(3n), doubles(1, 2, 3, 4, 5, 6))));
    expect(hexOf((fp) => fp.absorbJson("j", { b: 1, a: [true, null] }))).toBe(sha256(frame(7, "j", le64(23n), Buffer.from('{"a":[true,null],"b":1}'))));
    const all = new Fingerprinter().absorbStr("family", "standard").absorbF64Slice("y", Float64Array.of(1, 2, 3)).finalize();
    expect(all.toHex()).toBe(sha256(frame(2, "family", le64(8n), Buffer.from("standard")), frame(5, "y", le64(3n), doubles(1, 2, 3))));
  });

  it("gives the fingerprints that it has always given", () => {
    // Written down once: a key that comes out otherwise finds nothing of what was saved under it.
    const fp = new Fingerprinter().absorbTag("gam").absorbStr("family", "binomial").absorbU64("rows", 344).absorbF64("tol", 1e-7);
    expect(fp.absorbF64Matrix("x", 1, 2, Float64Array.of(-0, NaN)).absorbJson("spec", { k: 10 }).finalize().toHex()).toBe("3c47a6f17ea32e153e6730297de095d3a769b66056dc110e7fb160f5cfac37fe");
  });

  it("takes a tag as text or as the same bytes, and a slice of any length in pieces", () => {
    expect(hexOf((fp) => fp.absorbTag(Buffer.from("sep")))).toBe(hexOf((fp) => fp.absorbTag("sep")));
    const many = Float64Array.from({ length: 20_000 }, (_, index) => index / 7);
    expect(hexOf((fp) => fp.absorbF64Slice("y", many))).toBe(sha256(frame(5, "y", le64(20_000n), Buffer.from(many.buffer))));
    expect(hexOf((fp) => fp.absorbF64Slice("y", many.subarray(5, 9)))).toBe(sha256(frame(5, "y", le64(4n), doubles(...many.subarray(5, 9)))));
  });

  it("tells types apart that share tag and bytes", () => {
    const half = doubles(0.5);
    const hexes = [
      hexOf((fp) => fp.absorbF64("t", 0.5)),
      hexOf((fp) => fp.absorbU64("t", half.readBigUInt64LE())),
      hexOf((fp) => fp.absorbBytes("t", half)),
      hexOf((fp) => fp.absorbStr("t", "AB")),
      hexOf((fp) => fp.absorbBytes("t", Buffer.from("AB"))),
      hexOf((fp) => fp.absorbTag("t")),
      hexOf((fp) => fp.absorbBytes("t", new Uint8Array())),
      hexOf((fp) => fp.absorbStr("t", "")),
      hexOf((fp) => fp.absorbF64Slice("t", new Float64Array())),
      hexOf((fp) => fp.absorbF64Matrix("t", 0, 0, new Float64Array())),
      hexOf((fp) => fp.absorbF64Matrix("t", 0, 5, new Float64Array())),
      hexOf((fp) => fp.absorbJson("t", "")),
      hexOf(() => undefined),
    ];
    expect(new Set(hexes).size).toBe(hexes.length);
  });

  it("knows one NaN and two zeros, and one zero in JSON", () => {
    const odd = new Float64Array(BigUint64Array.of(0x7ff8_0000_0000_0042n, 0xfff8_0000_0000_0000n).buffer);
    expect(hexOf((fp) => fp.absorbF64Slice("x", odd))).toBe(hexOf((fp) => fp.absorbF64Slice("x", Float64Array.of(NaN, NaN))));
    expect(hexOf((fp) => fp.absorbF64("x", NaN))).toBe(sha256(frame(4, "x", le64(0x7ff8_0000_0000_0000n))));
    expect(hexOf((fp) => fp.absorbF64("x", -0))).not.toBe(hexOf((fp) => fp.absorbF64("x", 0)));
    expect(hexOf((fp) => fp.absorbJson("x", -0))).toBe(hexOf((fp) => fp.absorbJson("x", 0)));
    expect(hexOf((fp) => fp.absorbU64("x", 7))).toBe(hexOf((fp) => fp.absorbU64("x", 7n)));
  });

  it("refuses what it cannot take whole, names the field, and has taken nothing of it", () => {
    const detached = new Float64Array(4);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    // Buffers that change their size are newer than the types that are compiled against.
    const shrunk = Reflect.construct(ArrayBuffer, [64, { maxByteLength: 128 }]) as ArrayBuffer;
    const outOfBounds = new Uint8Array(shrunk, 32, 32);
    (shrunk as unknown as { resize(bytes: number): void }).resize(16);
    const odd: readonly (readonly [field: string, call: (fp: Fingerprinter) => unknown])[] = [
      ["tag", (fp) => fp.absorbTag("\ud800")],
      ["tag", (fp) => fp.absorbTag(7 as never)],
      ["tag", (fp) => fp.absorbF64(new Float64Array(1) as never, 1)],
      ["text", (fp) => fp.absorbStr("t", "a\udc00")],
      ["text", (fp) => fp.absorbStr("t", undefined as never)],
      ["bytes", (fp) => fp.absorbBytes("t", "text" as never)],
      ["bytes", (fp) => fp.absorbBytes("t", new Uint16Array(2) as never)],
      ["bytes", (fp) => fp.absorbBytes("t", new Uint8Array(new SharedArrayBuffer(8)))],
      ["bytes", (fp) => fp.absorbBytes("t", outOfBounds)],
      ["value", (fp) => fp.absorbU64("t", -1)],
      ["value", (fp) => fp.absorbU64("t", 2 ** 53)],
      ["value", (fp) => fp.absorbU64("t", 1.5)],
      ["value", (fp) => fp.absorbU64("t", -1n)],
      ["value", (fp) => fp.absorbU64("t", 2n ** 64n)],
      ["value", (fp) => fp.absorbF64("t", 1n as never)],
      ["values", (fp) => fp.absorbF64Slice("t", [1, 2] as never)],
      ["values", (fp) => fp.absorbF64Slice("t", new Float32Array(2) as never)],
      ["values", (fp) => fp.absorbF64Slice("t", detached)],
      ["values", (fp) => fp.absorbF64Matrix("t", 2, 2, new Float64Array(3))],
      ["rows", (fp) => fp.absorbF64Matrix("t", -2, -2, new Float64Array(4))],
      ["columns", (fp) => fp.absorbF64Matrix("t", 2, 0.5, new Float64Array(1))],
      ["value", (fp) => fp.absorbJson("t", { loss: NaN })],
      ["value", (fp) => fp.absorbJson("t", undefined)],
    ];
    const expected = hexOf((fp) => fp.absorbTag("before").absorbTag("after"));
    for (const [field, call] of odd) {
      const fp = new Fingerprinter().absorbTag("before");
      expect(() => call(fp), call.toString()).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field }));
      expect(fp.absorbTag("after").finalize().toHex(), call.toString()).toBe(expected);
    }
    expect(() => new Fingerprinter().absorbJson("t", { loss: [1, NaN] })).toThrow("$.loss[1]");
  });

  it("does not believe what a subclass says of its length", () => {
    class Liar extends Float64Array {
      override get length(): number {
        return 1;
      }
    }
    expect(hexOf((fp) => fp.absorbF64Slice("x", new Liar([1, 2])))).toBe(hexOf((fp) => fp.absorbF64Slice("x", Float64Array.of(1, 2))));
  });

  it("is finished once it has given its fingerprint; prefixes may be had before", () => {
    const fp = new Fingerprinter().absorbStr("family", "standard");
    const prefix = fp.prefix();
    expect(prefix.toHex()).toBe(hexOf((other) => other.absorbStr("family", "standard")));
    expect(fp.absorbU64("fold", 3).finalize().equals(prefix)).toBe(false);
    for (const call of [() => fp.finalize(), () => fp.prefix(), () => fp.absorbTag("t"), () => fp.absorbF64("t", "no" as never)]) {
      expect(call).toThrow(expect.objectContaining({ code: "FINGERPRINT_FINALIZED" }));
    }
  });
});

describe("fingerprint", () => {
  it("comes from hex digits of either case and gives them back small", () => {
    const hex = hexOf((fp) => fp.absorbTag("x"));
    const [small, big] = [Fingerprint.fromHex(hex), Fingerprint.fromHex(hex.toUpperCase())];
    expect([big.toHex(), String(big), JSON.stringify({ key: big }), small.equals(big)]).toEqual([hex, hex, `{"key":"${hex}"}`, true]);
    expect(inspect(small)).toBe(`Fingerprint(${hex})`);
    expect([small.equals(Fingerprint.fromHex("0".repeat(64))), small.equals(hex), small.equals(undefined)]).toEqual([false, false, false]);
  });

  it("refuses what is not 64 hex digits", () => {
    for (const odd of ["not hex", "a".repeat(63), "a".repeat(65), "z".repeat(64), `${"a".repeat(64)}\n`, "", 7, undefined]) {
      let thrown: unknown;
      try {
        Fingerprint.fromHex(odd as string);
      } catch (error) {
        thrown = error;
      }
      expect(isDaybookError(thrown, "INVALID_OPTION"), String(odd)).toBe(true);
    }
  });
});
