import * as path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filePathOf } from "../../../src/ledgers/projects/session-paths.js";
import type { FilePlace, PathOptions } from "../../../src/ledgers/projects/session-paths.js";

const subfolder: FilePlace = { identifier: "train", uid: "0007", storage: "subfolder" };
const prefix: FilePlace = { ...subfolder, storage: "prefix" };
const both = (name: string | undefined, options?: PathOptions): string[] => [subfolder, prefix].map((place) => filePathOf(place, name, options));

describe("the name of a run's file", () => {
  it.each<[name: string | undefined, options: PathOptions | undefined, own: string, shared: string]>([
    [undefined, undefined, "train", "0007_train"],
    ["m.json", undefined, "train_m.json", "0007_train_m.json"],
    ["m", { suffix: ".json" }, "train_m.json", "0007_train_m.json"],
    ["m.json", { suffix: ".json" }, "train_m.json", "0007_train_m.json"],
    ["lr0.1", { suffix: ".json" }, "train_lr0.1.json", "0007_train_lr0.1.json"],
    ["m.txt", { suffix: ".json" }, "train_m.txt.json", "0007_train_m.txt.json"],
    ["w", { suffix: ".tar.gz" }, "train_w.tar.gz", "0007_train_w.tar.gz"],
    ["m", { suffix: "" }, "train_m", "0007_train_m"],
    ["m", { includeIdentifier: false }, "m", "0007_m"],
    ["m.json", { includeUid: false }, "train_m.json", "train_m.json"],
    ["m", { includeIdentifier: false, includeUid: false }, "m", "m"],
    [undefined, { suffix: ".x" }, "train.x", "0007_train.x"],
    ["plots/loss.png", undefined, "train_plots/loss.png", "0007_train_plots/loss.png"],
    ["plots/loss.png", { includeIdentifier: false }, "plots/loss.png", "0007_plots/loss.png"],
    ["a//b/./c/", undefined, "train_a/b/c", "0007_train_a/b/c"],
    ["..a..b", undefined, "train_..a..b", "0007_train_..a..b"],
    ["größe 🌱", undefined, "train_größe 🌱", "0007_train_größe 🌱"],
  ])("is, of %j with %j, %j or %j", (name, options, own, shared) => {
    expect(both(name, options)).toEqual([own, shared]);
  });

  it("is, of a uid alone, only there where it is part of names", () => {
    expect(filePathOf(prefix, undefined, { includeIdentifier: false, suffix: ".x" })).toBe("0007.x");
    for (const options of [{ includeIdentifier: false }, { includeIdentifier: false, suffix: ".x" }]) {
      expect(() => filePathOf(subfolder, undefined, options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field: "name" }) as Error);
    }
  });

  it.each([["", "empty"], [".", "empty"], ["./", "empty"], ["..", '".."'], ["../x", '".."'], ["a/../../x", '".."'], ["a/..", '".."'], ["/etc/passwd", "absolute"], ["/", "absolute"], ["a\0b", "U+0000"], ["\ud800", "surrogate"], [5, "string"], [null, "string"]])(
    "is never %j",
    (name, why) => {
      for (const place of [subfolder, prefix]) {
        expect(() => filePathOf(place, name as string)).toThrow(expect.objectContaining({ code: "INVALID_ID", kind: "file name", message: expect.stringContaining(why) as string }) as Error);
      }
    },
  );

  it.each(["json", ".", "..", "../x", "./x", ".a/b", ".a\0", 5, null])("has no suffix %j", (suffix) => {
    expect(() => filePathOf(subfolder, "m", { suffix: suffix as string })).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field: "suffix" }) as Error);
  });

  it("is refused with options that do not exist, or are none", () => {
    expect(() => filePathOf(subfolder, "m", { include_uid: false } as PathOptions)).toThrow(expect.objectContaining({ field: "include_uid" }) as Error);
    expect(() => filePathOf(subfolder, "m", { includeUid: 1 as unknown as boolean })).toThrow(expect.objectContaining({ field: "includeUid" }) as Error);
    expect(() => filePathOf(subfolder, "m", ".json" as PathOptions)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }) as Error);
  });

  it("stays in the folder, ends in its suffix, and begins with its uid where the folder is shared, whatever the name", () => {
    const name = fc.oneof(fc.string({ unit: "grapheme" }), fc.array(fc.constantFrom("..", ".", "a", "", "b.c", "\0", "…"), { maxLength: 6 }).map((parts) => parts.join("/")));
    fc.assert(
      fc.property(name, fc.constantFrom("", ".json", ".tar.gz"), fc.constantFrom(subfolder, prefix), (given, suffix, place) => {
        let file: string;
        try {
          file = filePathOf(place, given, { suffix });
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID_ID" });
          return;
        }
        const resolved = path.resolve("/folder", file);
        expect(resolved.startsWith("/folder/")).toBe(true);
        expect(path.join("/folder", file)).toBe(resolved);
        expect(file.endsWith(suffix)).toBe(true);
        expect(file.startsWith(place.storage === "prefix" ? "0007_train_" : "train_")).toBe(true);
      }),
    );
  });
});
