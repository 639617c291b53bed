import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDaybook } from "../../src/index.js";
import type { EventImportReport } from "../../src/index.js";
import { essence, ndjson } from "../replay/moving/books.js";
import { startProgram } from "../support/programs.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const reportOf = (lines: readonly string[]): EventImportReport & { readonly maxRss: number } => JSON.parse(lines.at(-1)?.replace("done ", "") ?? "") as EventImportReport & { readonly maxRss: number };

describe("an import", () => {
  it("that is killed half-way, time after time, ends with every event once and in order", { timeout: 120_000 }, async () => {
    await using from = await openDaybook(temporaryFolder(), { participantId: "from", durability: "os" });
    for (let batch = 0; batch < 150; batch += 1) {
      const events = Array.from({ length: 40 }, (_, index) => ({ stream: `batch/${batch % 20}`, type: "batch.written", data: { batch, index, text: "x".repeat(batch) } }));
      await from.log.append(events, batch % 3 === 0 ? { id: `batch ${batch}` } : {});
    }
    const lines = await ndjson(from);
    const file = join(temporaryFolder(), "events.ndjson");
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const root = temporaryFolder();
    let partly = 0;
    // Further each time: at once when so many events have been looked at.
    for (const looked of [1, 2500, 4500]) {
      const program = startProgram("import-events", [root, file]);
      await program.line((line) => Number(line) >= looked);
      program.child.kill("SIGKILL");
      const { signal } = await program.ended;
      expect(signal).toBe("SIGKILL");
      await using book = await openDaybook(root, { readOnly: true });
      const { seq } = await book.log.head();
      if (seq > 0 && seq < lines.length) partly += 1;
      const here = essence(await ndjson(book));
      expect(here).toEqual(essence(lines).slice(0, here.length));
    }
    expect(partly).toBeGreaterThan(0);
    const last = startProgram("import-events", [root, file]);
    expect((await last.ended).code).toBe(0);
    const report = reportOf(last.lines);
    expect(report).toMatchObject({ left: 0, refused: 0 });
    expect(report.events + report.already).toBe(lines.length);
    expect(report.already).toBeGreaterThan(0);
    await using book = await openDaybook(root);
    expect(essence(await ndjson(book))).toEqual(essence(lines));
    expect(await book.verify({ full: true })).toMatchObject({ ok: true });
    expect(await book.import(file)).toMatchObject({ events: 0, already: lines.length });
  });

  it("of two processes at once adds every event once", { timeout: 60_000 }, async () => {
    const root = temporaryFolder();
    const programs = [1, 2].map(() => startProgram("import-events", [root, 4000, 20]));
    for (const { ended } of programs) expect((await ended).code).toBe(0);
    const reports = programs.map(({ lines }) => reportOf(lines));
    expect(reports.map(({ events, already, refused }) => [events + already, refused])).toEqual([[4000, 0], [4000, 0]]);
    expect(reports.reduce((sum, { events }) => sum + events, 0)).toBe(4000);
    await using book = await openDaybook(root);
    const seen = (await ndjson(book, { types: ["sample.measured"] })).map(({ data }) => data["seq"]);
    expect(seen).toEqual(Array.from({ length: 4000 }, (_, index) => index + 1));
  });

  it("takes no more memory for a file that is four times as long", { timeout: 120_000 }, async () => {
    const sizes: number[] = [];
    for (const count of [2500, 10_000]) {
      const program = startProgram("import-events", [temporaryFolder(), count, 5000], { env: { NODE_OPTIONS: "--max-old-space-size=64 --max-semi-space-size=4" } });
      const { code, errors } = await program.ended;
      expect([code, errors]).toEqual([0, ""]);
      sizes.push(reportOf(program.lines).maxRss);
      expect(reportOf(program.lines).events).toBe(count);
    }
    // 12 MB and 50 MB of events.
    expect((sizes[1] as number) - (sizes[0] as number)).toBeLessThan(25 * 1024);
  });
});
