/** The simulated disk itself: what it may lose, and what it must not. */
import { describe, expect, it } from "vitest";
import { Disk } from "./disk.js";
import type { Deed, Recorded } from "./recording.js";
import { digestOf, emptyTree } from "./tree.js";
import type { Tree } from "./tree.js";

/** Deeds one after another: each begins at ten times its place, and takes five. */
const inTurn = (...deeds: readonly Deed[]): Recorded[] => deeds.map((deed, index) => ({ ...deed, start: index * 10, end: index * 10 + 5, by: "p" }));
const write = (ino: number, at: number, text: string): Deed => ({ do: "write", ino, at, bytes: Buffer.from(text).toString("base64") });

/** Every state that a cut leaves, as path to text. */
function statesAt(deeds: readonly Recorded[], time: number, before: Tree = emptyTree): Record<string, string>[] {
  const { alternatives, tree } = new Disk(before, deeds).cutAt(time);
  const found = new Map<string, Record<string, string>>();
  const count = alternatives.reduce((product, one) => product * one, 1);
  for (let number = 0; number < count; number += 1) {
    let rest = number;
    const state = tree(alternatives.map((many) => {
      const one = rest % many;
      rest = Math.floor(rest / many);
      return one;
    }));
    found.set(digestOf(state), Object.fromEntries([...state.files].map(([path, content]) => [path, content.toString("latin1").replaceAll("\0", "0")])));
  }
  return [...found.values()];
}

const made: readonly Deed[] = [{ do: "create", path: "a", ino: 1 }, { do: "sync-folder", path: "" }];

describe("a file", () => {
  it("may lose what no sync covers, its end alone, or the bytes under a size that was kept", () => {
    expect(statesAt(inTurn(...made, write(1, 0, "xy")), 25)).toEqual(expect.arrayContaining([{ a: "" }, { a: "00" }, { a: "xy" }]));
    expect(statesAt(inTurn(...made, write(1, 0, "xy")), 25)).toHaveLength(3);
  });

  it("keeps what was complete before a sync that has ended began", () => {
    const deeds = inTurn(...made, write(1, 0, "xy"), { do: "sync", ino: 1 }, write(1, 2, "z"));
    expect(statesAt(deeds, 35)).toEqual([{ a: "xy" }]);
    // Under way: it may have done nothing yet.
    expect(statesAt(deeds, 34)).toContainEqual({ a: "" });
    expect(statesAt(deeds, 40)).toEqual(expect.arrayContaining([{ a: "xy" }, { a: "xy0" }, { a: "xyz" }]));
  });

  it("may lose a write that was under way when the sync began", () => {
    const [create, folder, first, sync] = inTurn(...made, write(1, 0, "xy"), { do: "sync", ino: 1 }) as [Recorded, Recorded, Recorded, Recorded];
    expect(statesAt([create, folder, { ...first, end: sync.start + 1 }, sync], 100)).toContainEqual({ a: "" });
  });

  it("is torn at 512 bytes in any order", () => {
    const states = statesAt(inTurn(...made, write(1, 0, "x".repeat(512)), write(1, 512, "y".repeat(512))), 100).map(({ a }) => a);
    expect(states).toContain("0".repeat(512) + "y".repeat(512));
    expect(states).toContain("x".repeat(512) + "0".repeat(512));
    expect(states).not.toContain(`${"x".repeat(256)}${"0".repeat(256)}`);
  });

  it("may show again what a truncation had cut off, under the size of a later write", () => {
    const states = statesAt(inTurn(...made, write(1, 0, "x".repeat(600)), { do: "sync", ino: 1 }, { do: "truncate", ino: 1, size: 510 }, write(1, 510, "yyyy")), 100);
    expect(states).toContainEqual({ a: `${"x".repeat(510)}yyxx` });
    expect(states).toContainEqual({ a: "x".repeat(600) });
    expect(states).toContainEqual({ a: `${"x".repeat(510)}yyyy` });
  });
});

describe("a name", () => {
  it("may be lost with all that lies under it, until its folder is synced", () => {
    const deeds: readonly Deed[] = [{ do: "make-folder", path: "f" }, { do: "create", path: "f/a", ino: 1 }, { do: "sync-folder", path: "f" }];
    expect(statesAt(inTurn(...deeds), 100)).toEqual(expect.arrayContaining([{}, { "f/a": "" }]));
    expect(statesAt(inTurn(...deeds, { do: "sync-folder", path: "" }), 100)).toEqual([{ "f/a": "" }]);
  });

  it("is moved whole or not at all", () => {
    const deeds: readonly Deed[] = [...made, write(1, 0, "x"), { do: "sync", ino: 1 }, { do: "rename", from: "a", to: "b", ino: 1 }];
    expect(statesAt(inTurn(...deeds), 100).sort((a, b) => Object.keys(a).join().localeCompare(Object.keys(b).join()))).toEqual([{ a: "x" }, { b: "x" }]);
  });

  it("may come back after an unlink, and a new file of the same inode is another file", () => {
    const deeds: readonly Deed[] = [...made, write(1, 0, "x"), { do: "sync", ino: 1 }, { do: "unlink", path: "a", ino: 1 }, { do: "create", path: "b", ino: 1 }];
    const states = statesAt(inTurn(...deeds), 100);
    expect(states).toHaveLength(4);
    expect(states).toEqual(expect.arrayContaining([{ a: "x" }, {}, { a: "x", b: "" }, { b: "" }]));
  });
});

it("begins with what was there", () => {
  const before = { files: new Map([["f/a", Buffer.from("old")]]), folders: new Set(["f"]) };
  const deeds = inTurn({ do: "open", path: "f/a", ino: 9 }, write(9, 3, "!"));
  expect(statesAt(deeds, 5, before)).toEqual([{ "f/a": "old" }]);
  expect(statesAt(deeds, 100, before)).toEqual(expect.arrayContaining([{ "f/a": "old" }, { "f/a": "old0" }, { "f/a": "old!" }]));
});
