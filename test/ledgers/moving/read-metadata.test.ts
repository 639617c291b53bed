import { describe, expect, it } from "vitest";
import { readMetadata } from "../../../src/index.js";
import type { LegacyMetadata, LegacyRun } from "../../../src/index.js";
import { finishedRun, originalText } from "./original-file.js";
import type { OriginalRun } from "./original-file.js";

const read = (tree: unknown, timeZone = "UTC"): LegacyMetadata => readMetadata(tree as object, { timeZone });
const one = (record: unknown, timeZone = "UTC"): LegacyMetadata => read({ train: { "": { "000": record } } }, timeZone);
const timesOf = (times: readonly string[], timeZone: string): (string | undefined)[] => {
  const list = times.map((time) => [time, "running"]);
  return (one({ status: "running", timestamp_status_lst: list }, timeZone).runs[0] as LegacyRun).history.map(({ at }) => at);
};

describe("a metadata.json", () => {
  it("is read with statuses, hashes, files and times", () => {
    const text = originalText([
      ["train", "mnist/cnn", "000", { status: "done", param_hash: "abc", files: { model: "m.pt" }, timestamp_status_lst: [["2026-11-21T23:20:22.622367", "pending"], ["2026-11-21T23:20:23", "done"]] }],
      ["train", "", "007", { status: "error", param_hash: null, files: {}, timestamp_status_lst: [["2026-11-21T23:20:22.6+01:30", "error"]] }],
    ]);
    expect(readMetadata(text, { timeZone: "+01:00" })).toEqual({
      skipped: [],
      runs: [
        {
          identifier: "train", relpath: "mnist/cnn", uid: "0000", paramHash: "abc", files: { model: "m.pt" }, place: '$.train["mnist/cnn"]["000"]',
          history: [{ status: "PENDING", at: "2026-11-21T22:20:22.622Z" }, { status: "DONE", at: "2026-11-21T22:20:23.000Z" }],
        },
        { identifier: "train", relpath: "", uid: "0007", paramHash: undefined, files: {}, place: '$.train[""]["007"]', history: [{ status: "ERROR", at: "2026-11-21T21:50:22.600Z" }] },
      ],
    });
  });

  it("gives the runs of a scope by number, however wide their uids", () => {
    const uids = ["999", "1000", "000", "0500", "100"];
    const { runs } = readMetadata(originalText(uids.map((uid) => ["train", "", uid, finishedRun(1)])));
    expect(runs.map(({ uid }) => uid)).toEqual(["0000", "0100", "0500", "0999", "1000"]);
  });

  it("keeps all digits of a hash that Python's hash() gave, and makes a text of a number", () => {
    const text = originalText([["train", "", "000", finishedRun(1)], ["train", "", "001", { status: "pending", param_hash: 12345 }]]);
    const { runs } = readMetadata(text.replace(/"param_hash": "[^"]*"/, '"param_hash": -8839064797231613815'));
    expect(runs.map(({ paramHash }) => paramHash)).toEqual(["-8839064797231613815", "12345"]);
    expect(one({ status: "pending", param_hash: 2 ** 60 }).skipped).toMatchObject([{ kind: "field", place: '$.train[""]["000"].param_hash', why: expect.stringContaining("lost digits") as string }, { kind: "status" }]);
  });

  it("reads a naive time by the clocks of its zone: shown twice, the first, unless that would go back", () => {
    expect(timesOf(["2024-10-27T02:30:00"], "Europe/Berlin")).toEqual(["2024-10-27T00:30:00.000Z"]);
    expect(timesOf(["2024-10-27T02:50:00", "2024-10-27T02:10:00", "2024-10-27T03:00:00"], "Europe/Berlin")).toEqual(["2024-10-27T00:50:00.000Z", "2024-10-27T01:10:00.000Z", "2024-10-27T02:00:00.000Z"]);
    expect(timesOf(["2024-11-03T01:30:00", "2024-07-01T12:00:00"], "America/New_York")).toEqual(["2024-11-03T05:30:00.000Z", "2024-07-01T16:00:00.000Z"]);
  });

  it("reads a time that the clocks skipped with the offset from before", () => {
    expect(timesOf(["2024-03-31T02:30:00", "2024-03-31T03:30:00"], "Europe/Berlin")).toEqual(["2024-03-31T01:30:00.000Z", "2024-03-31T01:30:00.000Z"]);
  });

  it.each(["Mars/Olympus", "", "+25:00", 5])("refuses the time zone %j", (timeZone) => {
    expect(() => readMetadata("{}", { timeZone: timeZone as string })).toThrow(expect.objectContaining({ code: "INVALID_OPTION", field: "timeZone" }));
  });

  it("is empty where there is nothing in it", () => {
    expect(read({})).toEqual({ runs: [], skipped: [] });
    expect(read({ train: { "": {} } })).toEqual({ runs: [], skipped: [] });
  });
});

describe("what cannot be taken", () => {
  const sound: OriginalRun = { status: "done", param_hash: null, files: {}, timestamp_status_lst: [["2024-01-01T00:00:00", "done"]] };

  it.each<[string, unknown, object]>([
    ["an identifier outside the alphabet", { "a/b": { "": { "000": sound } } }, { kind: "run", place: '$["a/b"]', why: /Invalid identifier/ }],
    ["a relpath that leaves the root", { train: { "../up": { "000": sound } } }, { kind: "run", place: '$.train["../up"]', why: /Invalid relpath/ }],
    ["an absolute relpath", { train: { "/abs": { "000": sound } } }, { kind: "run", place: '$.train["/abs"]', why: /absolute/ }],
    ["a uid that is no number", { train: { "": { best: sound, "000": sound } } }, { kind: "run", place: '$.train[""].best', why: /no number/ }],
    ["a second run of one uid", { train: { "": { "007": sound, "0007": { ...sound, param_hash: "x" } } } }, { kind: "run", place: '$.train[""]["0007"]', why: /comes to the uid 0007, as \$\.train\[""\]\["007"\] does/ }],
    ["an unknown status", { train: { "": { "000": { ...sound, status: "bogus" } } } }, { kind: "run", place: '$.train[""]["000"]', why: /"bogus"/ }],
    ["an unknown field", { train: { "": { "000": { ...sound, owner: "me" } } } }, { kind: "field", place: '$.train[""]["000"].owner', why: /layout/ }],
    ["a bad hash", { train: { "": { "000": { ...sound, param_hash: ["x"] } } } }, { kind: "field", place: '$.train[""]["000"].param_hash', why: /no hash/ }],
    ["a file that is no path", { train: { "": { "000": { ...sound, files: { a: 5, b: "b" } } } } }, { kind: "file", place: '$.train[""]["000"].files.a', why: /no path/ }],
    ["files that are no object", { train: { "": { "000": { ...sound, files: [] } } } }, { kind: "file", place: '$.train[""]["000"].files', why: /no object/ }],
    ["a bad time", { train: { "": { "000": { ...sound, timestamp_status_lst: [["2024-02-30T00:00:00", "running"], ...(sound.timestamp_status_lst ?? [])] } } } }, { kind: "status", place: '$.train[""]["000"].timestamp_status_lst[0]', why: /2024-02-30/ }],
    ["a record that is none", { train: { "": { "000": sound, "001": 7 } } }, { kind: "run", place: '$.train[""]["001"]', why: /not a record/ }],
  ])("is told with its place: %s", (_what, tree, expected) => {
    const why = (expected as { why: RegExp }).why;
    const { skipped } = read(tree);
    expect(skipped).toEqual([{ ...expected, why: expect.stringMatching(why) as string }]);
  });

  it("leaves the rest of the run and of the file as it is", () => {
    const { runs } = read({ train: { "": { best: sound, "001": { ...sound, files: { a: 5, b: "b" }, owner: 1 } } } });
    expect(runs).toMatchObject([{ uid: "0001", files: { b: "b" }, history: [{ status: "DONE", at: "2024-01-01T00:00:00.000Z" }] }]);
  });

  it("is the moment of a status that the history does not have: the status itself is taken", () => {
    const { runs, skipped } = read({ train: { "": { "000": { status: "pending" }, "001": { ...sound, status: "error" } } } });
    expect(runs.map(({ history }) => history)).toEqual([[{ status: "PENDING" }], [{ status: "DONE", at: "2024-01-01T00:00:00.000Z" }, { status: "ERROR" }]]);
    expect(skipped).toMatchObject([{ kind: "status", place: '$.train[""]["000"].status' }, { kind: "status", place: '$.train[""]["001"].status' }]);
  });

  it.each<[string, string | object, object]>([
    ["nothing", "", { where: "line 1, column 1" }],
    ["a file that was cut off", '{\n  "train": {\n    "": {"000": {"status": "do', { where: "line 3, column 28" }],
    ["a comma too many", '{"train": {"": {},}}', { where: "line 1, column 19" }],
    ["text behind the end", '{}\n{}', { where: "line 2, column 1" }],
    ["a control character in a text", '{"a\u0001": 1}', { where: "line 1, column 2" }],
    ["a list", "[]", { where: "$" }],
    ["another file's JSON", { name: "x", version: "1.0.0" }, { where: "$.name" }],
    ["a list inside", { train: [1, 2] }, { where: "$.train" }],
  ])("is all of %s", (_what, source, expected) => {
    expect(() => readMetadata(source)).toThrow(expect.objectContaining({ code: "METADATA_UNREADABLE", ...expected }));
  });
});
