import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { xxh3of128 } from "../../src/log/xxh3-128.js";
import { xxh3Short } from "../../src/log/xxh3-short.js";

const short = (bytes: Buffer): string => {
  const out = new Uint32Array(4);
  xxh3Short(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes.length, out);
  return [...out].map((word) => word.toString(16).padStart(8, "0")).join("");
};

describe("XXH3-128 of short inputs", () => {
  it("knows the value that others give", () => {
    expect(xxh3of128(Buffer.from("abc")).toString("hex")).toBe("06b05ab6733a618578af5f94892f3950");
  });

  it("is what the add-on makes of it, for every length, and for bytes that carry", () => {
    for (let length = 4; length <= 128; length += 1) {
      for (const fill of [0, 1, 0x7f, 0x80, 0xff]) {
        const bytes = Buffer.alloc(length, fill);
        expect(short(bytes), `${length} of ${fill}`).toBe(xxh3of128(bytes).toString("hex"));
      }
    }
  });

  it("is what the add-on makes of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 128 }), (array) => {
        const bytes = Buffer.from(array);
        expect(short(bytes)).toBe(xxh3of128(bytes).toString("hex"));
      }),
      { numRuns: 2000 },
    );
  });
});
