import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { DaybookError, preview } from "../../../src/base/errors.js";
import { openDaybookOn } from "../../../src/open-daybook.js";
import { trailerLine } from "../../../src/log/blocks/block-format.js";
import { snapshotFormat } from "../../../src/projections/snapshot-format.js";
import { xxh3 } from "../../format/independent-files.js";
import { craftLog, eventLine } from "../../format/crafted-log.js";
import type { CraftedSegment } from "../../format/crafted-log.js";
import type { Findings } from "../data/findings.js";
import { unsyncedFiles } from "../data/unsynced.js";

const rootId = "3f0c2a9e-5b7d-4c18-9e64-0a1b2c3d4e5f";
const deep = (depth: number): string => `${'{"a":['.repeat(depth)}1${"]}".repeat(depth)}`;

/** JSON text of any value; also some that only look like it. */
const jsonText = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constantFrom("", "{", "null", "[]", "1e999", '"\\ud800"', '{"toString":1}', '{"__proto__":{"polluted":true}}', deep(200), "9007199254740993", "-1", "0", "1", "2", "1.5", '"1"', '["tiles"]'),
);
const fields = (...names: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.tuple(fc.constantFrom(...names), jsonText), { maxLength: names.length }).map((pairs) => `{${pairs.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`);
const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }).map((list) => Buffer.from(list)), jsonText.map((text) => Buffer.from(`${text}\n`)));

const commits: CraftedSegment["commits"] = [{ lines: [eventLine(1)], sync: 0 }, { lines: [eventLine(2), eventLine(3)], sync: 1 }];
const sound = (root: string): void => craftLog(root, [{ first: 1, commits }, { first: 4, commits: [{ lines: [eventLine(4)], sync: 3 }] }]);

/** Something to be found in a root. */
interface Plant {
  readonly name: string;
  readonly content: fc.Arbitrary<string | Buffer>;
  put(root: string, content: string | Buffer): void;
}

const file =
  (...path: readonly string[]) =>
  (root: string, content: string | Buffer): void => {
    sound(root);
    mkdirSync(join(root, ...path.slice(0, -1)), { recursive: true });
    writeFileSync(join(root, ...path), content);
  };

/** A line of its own in the middle of a commit whose hash is right. */
function plantLine(root: string, line: string | Buffer): void {
  craftLog(root, [{ first: 1, commits: [{ lines: [eventLine(1)], sync: 0 }, { lines: [eventLine(2), line.toString(), eventLine(4)], sync: 1 }] }, { first: 5, commits: [{ lines: [eventLine(5)], sync: 4 }] }]);
}

function plantHeader(root: string, content: string | Buffer): void {
  let header: unknown;
  try {
    header = JSON.parse(content.toString());
  } catch {
    header = { on: content.toString() };
  }
  craftLog(root, [{ first: 1, commits }, { first: 4, header: header as object, commits: [{ lines: [eventLine(4)], sync: 3 }] }]);
}

/** A snapshot of the place behind the first commit, with a right hash, whatever is in it. */
function plantSnapshot(root: string, content: string | Buffer): void {
  const [header = "", ...rest] = Buffer.from(content).toString("latin1").split(/(?<=\n)/);
  const [first, block, index] = [header, rest.slice(0, -1).join(""), rest.at(-1) ?? ""].map((text) => Buffer.from(text, "latin1")) as [Buffer, Buffer, Buffer];
  const trailer = trailerLine(first.length + block.length, xxh3(Buffer.concat([first, index])));
  file("snapshots", "runs", "v1-00000000000000000001.ndjson")(root, Buffer.concat([first, block, index, Buffer.from(trailer)]));
}

const envelope = ["seq", "time", "stream", "type", "v", "data", "by", "at", "cause", "id", "__proto__", "sync", "hash"];
const event = fc.oneof(
  fields(...envelope),
  fc.tuple(fc.constantFrom(...envelope.slice(1)), jsonText).map(([name, text]) => `{"seq":3,"time":"2026-11-21T23:04:05.123Z","stream":"run/train/0001","type":"run.allocated","v":1,"data":{"uid":"0001"},"by":"w",${JSON.stringify(name)}:${text}}`),
  jsonText.map((text) => `{"seq":3,"time":"2026-11-21T23:04:05.123Z","stream":"run/train/0001","type":"run.allocated","v":1,"data":{"uid":"0001","params":${text}},"by":"w"}`),
).map((line) => line.replaceAll("\n", " "));
const rightHeader = `{"snapshot":${snapshotFormat},"root":"${rootId}","projection":"runs","version":1,"seq":0,"token":"${xxh3(Buffer.from(rootId))}","unknown":0}`;
const snapshotHeader = fc.oneof(fields("snapshot", "root", "projection", "version", "seq", "token", "hint", "unknown"), fc.constant(rightHeader), jsonText);
/** One block with a right hash, and an index that leads to it, or anywhere. */
const snapshotText = fc.oneof(
  fc.tuple(snapshotHeader, fields("rows", "blocks")).map((lines) => `${lines.join("\n")}\n`),
  fc.tuple(jsonText, jsonText, jsonText, fc.integer({ min: -1, max: 1000 })).map(([key, row, number, offset]) => {
    const block = `[${[key, row, number].join().replaceAll("\n", " ")}]\n`;
    const index = { rows: 1, blocks: [[offset < 500 ? rightHeader.length + 1 : offset, "", xxh3(Buffer.from(block))]] };
    return `${rightHeader}\n${block}${JSON.stringify(index)}\n`;
  }),
);

const plants: readonly Plant[] = [
  { name: "daybook.json", content: fc.oneof(bytes, fields("daybook", "root", "created", "needs", "writes")), put: file("daybook.json") },
  { name: "daybook.json, one field wrong", content: fc.tuple(fc.constantFrom("daybook", "root", "created", "needs", "writes"), jsonText).map(([name, text]) => `{"daybook":1,"root":"${rootId}","created":"x",${JSON.stringify(name)}:${text}}\n`), put: file("daybook.json") },
  { name: "a segment", content: bytes, put: file("log", "00000000000000000004.ndjson") },
  { name: "a header", content: fields("daybook", "root", "first", "on", "needs", "writes", "gen", "last", "count", "end"), put: plantHeader },
  { name: "an event line with a right hash", content: event, put: plantLine },
  { name: "the manifest", content: fc.oneof(bytes, fields("root", "first", "last", "count", "from", "to", "bytes", "end", "sha256", "prev").map((line) => `${line}\n`)), put: file("log", "manifest.ndjson") },
  { name: "a snapshot", content: bytes, put: file("snapshots", "runs", "v1-00000000000000000003.ndjson") },
  { name: "a snapshot with a right hash", content: snapshotText, put: plantSnapshot },
];

/** Whatever stands in the files of a root: it is served, or refused with a typed error. */
export async function fuzzFiles(root: string, seed: number, runs: number, findings: Findings, progress: (done: number, total: number, what: string) => void): Promise<void> {
  for (const [index, plant] of plants.entries()) {
    progress(index, plants.length, plant.name);
    let last: string | undefined;
    const details = await fc.check(
      fc.asyncProperty(plant.content, async (content) => {
        rmSync(root, { recursive: true, force: true });
        plant.put(root, content);
        last = (await problemOf(root, true)) ?? (await problemOf(root, false));
        return last === undefined;
      }),
      { seed, numRuns: runs, endOnFailure: true },
    );
    findings.count(`contents of ${plant.name}`, details.numRuns);
    if (details.failed) findings.fail(`${plant.name}, fast-check seed ${details.seed}, path ${details.counterexamplePath ?? ""}`, `${last ?? String(details.errorInstance)}, given ${preview(details.counterexample?.map(String))}`);
  }
}

/** Each of these by itself: one that is refused must not hide the others. */
async function problemOf(root: string, readOnly: boolean): Promise<string | undefined> {
  let doing = "open";
  try {
    const book = await openDaybookOn({ files: unsyncedFiles }, root, { readOnly, participantId: "fuzz", allowClockJump: true });
    try {
      const steps: Readonly<Record<string, () => Promise<unknown>>> = {
        verify: () => book.verify({ full: true }),
        view: () => book.view("runs"),
        list: () => book.runs.list(),
        "rebuild --check": () => book.rebuild({ check: true }),
        read: async () => {
          for await (const event of book.log.read()) if (event.seq < 1) return;
        },
        append: () => (readOnly ? Promise.resolve() : book.log.append({ stream: "note/1", type: "note.taken", data: {} }, { id: "one" })),
      };
      for (const [name, step] of Object.entries(steps)) {
        doing = name;
        await step().catch((error: unknown) => {
          if (!(error instanceof DaybookError)) throw error;
        });
      }
    } finally {
      await book.close();
    }
    return undefined;
  } catch (error) {
    if (error instanceof DaybookError) return undefined;
    return `${doing}, ${readOnly ? "read-only" : "for writing"}: ${error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" ") : preview(error)}`;
  }
}
