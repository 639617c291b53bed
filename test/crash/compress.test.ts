import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { readLog } from "../format/independent-reader.js";
import { runProgram, startProgram } from "../support/programs.js";
import { copyOf, readAll } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

interface Point {
  readonly kind: string;
  readonly ordinal: number;
  readonly phase: "before" | "partly" | "after";
}

/** Two sealed segments, and the active one. */
async function writeLog(root: string): Promise<void> {
  await using book = await openDaybook(root, { participantId: "w", segmentBytes: 4096 });
  for (let number = 0; (await book.verify()).segments < 3; number += 1) await book.log.append({ stream: `note/${number % 3}`, type: "note.taken", data: { number, text: "grün 🌱".repeat(20) } });
}

/** Before and behind every call of every kind, and in the middle of every write. */
async function pointsOf(root: string, what: string): Promise<Point[]> {
  const counts = JSON.parse((await runProgram("compress-log", [root, what, "count"])).at(-1) ?? "") as Record<string, number>;
  return Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => index + 1).flatMap((ordinal) =>
      (["before", "partly", "after"] as const).filter((phase) => phase !== "partly" || kind.startsWith("write ")).map((phase) => ({ kind, ordinal, phase })),
    ),
  );
}

const namesIn = (root: string): string[] => readdirSync(join(root, "log")).filter((name) => /^\d/.test(name)).sort();
const headOf = async (root: string): Promise<string> => {
  await using book = await openDaybook(root, { readOnly: true });
  return JSON.stringify(await book.log.head());
};

describe.each(["gzip", "brotli", "undo"] as const)("a process that is killed at any step of %s", (what) => {
  it("leaves a log that opens, verifies, is gone on with, and can be compressed to the end", { timeout: 120_000 }, async () => {
    const root = temporaryFolder();
    await writeLog(root);
    const [events, head] = [await readAll(root), await headOf(root)];
    if (what === "undo") await runProgram("compress-log", [root, "gzip", "count"]);
    const digests = (of: string): string[] => namesIn(of).map((name) => createHash("sha256").update(readFileSync(join(of, "log", name))).digest("hex"));
    const [whole, before] = [copyOf(root), digests(root)];
    const points = await pointsOf(whole, what);
    expect(new Set(points.map(({ kind }) => kind.split(" ")[0]))).toEqual(new Set(["create", "write", "sync", "rename", "unlink"]));
    const finished = namesIn(whole);
    // Of brotli only what differs: how its file is written. Of decompressing one segment of the two.
    const half = (kind: string): number => points.filter((one) => one.kind === kind && one.phase === "before").length / 2;
    const tried = what === "gzip" ? points : points.filter(({ kind, ordinal }) => (what === "undo" || kind.startsWith("write")) && ordinal > half(kind));
    const left = new Set<string>();
    const tryPoint = async (point: Point): Promise<void> => {
      const copy = copyOf(root);
      const program = startProgram("compress-log", [copy, what, JSON.stringify({ ...point, part: 0.5 })]);
      expect([point, (await program.ended).signal, program.lines.at(-1)]).toEqual([point, "SIGKILL", "kill"]);
      left.add(namesIn(copy).map((name) => name.slice(18)).join(" "));
      const { events: read, damage, torn, sealed } = readLog(copy);
      expect({ point, damage, torn, faults: sealed.faults }).toEqual({ point, damage: undefined, torn: undefined, faults: [] });
      expect(read).toEqual(events);
      expect(await headOf(copy)).toBe(head);
      {
        await using book = await openDaybook(copy, { participantId: "after" });
        expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: events.length });
        expect(await book.log.append({ stream: "note/1", type: "note.taken", data: {} })).toMatchObject({ firstSeq: events.length + 1 });
        if (what === "undo") await book.decompress();
        else await book.compress({ codec: what, keep: 0 });
        expect(await book.verify({ full: true })).toMatchObject({ ok: true, events: events.length + 1 });
      }
      expect(namesIn(copy)).toEqual(finished);
    };
    const queue = [...tried];
    const lane = async (): Promise<void> => {
      for (let point = queue.shift(); point !== undefined; point = queue.shift()) await tryPoint(point);
    };
    await Promise.all([lane(), lane(), lane()]);
    expect(left.size).toBeGreaterThan(what === "gzip" ? 4 : 0);
    // The root that all were copies of is still as it was.
    expect(digests(root)).toEqual(before);
  });
});
