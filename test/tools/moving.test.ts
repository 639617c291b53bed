import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { ImportReport, RecordedEvent } from "../../src/index.js";
import { openDaybook } from "../../src/index.js";
import { finishedRun, originalText } from "../ledgers/moving/original-file.js";
import { daybook, jsonLines, recordOf, shell, temporaryFolder } from "./support.js";

/** A folder with a metadata.json of two runs. */
function withOriginal(): string {
  const cwd = temporaryFolder();
  fs.writeFileSync(path.join(cwd, "old.json"), originalText([["train", "mnist", "000", finishedRun(1)], ["train", "mnist", "001", finishedRun(2)]]));
  return cwd;
}

describe.concurrent("daybook import", () => {
  it("takes a file over, makes the root, and adds nothing the second time", async () => {
    const cwd = withOriginal();
    const first = await daybook(cwd, ["import", "old.json", "--time-zone", "+02:00"]);
    expect([first.code, first.stderr, first.stdout]).toEqual([0, "", "imported 2 runs, 0 grown, 0 already here; times without a zone read as +02:00\n"]);
    expect(await recordOf(cwd, "train/mnist/0000")).toMatchObject({ status: "DONE", history: [{ time: "2023-12-31T22:00:10.123Z" }, {}, {}] });
    const second = await daybook(cwd, ["--json", "import", "old.json", "--time-zone", "+02:00"]);
    expect([second.code, jsonLines<ImportReport>(second.stdout)]).toMatchObject([0, [{ runs: 0, already: 2, events: 0, skipped: [], dryRun: false }]]);
  });

  it("makes nothing in a dry run, and says what would be done", async () => {
    const cwd = withOriginal();
    const dry = await daybook(cwd, ["import", "old.json", "--dry-run"]);
    expect([dry.code, dry.stdout]).toEqual([0, "would import 2 runs, 0 grown, 0 already here\n"]);
    expect(fs.readdirSync(cwd)).toEqual(["old.json"]);
    await daybook(cwd, ["import", "old.json", "--time-zone", "UTC"]);
    const again = await daybook(cwd, ["import", "old.json", "--dry-run", "--time-zone", "UTC"]);
    expect([again.code, again.stdout]).toEqual([0, "would import 0 runs, 0 grown, 2 already here; times without a zone read as UTC\n"]);
  });

  it("lists what it could not take, takes the rest, and exits 1", async () => {
    const cwd = temporaryFolder();
    const runs = Array.from({ length: 30 }, (_, index) => ["train", "", String(index).padStart(3, "0"), { ...finishedRun(index), owner: "me" }] as const);
    fs.writeFileSync(path.join(cwd, "old.json"), originalText([...runs, ["train", "../up", "000", finishedRun(1)]]));
    const { code, stdout, stderr } = await daybook(cwd, ["import", "old.json"]);
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/^not taken +where +why\nfield +\$\.train\[""\]\["000"\]\.owner +is a field/);
    expect(stdout).toMatch(/\nand 11 more things; --json has them all\n\nimported 30 runs, /);
    const json = await daybook(cwd, ["--json", "import", "old.json"]);
    expect(json.code).toBe(1);
    expect(jsonLines<ImportReport>(json.stdout)[0]).toMatchObject({ runs: 0, already: 30 });
    expect(jsonLines<ImportReport>(json.stdout)[0]?.skipped.at(-1)).toMatchObject({ kind: "run", place: '$.train["../up"]' });
  });

  it("reads standard input", async () => {
    const cwd = withOriginal();
    expect(await shell(cwd, "cat old.json | $DAYBOOK import - --relpath before")).toMatchObject({ code: 0, stderr: "" });
    expect(await recordOf(cwd, "train/before/mnist/0001")).toMatchObject({ status: "DONE" });
    const broken = await shell(cwd, "echo 'no ledger' | $DAYBOOK import -");
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringMatching(/^daybook: standard input is no run ledger's metadata\.json: .*\(METADATA_UNREADABLE\)\n$/) as string });
  });

  it("of what is no such file ends with 1 and makes no root, of a bad zone with 2", async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, "broken.json"), '{"train": {');
    const ends = await Promise.all([["broken.json"], ["none.json"], ["none.json", "--dry-run"], ["broken.json", "--dry-run"], ["broken.json", "--time-zone", "Nowhere"]].map((args) => daybook(cwd, ["import", ...args])));
    expect(ends.map(({ code }) => code)).toEqual([1, 1, 1, 1, 2]);
    expect(ends[0]?.stderr).toMatch(/^daybook: broken\.json is no run ledger's metadata\.json: line 1, column 12: .*\(METADATA_UNREADABLE\)\n$/);
    expect(ends[1]?.stderr).toMatch(/ENOENT/);
    expect(ends[2]?.stderr).toMatch(/ENOENT/);
    expect(fs.readdirSync(cwd)).toEqual(["broken.json"]);
  });
});

describe.concurrent("daybook export", () => {
  it("writes the runs in the original's layout, to a file or to stdout, and they can be imported", async () => {
    const cwd = withOriginal();
    await daybook(cwd, ["import", "old.json"]);
    const printed = await daybook(cwd, ["export", "--format", "metadata"]);
    expect(printed).toMatchObject({ code: 0, stderr: "" });
    expect((await daybook(cwd, ["export", "--format", "metadata", "new.json"])).code).toBe(0);
    expect(fs.readFileSync(path.join(cwd, "new.json"), "utf8")).toBe(printed.stdout);
    expect(await shell(cwd, "$DAYBOOK export --format metadata - | $DAYBOOK --root other import - && $DAYBOOK --root other export --format metadata")).toMatchObject({ code: 0, stdout: expect.stringContaining(printed.stdout) as string });
    fs.writeFileSync(path.join(cwd, "theirs.json"), originalText([["eval", "", "000", finishedRun(1)]]));
    const refused = await daybook(cwd, ["export", "--format", "metadata", "theirs.json"]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("METADATA_FOREIGN") as string });
  });

  it("writes events as they are in the log, or as CloudEvents", async () => {
    const cwd = withOriginal();
    const report = jsonLines<ImportReport>((await daybook(cwd, ["--json", "import", "old.json", "--time-zone", "UTC"])).stdout)[0];
    const book = await openDaybook(path.join(cwd, "results"));
    await book.log.append({ stream: "sample/1", type: "sample.measured", data: { celsius: 21.5 } }, { id: "once" });
    const events: RecordedEvent[] = [];
    for await (const event of book.log.read()) events.push(event);
    await book.close();
    const { root } = JSON.parse(fs.readFileSync(path.join(cwd, "results/daybook.json"), "utf8")) as { root: string };
    const lines = events.map((event) => ({ ...event, root }));
    expect(jsonLines<RecordedEvent>((await daybook(cwd, ["export", "--format", "ndjson"])).stdout)).toEqual(lines);
    expect((await daybook(cwd, ["export", "--format", "ndjson", "out.ndjson"])).code).toBe(0);
    expect(jsonLines<RecordedEvent>(fs.readFileSync(path.join(cwd, "out.ndjson"), "utf8"))).toEqual(lines);
    const cloud = jsonLines<object>((await daybook(cwd, ["export", "--format", "cloudevents"])).stdout);
    expect(cloud).toHaveLength(events.length);
    expect(cloud[0]).toEqual({
      specversion: "1.0", id: "1", source: `urn:uuid:${root}`, type: "run.allocated", subject: "run/train/mnist/0000", time: "2024-01-01T00:00:10.123Z",
      datacontenttype: "application/json", recordedtime: events[0]?.time, sequence: "00000000000000000001", dataversion: 1, participant: events[0]?.by, causationid: report?.cause, data: events[0]?.data,
    });
    expect(cloud.at(-1)).toMatchObject({ type: "sample.measured", idempotencykey: "once", data: { celsius: 21.5 } });
    for (const one of cloud) for (const name of Object.keys(one)) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
  });

  it("leaves an earlier file where it cannot write, and nothing unfinished", async () => {
    const cwd = withOriginal();
    await daybook(cwd, ["import", "old.json"]);
    fs.mkdirSync(path.join(cwd, "folder"));
    expect((await daybook(cwd, ["export", "--format", "ndjson", "folder"])).code).toBe(1);
    expect((await daybook(cwd, ["export", "--format", "ndjson", "none/out"])).code).toBe(1);
    expect(fs.readdirSync(cwd).sort()).toEqual(["folder", "old.json", "results"]);
    expect((await daybook(cwd, ["export", "--format", "xml"])).code).toBe(2);
    expect((await daybook(cwd, ["export"])).code).toBe(2);
    expect((await shell(cwd, "$DAYBOOK export --format ndjson | head -1")).stderr).toBe("");
  });
});
