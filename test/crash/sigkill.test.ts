import { expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import { startProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";

interface Batch {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly number: number;
}

const kills = Number(process.env["DAYBOOK_KILLS"] ?? 200);

it(`keeps every acknowledged event once and in order when a writer is killed ${kills} times in a row`, { timeout: 600_000 }, async () => {
  const root = temporaryFolder();
  const acknowledged: Batch[] = [];
  for (let round = 0; round < kills; round += 1) {
    const writer = startProgram("append-for-ever", [root, round * 100_000, round % 10 === 9 ? "os" : "fsync", 65_536]);
    await writer.line((line) => line === "open");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    writer.child.kill("SIGKILL");
    expect((await writer.ended).signal).toBe("SIGKILL");
    for (const line of writer.lines.slice(1)) {
      const [firstSeq = 0, lastSeq = 0, number = 0] = line.split(" ").map(Number);
      acknowledged.push({ firstSeq, lastSeq, number });
    }
  }
  expect(acknowledged.length).toBeGreaterThan(kills);
  await checkLog(root, acknowledged);
});

/** Holds the log against what was acknowledged: all of it there once and in order, and of every batch all or nothing. */
async function checkLog(root: string, acknowledged: readonly Batch[]): Promise<void> {
  const book = await openDaybook(root);
  expect(await book.verify({ full: true })).toMatchObject({ ok: true, faults: [] });
  const bySeq = new Map(acknowledged.map((batch) => [batch.firstSeq, batch]));
  const seen = new Map<number, number[]>();
  let seq = 0;
  let found = 0;
  for await (const event of book.log.read()) {
    seq += 1;
    expect(event.seq).toBe(seq);
    if (event.type !== "batch.written") continue;
    const number = event.data["number"] as number;
    seen.set(number, [...(seen.get(number) ?? []), event.data["index"] as number]);
    const batch = bySeq.get(seq);
    if (batch !== undefined && batch.number === number && event.data["index"] === 0) found += 1;
  }
  expect(found).toBe(acknowledged.length);
  for (const [number, indexes] of seen) expect(indexes).toEqual(Array.from({ length: 1 + (number % 5) }, (_, index) => index));
  await book.close();
}
