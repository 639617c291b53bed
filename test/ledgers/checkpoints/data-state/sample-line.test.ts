import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLine, formatStatus, parseLine, parseStatus, sortedTags } from "../../../../src/ledgers/checkpoints/data-state/sample-line.js";
import { hardText } from "./states.js";

const line = (uid: string, discarded: boolean, tags: readonly string[]): string => formatLine(uid, formatStatus(discarded, sortedTags(tags)));

describe("the line of a sample", () => {
  it("is what the document shows", () => {
    expect(line("sample_001", false, ["validated", "augmented"])).toBe("sample_001:d0:taugmented,validated");
    expect(line("sample_002", true, [])).toBe("sample_002:d1:t");
    expect(line("sample_003", false, ["test"])).toBe("sample_003:d0:ttest");
  });

  it("escapes separators, line ends and what is empty", () => {
    expect(line("a:b,c\\d\n\r", true, ["x,y", "x:y"])).toBe("a\\:b\\,c\\\\d\\n\\r:d1:tx\\,y,x\\:y");
    expect(line("", false, [""])).toBe("\\e:d0:t\\e");
  });

  it("tells samples apart that would have the same line without escapes", () => {
    const samples: readonly (readonly [string, boolean, readonly string[]])[] = [
      ["a", false, ["b,c"]],
      ["a", false, ["b", "c"]],
      ["a:d0:tb", false, ["c"]],
      ["a:d0:tb,c", false, []],
      ["a", false, []],
      ["a", false, [""]],
      ["", false, []],
      ["\\e", false, []],
      ["a\nb", false, []],
      ["a\\nb", false, []],
    ];
    expect(new Set(samples.map((sample) => line(...sample))).size).toBe(samples.length);
  });

  it("gives back uid, discard and tags of any sample, so no two samples share a line", () => {
    fc.assert(
      fc.property(hardText, fc.boolean(), fc.array(hardText, { maxLength: 4 }), (uid, discarded, tags) => {
        const parsed = parseLine(line(uid, discarded, tags));
        expect(parsed?.uid).toBe(uid);
        expect(parseStatus(parsed?.status ?? "")).toEqual({ discarded, tags: [...new Set(tags)].sort() });
        expect(line(uid, discarded, tags)).not.toMatch(/[\n\r]/);
      }),
    );
  });

  it.each(["", "a", "a:d2:t", "a:d0:", "a:d0:tb,a", "a:d0:ta,a", ":d0:t", "a\\x:d0:t", "a:d0:t\\", "a:d0:tb:c", "a\n:d0:t", "\\a:d0:t", "a:d0:tx,"])("takes %j for no line", (text) => {
    expect(parseLine(text)).toBeUndefined();
  });
});
