import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { EventImportReport, ExportedEvent } from "../../src/index.js";
import { openDaybook } from "../../src/index.js";
import { daybook, ended, jsonLines, recordOf, shell, start, temporaryFolder } from "./support.js";

/** A folder with a daybook of two runs and some events of its own, 8 in all, in `there`. */
async function withEvents(): Promise<string> {
  const cwd = temporaryFolder();
  const book = await openDaybook(path.join(cwd, "there"), { participantId: "there" });
  for (let number = 1; number <= 2; number += 1) {
    const uid = await book.runs.allocate("train", { params: { number } });
    await book.runs.log("train", uid, { metrics: { loss: 1 / number }, status: "DONE" });
    await book.log.append({ stream: "sample/1", type: "sample.measured", data: { celsius: number } });
  }
  await book.close();
  return cwd;
}

const exported = async (cwd: string, args: readonly string[]): Promise<ExportedEvent[]> => jsonLines<ExportedEvent>((await daybook(cwd, ["export", "--format", "ndjson", ...args])).stdout);

describe.concurrent("daybook import of events", () => {
  it.each(["ndjson", "cloudevents"])("takes what export wrote as %s, from a file or a pipe, makes the root, and adds nothing the second time", async (format) => {
    const cwd = await withEvents();
    expect((await daybook(cwd, ["--root", "there", "export", "--format", format, "out"])).code).toBe(0);
    const first = await daybook(cwd, ["import", "out"]);
    expect([first.code, first.stderr, first.stdout]).toEqual([0, "", "imported 8 events, 0 already here\n"]);
    expect(await recordOf(cwd, "train/0002")).toMatchObject({ status: "DONE", metrics: { loss: 0.5 }, params: { number: 2 } });
    const second = await shell(cwd, `$DAYBOOK --root there export --format ${format} | $DAYBOOK --json import -`);
    expect([second.code, jsonLines<EventImportReport>(second.stdout)]).toEqual([0, [{ events: 0, already: 8, left: 0, refused: 0, skipped: [] }]]);
    expect((await daybook(cwd, ["rebuild-projections", "--check"])).code).toBe(0);
    expect((await daybook(cwd, ["verify", "--full"])).code).toBe(0);
  });

  it("lists what it did not take, takes the rest, and exits 1", async () => {
    const cwd = await withEvents();
    const here = await openDaybook(path.join(cwd, "results"));
    await here.runs.allocate("train");
    await here.close();
    const { code, stdout, stderr } = await shell(cwd, "$DAYBOOK --root there export --format ndjson | $DAYBOOK import -");
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/^not taken +line +events +stream +why\nconflict +1 +3 +run\/train\/0001 +its stream/);
    expect(stdout).toMatch(/\n\nimported 5 events, 0 already here, 3 not taken\n$/);
  });

  it("cannot steer a terminal, and names line and field of what is wrong", async () => {
    const cwd = await withEvents();
    const [line] = await exported(cwd, ["--root", "there"]);
    fs.writeFileSync(path.join(cwd, "bad.ndjson"), `${JSON.stringify({ ...line, stream: "sample/\u001b[2J" })}\n${JSON.stringify({ ...line, time: "now" })}\n`);
    const { code, stdout } = await daybook(cwd, ["import", "bad.ndjson"]);
    expect(code).toBe(1);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("sample/\\u001b[2J");
    expect(stdout).toContain("time: must be a time such as");
  });

  it("of a file that breaks off ends with 1, says where, and keeps what came before", async () => {
    const cwd = await withEvents();
    await daybook(cwd, ["--root", "there", "export", "--format", "ndjson", "out"]);
    const text = fs.readFileSync(path.join(cwd, "out"), "utf8");
    fs.writeFileSync(path.join(cwd, "cut"), text.slice(0, -20));
    const cut = await daybook(cwd, ["import", "cut"]);
    expect(cut).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^daybook: cut, line 8: it is not JSON: .*\(IMPORT_UNREADABLE\)\n$/) as string });
    expect((await daybook(cwd, ["import", "out"])).stdout).toBe("imported 1 event, 7 already here\n");
  });

  it("takes segment files and `log --json` too, and refuses options that are for runs", async () => {
    const cwd = await withEvents();
    expect((await shell(cwd, "cat there/log/0*.ndjson | $DAYBOOK --root a import -")).stdout).toBe("imported 8 events, 0 already here\n");
    const { root } = JSON.parse(fs.readFileSync(path.join(cwd, "there/daybook.json"), "utf8")) as { root: string };
    expect((await shell(cwd, `$DAYBOOK --root there --json log | $DAYBOOK --root a import - --source ${root}`)).stdout).toBe("imported 0 events, 8 already here\n");
    await daybook(cwd, ["--root", "there", "export", "--format", "ndjson", "out"]);
    for (const [args, message] of [
      [["out", "--dry-run"], /--dry-run is for a metadata\.json, and out holds events/],
      [["out", "--time-zone", "UTC"], /--time-zone is for a metadata\.json/],
      [["out", "--format", "xml"], /must be one of metadata, ndjson, cloudevents/],
      [["out", "--format", "metadata", "--source", "x"], /--source is for events/],
    ] as const) {
      expect(await daybook(cwd, ["--root", "b", "import", ...args])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(message) as string });
    }
    expect(fs.readdirSync(cwd).sort()).toEqual(["a", "out", "there"]);
    expect((await daybook(cwd, ["--root", "c", "import", "out", "--format", "cloudevents"])).code).toBe(1);
  });
});

describe.concurrent("daybook export of events", () => {
  it("gives a range by seq and time, types and a stream", async () => {
    const cwd = await withEvents();
    const seqs = async (...args: string[]): Promise<number[]> => (await exported(cwd, ["--root", "there", ...args])).map(({ seq }) => seq);
    expect(await seqs("--from", "3", "--to", "5")).toEqual([3, 4, 5]);
    expect(await seqs("--from", "1h", "--types", "run.allocated, sample.measured")).toEqual([1, 4, 5, 8]);
    expect(await seqs("--stream", "run/train/0002")).toEqual([5, 6, 7]);
    expect(await seqs("--to", "2020-01-01")).toEqual([]);
    for (const [args, code, message] of [
      [["--from", "9"], 1, /MOMENT_AHEAD/],
      [["--from", "soon"], 2, /--from soon: write a seq, head, a time/],
      [["--stream", "a//b"], 2, /INVALID_ID/],
    ] as const) {
      expect(await daybook(cwd, ["--root", "there", "export", "--format", "ndjson", ...args])).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(message) as string });
    }
    expect(await daybook(cwd, ["--root", "there", "export", "--format", "ndjson", "no/folder"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^daybook: no\/folder cannot be written: .*\(WRITE_FAILED\)\n$/) as string });
    expect(await daybook(cwd, ["--root", "there", "export", "--format", "metadata", "--from", "1"])).toMatchObject({ code: 2, stderr: expect.stringMatching(/--from is for events/) as string });
  });

  it("shows a bar on a terminal, and none elsewhere", async () => {
    const cwd = await withEvents();
    await daybook(cwd, ["--root", "there", "export", "--format", "ndjson", "out"]);
    // The terminal is one that `script` makes; only stderr has to be it.
    const onTerminal = await shell(cwd, `script -qec "$DAYBOOK --root a import out" /dev/null`, { TERM: "xterm" });
    expect(onTerminal.stdout).toMatch(/Importing \[.*100% \| [\d.]+ KiB of [\d.]+ KiB/);
    const exporting = await shell(cwd, `script -qec "$DAYBOOK --root there export --format ndjson out" /dev/null`, { TERM: "xterm" });
    expect(exporting.stdout).toMatch(/Exporting \[.*100% \| 8 of 8 events/);
  });

  it("says in a line what cannot be written", async () => {
    const cwd = await withEvents();
    expect(await daybook(cwd, ["--root", "there", "export", "--format", "ndjson", "missing/out"])).toMatchObject({
      code: 1, stdout: "", stderr: expect.stringMatching(/^daybook: missing\/out cannot be written: ENOENT.*\(WRITE_FAILED\)\n$/) as string,
    });
    // Where every write says that the disk is full.
    if (fs.existsSync("/dev/full")) {
      const full = await shell(cwd, "$DAYBOOK --root there log > /dev/full");
      expect([full.code, full.stderr]).toEqual([1, expect.stringMatching(/^daybook: what was to be printed could not be written: .*ENOSPC.*\(WRITE_FAILED\)\n$/)]);
      // A run goes on: what it says is kept in its folder.
      expect((await shell(cwd, "$DAYBOOK run job -- sh -c 'echo one; sleep 0.3; echo two' > /dev/full")).code).toBe(0);
      expect(fs.readFileSync(path.join(cwd, "results/runs/job/0001/attempt-1.stdout.log"), "utf8")).toBe("one\ntwo\n");
    }
  });

  it("leaves nothing unfinished behind when Ctrl-C ends it", async () => {
    const cwd = temporaryFolder();
    const book = await openDaybook(path.join(cwd, "results"), { durability: "os" });
    for (let batch = 0; batch < 40; batch += 1) await book.log.append(Array.from({ length: 1000 }, () => ({ stream: "note/1", type: "note.taken", data: { text: "x".repeat(300) } })));
    await book.close();
    const exporting = start(cwd, ["export", "--format", "ndjson", "out"]);
    const end = ended(exporting);
    await vi.waitUntil(() => fs.existsSync(path.join(cwd, "out.new")), { interval: 2, timeout: 20_000 });
    exporting.kill("SIGINT");
    expect((await end).code).toBe(130);
    expect(fs.readdirSync(cwd)).toEqual(["results"]);
  });
});
