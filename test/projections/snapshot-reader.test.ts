import "../support/fast-check-seed.js";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/index.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import { readSnapshot } from "../../src/projections/snapshot-reader.js";
import { snapshotFormat } from "../../src/projections/snapshot-format.js";
import { SnapshotDamage } from "../../src/projections/snapshot.js";
import type { SnapshotRows } from "../../src/projections/snapshot.js";
import { writeSnapshot } from "../../src/projections/snapshot-writer.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const header = { snapshot: snapshotFormat, root: "r", projection: "runs", version: 1, seq: 9, token: "0123456789abcdef", unknown: 0 };

function written(rows: Iterable<[string, Json]>): string {
  const file = join(temporaryFolder(), "snapshot");
  const fd = openSync(file, "wx");
  writeSnapshot(nodeFileSystem, fd, header, rows);
  closeSync(fd);
  return file;
}

function rowsOf(file: string): SnapshotRows {
  const snapshot = readSnapshot(nodeFileSystem, file);
  if (typeof snapshot === "string") throw new Error(snapshot);
  return snapshot.rows;
}

/** What a call gives, or that it told of damage. */
function outcome<T>(call: () => T): T | "damage" {
  try {
    return call();
  } catch (error) {
    if (error instanceof SnapshotDamage) return "damage";
    throw error;
  }
}

const manyRows = Array.from({ length: 3000 }, (_, index): [string, Json] => [`key/${(index * 7919) % 3000}`, { index, text: "grün \u2028 \n".repeat(index % 9) }]);

describe("a snapshot's rows", () => {
  it("are found one by one and come back in their own order, whatever the keys are", () => {
    const key = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constantFrom("", "\0", "\n", '"', "__proto__", "a", "a\0b", "[\"a\",", "\ud800"));
    const rowsOfAnyKind = fc.uniqueArray(fc.tuple(key, fc.jsonValue()), { selector: ([name]) => name, maxLength: 60 });
    fc.assert(
      fc.property(rowsOfAnyKind, key, fc.integer({ min: 1, max: 2000 }), (entries, other, repeat) => {
        // As JSON gives it back, and some of it long: several blocks.
        const rows = entries.map(([name, value]): [string, Json] => [name, [JSON.parse(JSON.stringify(value)) as Json, "x".repeat(repeat)]]);
        const read = rowsOf(written(rows));
        expect([...read.all()]).toEqual(rows);
        for (const [name, value] of rows) expect(read.find(name)).toEqual(value);
        expect(read.find(other)).toEqual(new Map(rows).get(other));
      }),
    );
  });

  it("lie in several blocks, in an index of any length", () => {
    const rows = rowsOf(written(manyRows));
    expect(rows.parts).toBeGreaterThan(3);
    expect(rows.count).toBe(3000);
    expect([...rows.all()]).toEqual(manyRows);
    // Longer than what is read of a file's end at once.
    const long = Array.from({ length: 600 }, (_, index): [string, Json] => [`${String(index).padStart(4, "0")}${"k".repeat(100)}`, "x".repeat(40_000)]);
    expect(rowsOf(written(long)).find(long[599]?.[0] as string)).toBe(long[599]?.[1]);
    expect(rowsOf(written([])).find("a")).toBeUndefined();
    expect(rowsOf(written([])).all().size).toBe(0);
  });

  it("are never served from a file with a changed byte, or one that was cut, wherever that is", () => {
    const rows = manyRows.slice(0, 400);
    const file = written(rows);
    const whole = readFileSync(file);
    let refused = 0;
    const places = Array.from({ length: 400 }, (_, index) => Math.floor((index * whole.length) / 400)).concat(Array.from({ length: 60 }, (_, index) => whole.length - 1 - index));
    for (const at of places) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      for (const damaged of [bytes, whole.subarray(0, at)]) {
        writeFileSync(file, damaged);
        const read = readSnapshot(nodeFileSystem, file);
        if (typeof read === "string") {
          refused += 1;
          continue;
        }
        expect(outcome(() => read.rows.all())).toBe("damage");
        for (const [name, value] of rows.filter((_, index) => index % 40 === 0)) expect(["damage", value]).toContainEqual(outcome(() => read.rows.find(name)));
      }
    }
    expect(refused).toBeGreaterThan(400);
    expect(refused).toBeLessThan(2 * places.length - 300);
  });

  it("that cannot be read any more are damaged", () => {
    const file = written(manyRows);
    const rows = rowsOf(file);
    writeFileSync(file, "");
    expect(outcome(() => rows.find("key/1"))).toBe("damage");
    expect(outcome(() => rows.all())).toBe("damage");
  });
});
