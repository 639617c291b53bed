/** Sealing, and writing an index, is interrupted at every step: the log opens and verifies, and everything is found. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { copyOf, writeSmallLog } from "../support/small-log.js";
import { startProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const index = (root: string): string[] => (existsSync(join(root, "index")) ? readdirSync(join(root, "index")) : []);

it("leaves a log that opens, verifies and finds everything when it is killed at any of its calls", { timeout: 120_000 }, async () => {
  const original = temporaryFolder();
  await writeSmallLog(original, 20, 4096);
  // Sealed nothing yet, as after a crash.
  rmSync(join(original, "index"), { recursive: true, force: true });
  rmSync(join(original, "log", "manifest.ndjson"), { force: true });
  const seen = new Set<string>();
  const tryPoint = async (at: number): Promise<boolean> => {
    const root = copyOf(original);
    const program = startProgram("die-indexing", [root, at]);
    const { code, signal } = await program.ended;
    const last = program.lines.at(-1) as string;
    if (last === "ended") {
      expect([code, at]).toEqual([0, expect.any(Number)]);
      return false;
    }
    expect(signal).toBe("SIGKILL");
    seen.add(last);
    for (const readOnly of [true, false]) {
      const book = await openDaybook(root, { readOnly });
      expect((await book.verify({ full: true })).faults).toEqual([]);
      const found: number[] = [];
      for await (const { seq } of book.log.read({ stream: "note" })) found.push(seq);
      expect(found).toEqual(Array.from({ length: 39 }, (_, seq) => seq + 1));
      const one: number[] = [];
      for await (const { seq } of book.log.read({ stream: "note/4" })) one.push(seq);
      expect(one).toEqual([8, 9]);
      await book.close();
    }
    return true;
  };
  let next = 1;
  const lane = async (): Promise<void> => {
    while (await tryPoint(next++));
  };
  await Promise.all([lane(), lane(), lane()]);
  const steps = (kind: string, names: readonly string[]): string[] => names.map((name) => `${kind} ${name}`);
  expect([...seen]).toEqual(expect.arrayContaining([...steps("manifest", ["open", "write", "sync", "close"]), ...steps("index", ["mkdir", "open", "write", "close", "rename"])]));
  expect(index(original)).toEqual([]);
});
