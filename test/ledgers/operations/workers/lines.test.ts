import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../../../src/ledgers/operations/workers/lines.js";
import { Tail } from "../../../../src/ledgers/operations/workers/tail.js";

/** Bytes in pieces that end anywhere, in the middle of characters too. */
const inPieces = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((to, index) => bytes.subarray(places[index], to));
};

describe("lines of an output", () => {
  it("are the same however it comes", () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "ß", "☃", "😀", " ", "\r") })), fc.array(fc.nat()), fc.boolean(), (texts, cuts, ended) => {
      const text = texts.join("\n") + (ended && texts.length > 0 ? "\n" : "");
      const lines: string[] = [];
      const splitter = new LineSplitter((line) => lines.push(line));
      for (const piece of inPieces(Buffer.from(text), cuts)) splitter.push(piece);
      splitter.end();
      const expected = text.split("\n");
      const last = expected.pop();
      expect(lines).toEqual([...expected.map((line) => line.replace(/\r$/, "")), ...(last === "" ? [] : [last])]);
    }));
  });

  it("that do not end come in parts: no output, however long, fills the memory", () => {
    const piece = Buffer.alloc(1024 * 1024, "x");
    const lengths: number[] = [];
    const splitter = new LineSplitter((line) => lengths.push(line.length));
    for (let pushed = 0; pushed < 40; pushed += 1) splitter.push(piece);
    splitter.push(Buffer.from("y\nz"));
    splitter.end();
    expect(lengths.length).toBeGreaterThan(3);
    expect(Math.max(...lengths)).toBeLessThan(20 * 1024 * 1024);
    expect(lengths.reduce((sum, length) => sum + length)).toBe(40 * piece.length + 2);
    expect(lengths.at(-1)).toBe(1);
  });
});

describe("the tail of an output", () => {
  it("is its last 8 KiB, from a whole character on", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom("a", "ß", "☃", "😀"), maxLength: 40 }), fc.integer({ min: 1, max: 600 }), fc.array(fc.nat(), { maxLength: 20 }), (unit, times, cuts) => {
      const text = unit.repeat(times);
      const tail = new Tail();
      for (const piece of inPieces(Buffer.from(text), cuts)) tail.push(piece);
      const kept = tail.text();
      expect(text.endsWith(kept)).toBe(true);
      const length = Buffer.byteLength(kept);
      expect(length).toBeLessThanOrEqual(8192);
      expect(length).toBeGreaterThan(Math.min(Buffer.byteLength(text), 8192) - 4);
    }));
  });
});
