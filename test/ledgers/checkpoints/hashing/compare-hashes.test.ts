import { describe, expect, it } from "vitest";
import { isDaybookError } from "../../../../src/base/errors.js";
import { compareHashes } from "../../../../src/ledgers/checkpoints/hashing/compare-hashes.js";

describe("comparing hashes", () => {
  it.each([
    ["a1b2c3d4e5f6g7h8i9j0k1l2", "a1b2c3d4f0f0f0f0i9j0k1l2", ["config"]],
    ["a1b2c3d4e5f6g7h8i9j0k1l2", "a1b2c3d4e5f6g7h8ffffffff", ["data"]],
    ["a1b2c3d4e5f6g7h8i9j0k1l2", "ffffffffe5f6g7h8i9j0k1l2", ["model"]],
    ["a1b2c3d4e5f6g7h8i9j0k1l2", "a1b2c3d4e5f6g7h8i9j0k1l2", []],
    ["a1b2c3d4e5f6g7h8i9j0k1l2", "b1b2c3d4e5f6g7h9j9j0k1l2", ["model", "config", "data"]],
    ["a1b2c3d4e5f6g7h800000000", "a1b2c3d4e5f6g7h8i9j0k1l2", ["data"]],
  ])("%s and %s differ in %j", (a, b, parts) => {
    expect([...compareHashes(a, b)]).toEqual(parts);
    expect(compareHashes(b, a)).toEqual(compareHashes(a, b));
  });

  it.each<[string, unknown]>([
    ["of the former version", "a1b2c3d4e5f6g7h8"],
    ["that is empty", ""],
    ["that is longer", "a1b2c3d4e5f6g7h8i9j0k1l2-2"],
    ["that is none", undefined],
    ["that is a list of 24", Array.from({ length: 24 }, () => "a")],
  ])("refuses one %s", (_, wrong) => {
    const right = "a1b2c3d4e5f6g7h8i9j0k1l2";
    for (const [a, b] of [[right, wrong], [wrong, right]] as const) {
      expect(() => compareHashes(a as string, b as string)).toThrow(expect.objectContaining({ code: "INCOMPATIBLE_HASH", hash: wrong }));
    }
  });

  it("says of the former version that hashes have to be generated anew", () => {
    let message = "";
    try {
      compareHashes("a1b2c3d4e5f6g7h8", "a1b2c3d4e5f6g7h8i9j0k1l2");
    } catch (error) {
      if (isDaybookError(error, "INCOMPATIBLE_HASH")) message = error.message;
    }
    expect(message).toContain("generate them anew");
  });
});
