import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDaybookOn } from "../../../src/open-daybook.js";
import { nodeFileSystem } from "../../../src/log/file-system.js";
import type { LogFileSystem } from "../../../src/log/file-system.js";
import { sha256 } from "../../format/independent-files.js";
import type { JsonObject } from "../../format/independent-files.js";
import type { Reading } from "../../format/independent-reader.js";
import { orderProblems, readingOf, verdictProblems } from "../crash-matrix/checker.js";
import { rootPath } from "./record.js";
import { layDown } from "./tree.js";
import type { Tree } from "./tree.js";

/** What a state turned out to be. */
export interface Judgement {
  /** Events that were there, by the reader that shares no code with the library. */
  readonly events: number;
  readonly tornBytes: number;
  readonly problems: readonly string[];
}

/** The judge opens folders that nobody will cut the power of: its own syncs would only cost time. */
const unsynced: LogFileSystem = {
  ...nodeFileSystem,
  fsyncSync: () => undefined,
  fdatasyncSync: () => undefined,
  fdatasync: ((_fd: number, callback: (error: null) => void) => void setImmediate(callback, null)) as LogFileSystem["fdatasync"],
};

/** Lays a state down and judges it: read by the document, opened by the library, gone on with, and read again. */
export async function judge(tree: Tree, history: readonly string[]): Promise<Judgement> {
  const folder = mkdtempSync(join(tmpdir(), "daybook-state-"));
  try {
    layDown(tree, folder);
    const root = join(folder, rootPath);
    const before = readState(root);
    const problems = [...before.problems, ...historyProblems(before.texts, history), ...copyProblems(root, before.reading)];
    if (problems.length === 0) problems.push(...(await goOn(root, before)));
    return { events: before.texts.length, tornBytes: before.reading?.torn?.bytes ?? 0, problems };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Found {
  readonly reading: Reading | undefined;
  readonly texts: readonly string[];
  readonly problems: readonly string[];
}

function readState(root: string): Found {
  // Before its first promise a root may be missing altogether.
  if (!existsSync(join(root, "daybook.json")) && !existsSync(join(root, "log", "00000000000000000001.ndjson"))) return { reading: undefined, texts: [], problems: [] };
  const reading = readingOf(root);
  if (typeof reading === "string") return { reading: undefined, texts: [], problems: [reading] };
  return { reading, texts: reading.events.map((event) => JSON.stringify(event)), problems: [...verdictProblems(reading), ...orderProblems(reading.events)] };
}

/** What a cut leaves is a beginning of what was there: whole commits, lost from the end only. */
function historyProblems(texts: readonly string[], history: readonly string[]): string[] {
  const other = texts.findIndex((text, index) => text !== history[index]);
  return other === -1 ? [] : [`seq ${other + 1} is not the event that was appended there`];
}

/** Each copy that the log tells of is whole. */
function copyProblems(root: string, reading: Reading | undefined): string[] {
  return (reading?.events ?? [])
    .filter((event) => event["type"] === "log.recovered")
    .flatMap((event) => {
      const { file, sha256: digest } = event["data"] as { readonly file: string; readonly sha256: string };
      const path = join(root, file);
      if (!existsSync(path)) return [`${file} is told of and is not there`];
      return sha256(readFileSync(path)) === digest ? [] : [`${file} is not what the log says of it`];
    });
}

/** The library opens it, sees the same, appends durably, finds no fault; and the reader by the document agrees. */
async function goOn(root: string, before: Found): Promise<string[]> {
  const problems: string[] = [];
  try {
    await using book = await openDaybookOn({ files: unsynced }, root, { participantId: "judge", segmentBytes: 4096 });
    const runs = before.reading?.events.filter((event) => event["type"] === "run.allocated").length ?? 0;
    const listed = await book.runs.list();
    if (listed.length !== runs) problems.push(`${listed.length} runs are listed, of ${runs} in the log`);
    await book.log.append({ stream: "judge", type: "judgement.passed", data: {} });
    const { faults } = await book.verify({ full: true });
    problems.push(...faults.map((fault) => `verify: ${fault.message} (${fault.segment} at byte ${fault.offset})`));
  } catch (error) {
    return [`the library: ${String(error)}`];
  }
  const after = readState(root);
  problems.push(...after.problems, ...historyProblems(before.texts, after.texts), ...copyProblems(root, after.reading));
  const added = (after.reading?.events ?? []).slice(before.texts.length).map((event: JsonObject) => event["type"] as string);
  const expected = [...(before.reading?.torn === undefined ? [] : ["log.recovered"]), "judgement.passed"];
  if (added.join(" ") !== expected.join(" ")) problems.push(`behind the state's ${before.texts.length} events there are ${added.join(", ")} instead of ${expected.join(", ")}`);
  return problems;
}
