import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, readSafetensorsHeader } from "../../../../src/ledgers/checkpoints/models/safetensors/read-safetensors.js";
import { describeSafetensors } from "../../../../src/ledgers/checkpoints/models/safetensors/safetensors-models.js";
import { bytesOfDtype } from "../../../../src/ledgers/checkpoints/models/safetensors/tensor-bytes.js";
import { encodeSafetensors } from "../../../../src/ledgers/checkpoints/models/safetensors/write-safetensors.js";
import { tensorDtypes } from "../../../../src/ledgers/checkpoints/models/tensors.js";
import type { Tensor } from "../../../../src/ledgers/checkpoints/models/tensors.js";

const bytesOf = (tensors: Iterable<[string, Tensor]>, metadata?: Record<string, string>): Uint8Array => Buffer.concat([...encodeSafetensors(new Map(tensors), metadata)]);
const fileOf = (header: unknown, data = 0): Uint8Array => {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(data)]);
};
const u8 = (begin: number, end: number, size = end - begin): object => ({ dtype: "U8", shape: [size], data_offsets: [begin, end] });

const tensors = fc
  .uniqueArray(fc.tuple(fc.oneof(fc.constantFrom("0", "10", "constructor", "a/b", "\"é\""), fc.string({ unit: "grapheme", minLength: 1 })), fc.constantFrom(...tensorDtypes), fc.array(fc.nat(3), { maxLength: 3 }), fc.nat(255)), { selector: ([name]) => name, maxLength: 8 })
  .map((list) => list.filter(([name]) => name !== "__proto__" && name !== "__metadata__").map(([name, dtype, shape, fill]): [string, Tensor] => [name, { dtype, shape, data: new Uint8Array(shape.reduce((a, b) => a * b, bytesOfDtype[dtype])).fill(fill) }]));

describe("safetensors", () => {
  it("gives back what was written, whatever the names, dtypes and shapes, and the same bytes in whichever order they came", () => {
    fc.assert(
      fc.property(tensors, (list) => {
        const bytes = bytesOf(list);
        const back = decodeSafetensors(bytes);
        expect(new Set(back.keys())).toEqual(new Set(list.map(([name]) => name)));
        for (const [name, { dtype, shape, data }] of list) {
          const read = back.get(name) as Tensor;
          expect([read.dtype, read.shape, Buffer.from(read.data as Uint8Array).equals(data as Uint8Array)]).toEqual([dtype, shape, true]);
        }
        expect(Buffer.compare(bytes, bytesOf([...list].reverse()))).toBe(0);
        expect(readSafetensorsHeader(bytes).dataStart % 8).toBe(0);
        expect(encodeSafetensors(new Map(list)).byteLength).toBe(bytes.length);
      }),
    );
  });

  it("writes the form byte for byte", () => {
    const text = Buffer.from(bytesOf([["b", { dtype: "F32", shape: [1], data: new Float32Array([1]) }], ["a", { dtype: "U8", shape: [2], data: new Uint8Array([7, 8]) }]], { note: "x" }));
    const header = '{"__metadata__":{"note":"x"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}';
    expect(text.subarray(8, 8 + header.length).toString()).toBe(header);
    expect(Number(text.readBigUInt64LE()) % 8).toBe(0);
    expect([...text.subarray(-6)]).toEqual([0, 0, 128, 63, 7, 8]);
    expect(readSafetensorsHeader(text).metadata.get("note")).toBe("x");
  });

  const unsound: [string, Uint8Array][] = [
    ["is empty", new Uint8Array()],
    ["claims a header of 2^63 bytes", Buffer.from("ffffffffffffff7f7b7d", "hex")],
    ["ends within its header", fileOf({}).subarray(0, 9)],
    ["has a header that is no JSON", fileOf("{nope")],
    ["has a list for a header", fileOf("[]")],
    ["has bytes that are no UTF-8", Buffer.concat([fileOf("{}").subarray(0, 8), Buffer.from([0x7b, 0xff])])],
    ["has overlapping tensors", fileOf({ a: u8(0, 2), b: u8(1, 3) }, 3)],
    ["has a gap", fileOf({ a: u8(0, 2), b: u8(3, 4) }, 4)],
    ["has a tensor beyond its end", fileOf({ a: u8(0, 5) }, 4)],
    ["has bytes after its tensors", fileOf({ a: u8(0, 2) }, 3)],
    ["has a tensor of another size than its shape", fileOf({ a: u8(0, 2, 3) }, 2)],
    ["has offsets that go back", fileOf({ a: u8(2, 0, 0) }, 2)],
    ["has a negative dimension", fileOf({ a: { dtype: "U8", shape: [-1, -2], data_offsets: [0, 2] } }, 2)],
    ["has a dimension that overflows", fileOf({ a: { dtype: "F64", shape: [2 ** 52, 2 ** 52], data_offsets: [0, 0] } })],
    ["has an unknown dtype", fileOf({ a: { dtype: "F8", shape: [1], data_offsets: [0, 1] } }, 1)],
    ["has a tensor that is no object", fileOf({ a: null })],
    ["names a tensor twice", fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2)],
    ["has metadata that is no text", fileOf({ __metadata__: { a: 1 } })],
    ["hides a name in a prototype", fileOf('{"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}')],
  ];
  it.each(unsound)("refuses a file that %s", (_, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(expect.objectContaining({ code: "SAFETENSORS_INVALID" }) as Error);
  });

  it("refuses to write what is no tensor, and names it", () => {
    expect(() => encodeSafetensors(new Map([["w", { dtype: "F32", shape: [2], data: new Float32Array(3) }]]))).toThrow(/weights\["w"\]\.data.*12 bytes.*8/);
    expect(() => encodeSafetensors(new Map([["w", { dtype: "F9" as "F32", shape: [], data: new Float32Array(1) }]]))).toThrow(/weights\["w"\]\.dtype/);
    // Of these, the reader would take the one for texts and refuse the other: nothing is to be saved that cannot be loaded.
    for (const name of ["__metadata__", "__proto__"]) expect(() => encodeSafetensors(new Map([[name, { dtype: "U8", shape: [], data: new Uint8Array(1) }]]))).toThrow(/weights/);
  });

  it("describes a file by its header: values and metadata are no part of that, shapes and dtypes are", () => {
    const one = (shape: number[], fill: number, note: string): unknown => describeSafetensors(bytesOf([["w", { dtype: "U8", shape, data: new Uint8Array(4).fill(fill) }]], { note }));
    expect(one([2, 2], 1, "a")).toEqual(one([2, 2], 2, "b"));
    expect(one([2, 2], 1, "a")).not.toEqual(one([4], 1, "a"));
  });
});
