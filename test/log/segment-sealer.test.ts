/** When sealed segments get their indices, and who waits for that. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { Daybook } from "../../src/index.js";
import { nodeFileSystem } from "../../src/log/file-system.js";
import { requireRoot } from "../../src/log/root.js";
import { placeOf } from "../../src/log/sealed-segments.js";
import { SegmentSealer } from "../../src/log/segment-sealer.js";
import type { IndexPace } from "../../src/log/segment-sealer.js";
import { segmentFiles, writeSmallLog } from "../support/small-log.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const indices = (root: string): string[] => (existsSync(join(root, "index")) ? readdirSync(join(root, "index")).filter((name) => name.endsWith(".index.ndjson")) : []);

/** A log of a few closed segments, none of which is sealed. */
async function unsealedLog(): Promise<string> {
  const root = temporaryFolder();
  await writeSmallLog(root, 60, 4096);
  rmSync(join(root, "index"), { recursive: true, force: true });
  rmSync(join(root, "log", "manifest.ndjson"), { force: true });
  return root;
}

/** Of a log that grows each time that one looks. */
function busySealer(root: string, pace: IndexPace): SegmentSealer {
  const info = requireRoot(nodeFileSystem, root);
  let head = 0;
  const exclusively = (run: () => void): Promise<void> => Promise.resolve().then(run);
  return new SegmentSealer({ root, info, place: placeOf(nodeFileSystem, root, info), signer: undefined, exclusively, head: () => (head += 1) }, pace);
}

/** Somebody appends all the time, never as long as a writer counts as quiet between two appends. */
function appendAllTheTime(book: Daybook): () => Promise<void> {
  let stopped = false;
  const appending = (async () => {
    for (let number = 0; !stopped; number += 1) {
      await book.log.append({ stream: `note/${number % 5}`, type: "note.taken", data: { number, text: "x".repeat(300) } }, { durability: "os" });
      await pause(2);
    }
  })();
  return async () => {
    stopped = true;
    await appending;
  };
}

describe("indices of sealed segments", () => {
  const never = { quietMs: 1, longestMs: Infinity, most: Infinity };

  it("wait while their writer is at work, and closing makes them", async () => {
    const root = await unsealedLog();
    const sealer = busySealer(root, never);
    sealer.start();
    await vi.waitFor(() => expect(readFileSync(join(root, "log", "manifest.ndjson"), "utf8").split("\n")).toHaveLength(segmentFiles(root).length));
    expect(indices(root)).toEqual([]);
    await sealer.close();
    expect(indices(root)).toHaveLength(segmentFiles(root).length - 1);
  });

  it.each([
    ["for so long", { ...never, longestMs: 20 }],
    ["if they are so many", { ...never, most: 2 }],
  ])("wait %s only, however busy their writer is", async (_, pace) => {
    const root = await unsealedLog();
    const sealer = busySealer(root, pace);
    sealer.start();
    await vi.waitFor(() => expect(indices(root)).toHaveLength(segmentFiles(root).length - 1), { timeout: 5000 });
    await sealer.close();
  });

  it("wait no longer once one of them is missed", async () => {
    const root = await unsealedLog();
    const sealer = busySealer(root, never);
    await sealer.seal();
    sealer.start();
    const { first } = JSON.parse(readFileSync(join(root, "log", "manifest.ndjson"), "utf8").split("\n")[0] as string) as { readonly first: number };
    sealer.wants({ first } as never);
    await vi.waitFor(() => expect(indices(root)).toHaveLength(segmentFiles(root).length - 1), { timeout: 5000 });
    await sealer.close();
  });

  it("are made of what could be sealed where a later segment cannot, also by closing", async () => {
    for (const closing of [false, true]) {
      const root = await unsealedLog();
      const damaged = segmentFiles(root)[2] as string;
      const bytes = readFileSync(join(root, "log", damaged));
      bytes[1000] = (bytes[1000] as number) ^ 1;
      writeFileSync(join(root, "log", damaged), bytes);
      const sealer = busySealer(root, closing ? never : { ...never, longestMs: 0 });
      await expect(sealer.seal()).rejects.toMatchObject({ code: "LOG_CORRUPT" });
      if (!closing) {
        sealer.start();
        await vi.waitFor(() => expect(indices(root)).toHaveLength(2));
      }
      await sealer.close();
      expect(indices(root)).toHaveLength(2);
    }
  });

  it("keep nobody waiting who compresses or rebuilds while the same process appends all the time", async () => {
    const book = await openDaybook(temporaryFolder(), { segmentBytes: 16 * 1024 });
    const stop = appendAllTheTime(book);
    onTestFinished(async () => {
      await stop();
      await book.close();
    });
    for (let number = 0; number < 200; number += 1) await book.log.append({ stream: "note/6", type: "note.taken", data: { number, text: "x".repeat(300) } }, { durability: "os" });
    const { segments } = await book.compress();
    expect(segments.length).toBeGreaterThan(1);
    expect(await book.rebuild()).toMatchObject({ ok: true });
  });
});
