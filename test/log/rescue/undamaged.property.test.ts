import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backupLog, defineProjection, openDaybook, repairLog } from "../../../src/index.js";
import type { Head, Json, RecordedEvent } from "../../../src/index.js";
import "../../support/fast-check-seed.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { contentOf } from "./original.js";

const none: Record<string, number> = {};
const tally = defineProjection({
  name: "tally",
  version: 1,
  initialState: none,
  evolve: (state, { stream }) => ({ ...state, [stream]: (state[stream] ?? 0) + 1 }),
});

interface Seen {
  readonly head: Head;
  readonly views: readonly Json[];
  readonly events: readonly RecordedEvent[];
}

async function seen(root: string): Promise<Seen> {
  const book = await openDaybook(root, { readOnly: true });
  try {
    book.registerProjection(tally);
    const events: RecordedEvent[] = [];
    for await (const event of book.log.read()) events.push(event);
    return { head: await book.log.head(), views: [await book.view("runs"), await book.view("tally")], events };
  } finally {
    await book.close();
  }
}

function logOf(root: string): Record<string, string> {
  const { lock: _lock, ...log } = contentOf(join(root, "log"));
  return log;
}

/** Appends of several events each, of some streams; and now and then a run. */
const appends = fc.array(fc.record({ stream: fc.nat({ max: 3 }), events: fc.integer({ min: 1, max: 6 }), text: fc.string({ unit: "grapheme", maxLength: 120 }), run: fc.boolean() }), { minLength: 1, maxLength: 30 });

describe("whatever undamaged log", () => {
  it("has the same events, views and head after a repair, after a backup, and after a backup in two steps", async () => {
    await fc.assert(
      fc.asyncProperty(appends, fc.nat(), fc.constantFrom("fsync" as const, "os" as const), async (list, cut, durability) => {
        const folder = temporaryFolder();
        const [root, inSteps] = [join(folder, "root"), join(folder, "steps")];
        const book = await openDaybook(root, { segmentBytes: 4096, durability });
        for (const [index, { stream, events, text, run }] of list.entries()) {
          await book.log.append(Array.from({ length: events }, (_, number) => ({ stream: `sample/${stream}`, type: "sample.measured", data: { number, text } })));
          if (run) await book.runs.allocate("train", { params: { text } });
          if (index === cut % list.length) await book.backup(inSteps);
        }
        await book.close();
        const expected = await seen(root);
        const { "manifest.ndjson": sealed = "", ...log } = logOf(root);
        await backupLog(root, inSteps);
        await backupLog(root, join(folder, "copy"));
        const report = await repairLog(root, join(folder, "repaired"));
        expect([report.lost, report.rewritten, report.quarantined, report.notes]).toEqual([[], [], [], []]);
        for (const name of ["steps", "copy", "repaired"]) {
          expect(await seen(join(folder, name)), name).toEqual(expected);
          const { "manifest.ndjson": manifest = "", ...copied } = logOf(join(folder, name));
          expect(copied, name).toEqual(log);
          // The last to close a segment may not have sealed it; a repair does.
          expect(name === "repaired" ? manifest.slice(0, sealed.length) : manifest, name).toBe(sealed);
        }
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 8 },
    );
  });
});
