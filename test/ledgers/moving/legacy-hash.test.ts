import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { legacyHash, sha256ParamHash } from "../../../src/ledgers/moving/legacy-hash.js";
import { sha256Hex } from "../../../src/ledgers/runs/param-hash.js";

const python = spawnSync("python3", ["--version"]).status === 0;

describe("the original's hash", () => {
  it.each<[object, string, string]>([
    [{}, "[]", "4f53cda18c2baa0c"],
    [{ a: {} }, "[]", "4f53cda18c2baa0c"],
    [{ a: 1 }, '[[["a"],1]]', "2c9fe1e897c8abfc"],
    [{ a: "1" }, '[[["a"],"1"]]', "90be8b5d6e3a299d"],
    [{ a: true }, '[[["a"],true]]', "ef70c4914757874a"],
    [{ a: 1, b: 2 }, '[[["a"],1],[["b"],2]]', "1d6235bfee048f6d"],
    [{ b: 2, a: 1 }, '[[["a"],1],[["b"],2]]', "1d6235bfee048f6d"],
    [{ a: { b: 1 } }, '[[["a","b"],1]]', "07c55a6d1e544846"],
    [{ a: [1, 2] }, '[[["a"],[1,2]]]', "326ed9acf44b2924"],
    [{ a: {}, b: 1 }, '[[["b"],1]]', "a7b92414a73e635b"],
    [{ a: null }, '[[["a"],null]]', "d25d71a079a373f6"],
    [{ a: "é😀" }, '[[["a"],"\\u00e9\\ud83d\\ude00"]]', "cba86c8a548bb991"],
    [{ lr: 0.001, batch_size: 32 }, '[[["batch_size"],32],[["lr"],0.001]]', "26e0d6179b407c68"],
    [{ a: "\u007f\b\u0001" }, '[[["a"],"\\u007f\\b\\u0001"]]', sha256Hex('[[["a"],"\\u007f\\b\\u0001"]]').slice(0, 16)],
  ])("of %j is that of %s", (params, text, start) => {
    const hash = sha256ParamHash(params);
    expect(hash).toBe(sha256Hex(text));
    expect(hash.slice(0, 16)).toBe(start);
    expect(legacyHash(params)).toBe(hash);
  });

  it("sorts keys by code points, part by part", () => {
    expect(sha256ParamHash({ "\u{1F600}": 1, "\uFF5E": 2 })).toBe(sha256Hex('[[["\\uff5e"],2],[["\\ud83d\\ude00"],1]]'));
    expect(sha256ParamHash({ "\u{1F601}": 1, "\u{1F600}": 2 })).toBe(sha256Hex('[[["\\ud83d\\ude00"],2],[["\\ud83d\\ude01"],1]]'));
    expect(sha256ParamHash({ "a!": 1, a: { b: 2 } })).toBe(sha256Hex('[[["a","b"],2],[["a!"],1]]'));
    expect(sha256ParamHash({ 10: 1, 9: 2 })).toBe(sha256Hex('[[["10"],1],[["9"],2]]'));
  });

  it("keeps the order of keys in objects inside lists, as the original does", () => {
    expect(sha256ParamHash({ a: [{ y: 1, x: { z: "é" } }] })).toBe(sha256Hex('[[["a"],[{"y":1,"x":{"z":"\\u00e9"}}]]]'));
    expect(sha256ParamHash({ a: [{ 7: 1 }] })).toBe(sha256Hex('[[["a"],[{"7":1}]]]'));
  });

  it("takes what is undefined for absent", () => {
    expect(sha256ParamHash({ a: 1, b: undefined })).toBe(sha256ParamHash({ a: 1 }));
  });

  it.each<[unknown, string]>([
    [-0, "$.a.b"],
    [1e-5, "$.a.b"],
    [-0.00009, "$.a.b"],
    [2 ** 53, "$.a.b"],
    [1e300, "$.a.b"],
    [[1, [1e16]], "$.a.b[1][0]"],
    [[{ x: 1, 7: 2 }], "$.a.b[0]"],
    [NaN, "$.a.b"],
    [new Date(0), "$.a.b"],
    ["\ud800", "$.a.b"],
  ])("of %s is not promised: the place is named", (value, path) => {
    expect(() => sha256ParamHash({ a: { b: value } })).toThrow(expect.objectContaining({ code: "INVALID_VALUE", path }));
    expect(legacyHash({ a: { b: value } })).toBeUndefined();
  });

  it.each([[[]], [null], ["a"]])("of %j there is none", (params) => {
    expect(() => sha256ParamHash(params as object)).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field: "params" }));
  });

  it.skipIf(!python)("is what Python makes of whatever is within the limits", { timeout: 60_000 }, () => {
    const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 6 }), fc.string({ unit: "binary", maxLength: 6 }));
    const fraction = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e16, max: 1e16 }).filter((one) => !Number.isInteger(one) && Math.abs(one) >= 1e-4);
    const leaf = fc.oneof(text, fc.maxSafeInteger(), fraction, fc.boolean(), fc.constant(null));
    const safe = (one: number | string | boolean | null): boolean => !Object.is(one, -0);
    const { tree } = fc.letrec((tie) => ({
      list: fc.array(fc.oneof({ depthSize: "small" }, leaf.filter(safe), tie("list")), { maxLength: 3 }),
      tree: fc.dictionary(text, fc.oneof({ depthSize: "small" }, leaf.filter(safe), tie("list"), tie("tree")), { maxKeys: 5 }),
    }));
    const samples = fc.sample(tree, { numRuns: 1500 });
    const program = [
      "import sys, json, hashlib",
      "def flat(d, above=()):",
      "    for key, value in d.items():",
      "        if isinstance(value, dict): yield from flat(value, above + (key,))",
      "        else: yield above + (key,), value",
      "for line in sys.stdin:",
      "    pairs = sorted(flat(json.loads(line)), key=lambda pair: pair[0])",
      "    print(hashlib.sha256(json.dumps(pairs, separators=(',', ':')).encode()).hexdigest())",
    ].join("\n");
    const { stdout, stderr } = spawnSync("python3", ["-c", program], { input: samples.map((one) => `${JSON.stringify(one)}\n`).join(""), encoding: "utf8", env: { ...process.env, PYTHONUTF8: "1" }, maxBuffer: 2 ** 26 });
    expect(stderr).toBe("");
    const hashes = stdout.trimEnd().split("\n");
    expect(hashes).toHaveLength(samples.length);
    for (const [index, sample] of samples.entries()) expect([sample, sha256ParamHash(sample)]).toEqual([sample, hashes[index]]);
  });
});
