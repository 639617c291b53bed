import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidIdError, isDaybookError } from "../../src/base/errors.js";
import {
  formatUid,
  nounOf,
  parseEventId,
  parseIdentifier,
  parseParticipant,
  parseRelpath,
  parseRunAddress,
  parseRunStream,
  parseStream,
  parseType,
  parseUid,
  runAddress,
  runStream,
} from "../../src/events/names.js";

function problemOf(parse: (value: unknown) => unknown, value: unknown): string {
  try {
    parse(value);
  } catch (error) {
    if (error instanceof InvalidIdError) return error.message;
    throw error;
  }
  throw new Error(`accepted ${String(value)}`);
}

const wrongTypes = [undefined, null, 5, 5n, true, Symbol("s"), () => "a", {}, ["a"], new Date(), Object.create(null), { toString: () => "a" }];

describe("identifiers and participants", () => {
  it.each(["train", "a", "_x", "9", "lr=0.1,batch@32", "v1.0 (final)", "a+b:c", "größe", "訓練", "x".repeat(128), "a.b.c"])("accepts %j", (name) => {
    expect(parseIdentifier(name)).toBe(name);
    expect(parseParticipant(name)).toBe(name);
  });

  it.each([
    ["", "is empty"],
    [".", 'starts with "."'],
    ["..", 'starts with "."'],
    [".hidden", 'starts with "."'],
    ["-rf", 'starts with "-"'],
    [" a", "starts with U+0020"],
    ["a..b", 'holds ".."'],
    ["a ", "ends with"],
    ["a.", "ends with"],
    ["a/b", 'holds "/"'],
    ["a\\b", 'holds "\\"'],
    ["a\nb", "holds U+000A"],
    ["a\u0000", "holds U+0000"],
    ["a\u007f", "holds U+007F"],
    ["a\u0085", "holds U+0085"],
    ["a\u2028b", "holds U+2028"],
    ["a\u200bb", "holds U+200B"],
    ["a\u202eb", "holds U+202E"],
    ["a\u00a0b", "holds U+00A0"],
    ["a\ud800", "surrogate"],
    ["a*", 'holds "*"'],
    ["a😀", "holds"],
    ["\u0301a", "starts with"],
    ["x".repeat(129), "129 characters"],
    ["x".repeat(1_000_000), "1000000 characters"],
    ["訓".repeat(86), "255 bytes"],
  ])("refuses %j, saying it %s", (name, problem) => {
    expect(problemOf(parseIdentifier, name)).toContain(problem);
  });

  it("refuses everything that is no text, without running its code", () => {
    for (const value of wrongTypes) expect(problemOf(parseIdentifier, value)).toContain("must be a string");
    const trap = new Proxy({}, { get: () => expect.unreachable() });
    expect(problemOf(parseIdentifier, trap)).toContain("not object");
  });

  it("takes names that differ in normalisation alone for the same", () => {
    expect(parseIdentifier("gro\u0308\u00dfe")).toBe("gr\u00f6\u00dfe");
    expect(parseIdentifier("\u212b")).toBe("\u00c5");
    // 129 units that normalise to 128.
    expect(parseIdentifier("x".repeat(127) + "o\u0308")).toHaveLength(128);
  });
});

describe("uids", () => {
  it("have four digits, and more past 9999", () => {
    expect([0, 1, 42, 9999, 10_000, Number.MAX_SAFE_INTEGER].map(formatUid)).toEqual(["0000", "0001", "0042", "9999", "10000", "9007199254740991"]);
    for (const uid of ["0001", "9999", "10000", "9007199254740991"]) expect(parseUid(uid)).toBe(uid);
  });

  it.each(["", "1", "001", "0001 ", "+0001", "000a", "0001\n", "٠٠٠١", "1".repeat(17), 1])("refuses %j", (uid) => {
    expect(problemOf(parseUid, uid)).toContain("Invalid uid");
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])("are not formed of %d", (n) => {
    expect(() => formatUid(n)).toThrow(InvalidIdError);
  });
});

describe("relpaths", () => {
  it.each([undefined, "", ".", "./", "././/"])("reads %j as the root", (relpath) => {
    expect(parseRelpath(relpath)).toBe("");
  });

  it.each(["a/b", "a//b", "a/./b", "a/b/", "./a/b", "a/b/."])("reads %j as a/b", (relpath) => {
    expect(parseRelpath(relpath)).toBe("a/b");
  });

  it.each([
    ["/", "absolute"],
    ["/a", "absolute"],
    ["..", 'starts with "."'],
    ["a/../b", 'its part ".." starts'],
    ["a\\b", "backslash"],
    ["a/ b", 'its part " b"'],
    ["a/b\u0000", "U+0000"],
    [null, "must be a string"],
    ["ab/".repeat(171), "513 characters"],
  ])("refuses %j, saying %s", (relpath, problem) => {
    expect(problemOf(parseRelpath, relpath)).toContain(problem);
  });
});

describe("streams", () => {
  it.each(["run/train/mnist/0001", "order", "customer/4711@eu"])("accepts %j", (stream) => {
    expect(parseStream(stream)).toBe(stream);
  });

  it.each(["", "/a", "a/", "a//b", "a/./b", "a/../b", "a\u0007", `${"a/".repeat(350)}a`])("refuses %j", (stream) => {
    expect(problemOf(parseStream, stream)).toContain("Invalid stream");
  });
});

describe("types", () => {
  it.each(["run.allocated", "warm-start.checkpoint-written", "a.b", "mp3.re-encoded"])("accepts %j", (type) => {
    expect(parseType(type)).toBe(type);
  });

  it.each(["", "run", "run.", ".allocated", "run.a.b", "Run.allocated", "run.-a", "run.a-", "run.a--b", "run allocated", "run.größer", "run.x\n", `a.${"b".repeat(127)}`])(
    "refuses %j",
    (type) => {
      expect(problemOf(parseType, type)).toContain("Invalid type");
    },
  );

  it("have a noun", () => {
    expect([nounOf("run.allocated"), nounOf("warm-start.seeded"), nounOf("no-dot"), nounOf(".x")]).toEqual(["run", "warm-start", "no-dot", ""]);
  });
});

describe("event ids", () => {
  it.each(["a", "2026-11-21T23:04Z", "😀 with spaces", " ", "../etc", "x".repeat(256), "o\u0308"])("keeps %j as given", (id) => {
    expect(parseEventId(id)).toBe(id);
  });

  it.each(["", "a\n", "a\u0000", "a\u0085", "a\u2028", "\udc00", "x".repeat(257), 7, undefined])("refuses %j", (id) => {
    expect(problemOf(parseEventId, id)).toContain("Invalid id");
  });
});

describe("the names of runs", () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9_]([A-Za-z0-9_\-=@ ]{0,10}[a-z0-9])?$/);
  const run = fc.record({
    identifier: segment,
    relpath: fc.array(segment, { maxLength: 4 }).map((segments) => segments.join("/")),
    uid: fc.nat().map(formatUid),
  });

  it("are read as they were written", () => {
    expect(runStream("train", "mnist/cnn", "0001")).toBe("run/train/mnist/cnn/0001");
    expect(runAddress("train", "", "0001")).toBe("train/0001");
    fc.assert(
      fc.property(run, (name) => {
        expect(parseRunStream(runStream(name.identifier, name.relpath, name.uid))).toEqual(name);
        expect(parseRunAddress(runAddress(name.identifier, name.relpath, name.uid))).toEqual(name);
        expect(parseStream(runStream(name.identifier, name.relpath, name.uid))).toMatch(/^run\//);
      }),
    );
  });

  it("stay unambiguous when a folder is called like a uid", () => {
    expect(parseRunStream("run/train/0001/0002")).toEqual({ identifier: "train", relpath: "0001", uid: "0002" });
  });

  it("fit into a stream at their longest", () => {
    const longest = runStream("i".repeat(128), `${"r".repeat(127)}/`.repeat(4).slice(0, 511), "9007199254740991");
    expect(parseStream(longest)).toBe(longest);
    expect(parseRunStream(longest)).toBeDefined();
  });

  it.each(["", "run", "run/", "run/train", "run/0001", "run//0001", "run/train//0001", "run/train/001", "run/train/../0001", "run/.x/0001", "runs/train/0001", "run/gro\u0308/0001"])(
    "do not take the stream %j for a run's",
    (stream) => {
      expect(parseRunStream(stream)).toBeUndefined();
    },
  );

  it("take an address as people type it", () => {
    expect(parseRunAddress("train//a/./b//0001")).toEqual({ identifier: "train", relpath: "a/b", uid: "0001" });
    expect(parseRunAddress("train//0001")).toEqual({ identifier: "train", relpath: "", uid: "0001" });
  });

  it.each(["", "0001", "train", "/0001", "train/", "train/1", "train/../0001", "/train/0001"])("refuse the address %j", (address) => {
    expect(() => parseRunAddress(address)).toThrow(InvalidIdError);
  });
});

describe("whatever the input", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.string({ unit: fc.constantFrom("a", "Z", "0", ".", "-", "/", " ", "\\", "\u0000", "\n", "\u0301", "é", "\ud800", ":", "_"), maxLength: 20 }),
    fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
  );

  it("a parsed name is clean, stable and inside its folder", () => {
    for (const parse of [parseIdentifier, parseParticipant, parseRelpath, parseStream, parseType, parseUid]) {
      fc.assert(
        fc.property(hostile, (value) => {
          let name: string;
          try {
            name = parse(value);
          } catch (error) {
            expect(isDaybookError(error, "INVALID_ID")).toBe(true);
            return;
          }
          expect(name).not.toMatch(/\p{C}|\.\.|\\|^\/|\/$/u);
          expect(name.normalize("NFC")).toBe(name);
          expect(parse(name)).toBe(name);
        }),
      );
    }
  });

  it("reading a run's stream never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        parseRunStream(text);
        parseRunStream(`run/${text}/0001`);
      }),
    );
  });
});
