import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { InvalidOptionError, InvalidValueError } from "../../src/base/errors.js";
import { normaliseParamHash, paramHash } from "../../src/events/param-hash.js";

const sha256Hex = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

describe("the hash of parameters", () => {
  it("is the SHA-256 of their canonical JSON, in 64 hex digits", () => {
    // printf '{"batch_size":32,"lr":0.001}' | sha256sum
    expect(paramHash({ lr: 0.001, batch_size: 32 }, sha256Hex)).toBe(sha256Hex('{"batch_size":32,"lr":0.001}'));
    expect(paramHash({}, sha256Hex)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("does not depend on the order of keys, at any depth", () => {
    expect(paramHash({ a: [{ x: 1, y: 2 }], b: 2 }, sha256Hex)).toBe(paramHash({ b: 2, a: [{ y: 2, x: 1 }] }, sha256Hex));
  });

  it("refuses what would be hashed as something else", () => {
    expect(() => paramHash({ lr: Number.NaN }, sha256Hex)).toThrow(InvalidValueError);
    expect(() => paramHash(undefined, sha256Hex)).toThrow(InvalidValueError);
  });
});

describe("a hash that the caller made", () => {
  it.each<[unknown, string]>([
    ["abc", "abc"],
    [" a b ", " a b "],
    [12345, "12345"],
    [12345n, "12345"],
    ["12345", "12345"],
    [-7, "-7"],
    [-0, "0"],
    [2n ** 64n, "18446744073709551616"],
    ["x".repeat(256), "x".repeat(256)],
  ])("%s is kept as %j", (value, text) => {
    expect(normaliseParamHash(value)).toBe(text);
  });

  it.each<[unknown, string]>([
    ["", "is empty"],
    ["x".repeat(257), "257 characters"],
    ["a\n", "control character"],
    ["\ud800", "surrogate"],
    [2 ** 53, "bigint"],
    [1.5, "bigint"],
    [Number.NaN, "bigint"],
    [10n ** 300n, "301 characters"],
    [null, "not null"],
    [undefined, "not undefined"],
    [{}, "not object"],
    [["a"], "not object"],
    [true, "not boolean"],
  ])("%s is refused: %s", (value, problem) => {
    expect(() => normaliseParamHash(value)).toThrow(InvalidOptionError);
    expect(() => normaliseParamHash(value)).toThrow(problem);
  });
});
