import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodedTensors } from "../../../../src/ledgers/checkpoints/loading/decode-tensors.js";
import "../../../support/fast-check-seed.js";

const file = (header: unknown, data: readonly number[] = [], headerLength?: number): Uint8Array => {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerLength ?? text.length));
  return Buffer.concat([length, text, Buffer.from(data)]);
};
const tensor = (dtype: string, shape: readonly unknown[], ...offsets: readonly unknown[]) => ({ dtype, shape, data_offsets: offsets });

describe("a safetensors file", () => {
  it("gives its tensors in the order of its header, numbers as their kind says, metadata left out", () => {
    const data = [...new Uint8Array(new Float32Array([1.5, -2]).buffer), 1, 0, 255];
    const tensors = decodedTensors(file({ __metadata__: { by: "x" }, b: tensor("F32", [2, 1], 0, 8), a: tensor("BOOL", [], 8, 9), c: tensor("U16", [1], 9, 11), none: tensor("F64", [0], 11, 11) }, data));
    expect([...tensors]).toEqual([
      ["b", { dtype: "F32", shape: [2, 1], data: new Float32Array([1.5, -2]) }],
      ["a", { dtype: "BOOL", shape: [], data: new Uint8Array([1]) }],
      ["c", { dtype: "U16", shape: [1], data: new Uint16Array([65_280]) }],
      ["none", { dtype: "F64", shape: [0], data: new Float64Array() }],
    ]);
  });

  it.each([
    ["too short", new Uint8Array(7)],
    ["a header longer than the file", file({}, [], 3)],
    ["a header of absurd length", file({}, [], 2 ** 60)],
    ["a header that is no JSON", file("{")],
    ["a header that is no object", file([])],
    ["a header that is no UTF-8", Buffer.concat([file("", [], 1), Buffer.from([0xff])])],
    ["an unknown kind", file({ a: tensor("F8", [1], 0, 1) }, [1])],
    ["a negative dimension", file({ a: tensor("U8", [-1], 0, 1) }, [1])],
    ["offsets that are none", file({ a: tensor("U8", [1], 0) }, [1])],
    ["offsets that go back", file({ a: tensor("U8", [1], 1, 0) }, [1])],
    ["bytes that shape and kind do not make", file({ a: tensor("U8", [2], 0, 1) }, [1])],
    ["tensors that overlap", file({ a: tensor("U8", [2], 0, 2), b: tensor("U8", [2], 1, 3) }, [1, 2, 3])],
    ["a gap", file({ a: tensor("U8", [1], 0, 1), b: tensor("U8", [1], 2, 3) }, [1, 2, 3])],
    ["a tensor outside", file({ a: tensor("U8", [9], 0, 9) }, [1])],
    ["bytes of no tensor", file({ a: tensor("U8", [1], 0, 1) }, [1, 2])],
    ["null for a tensor", file({ a: null })],
  ])("is refused for %s", (_, bytes) => {
    expect(() => decodedTensors(bytes)).toThrow(expect.objectContaining({ code: "INVALID_VALUE" }));
  });

  it("is read from wherever its bytes lie in memory", () => {
    const whole = file({ a: tensor("F64", [1], 0, 8) }, [...new Uint8Array(new Float64Array([Math.PI]).buffer)]);
    for (let shift = 0; shift < 8; shift += 1) {
      const shifted = new Uint8Array(whole.length + shift);
      shifted.set(whole, shift);
      expect(decodedTensors(shifted.subarray(shift)).get("a")?.data).toEqual(new Float64Array([Math.PI]));
    }
  });

  it("of any bytes is read or refused with a typed error, and nothing else happens", () => {
    const sound = file({ a: tensor("F32", [2], 0, 8), b: tensor("U8", [1], 8, 9) }, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(255), fc.nat(sound.length), (place, byte, length) => {
        const changed = Uint8Array.from(sound).subarray(0, Math.max(length, place + 1));
        changed[place] = byte;
        try {
          decodedTensors(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID_VALUE" });
        }
      }),
    );
  });
});
