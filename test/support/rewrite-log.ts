import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { xxh3 } from "../../src/log/xxh3.js";
import { segmentFiles } from "./small-log.js";

/** The events of one commit, as lines without `sync` and `hash`. */
export interface Commit {
  readonly lines: string[];
  readonly sync: number;
}
/** The commits of one segment. */
export type Content = Commit[];

/** A manifest line as an object, its keys in the order of the format. */
export type Line = Readonly<Record<string, unknown>>;

const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

/** All that a log says, without its hashes. */
export function readContent(root: string): Content[] {
  return segmentFiles(root).map((name) => {
    const commits: Content = [];
    let lines: string[] = [];
    for (const line of readFileSync(join(root, "log", name), "utf8").split("\n").slice(1, -1)) {
      const closing = /^(.*),"sync":(\d+),"hash":"[0-9a-f]{16}"\}$/.exec(line);
      lines.push(closing === null ? line : `${closing[1]}}`);
      if (closing === null) continue;
      commits.push({ lines, sync: Number(closing[2]) });
      lines = [];
    }
    return commits;
  });
}

/** What whoever knows the format and has no key can do: numbers all events anew, takes every hash anew, and chains the segments. */
export function writeContent(root: string, content: readonly Content[]): void {
  const { root: id } = JSON.parse(readFileSync(join(root, "daybook.json"), "utf8")) as { root: string };
  for (const name of segmentFiles(root)) rmSync(join(root, "log", name));
  let seq = 0;
  let on = xxh3(Buffer.from(id, "utf8"));
  for (const commits of content) {
    const name = `${String(seq + 1).padStart(20, "0")}.ndjson`;
    let text = `${JSON.stringify({ daybook: 1, root: id, first: seq + 1, on })}\n`;
    // What the next hash is over begins here.
    let from = 0;
    for (const commit of commits) {
      const sync = Math.min(commit.sync, seq);
      const lines = commit.lines.map((line) => line.replace(/^\{"seq":\d+/, `{"seq":${(seq += 1)}`));
      text += `${lines.join("\n").slice(0, -1)},"sync":${sync}`;
      on = xxh3(Buffer.from(text.slice(from), "utf8"));
      text += `,"hash":"${on}"}\n`;
      from = text.length - 19;
    }
    writeFileSync(join(root, "log", name), text);
  }
}

/** Makes the manifest of all closed segments anew; `line` may sign. */
export function writeManifest(root: string, finish: (line: Line, index: number) => Line = (line) => line): void {
  let prev = sha256(readFileSync(join(root, "daybook.json")));
  let text = "";
  const names = segmentFiles(root);
  for (const [index, name] of names.slice(0, -1).entries()) {
    const bytes = readFileSync(join(root, "log", name));
    const [header, ...lines] = bytes.toString("utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    const [first, last] = [lines[0], lines.at(-1)];
    const entry = {
      root: header?.["root"],
      first: first?.["seq"],
      last: last?.["seq"],
      count: lines.length,
      from: first?.["time"],
      to: last?.["time"],
      bytes: bytes.length,
      end: last?.["hash"],
      sha256: sha256(bytes),
      prev,
    };
    const line = JSON.stringify(finish(entry, index));
    text += `${line}\n`;
    prev = sha256(line);
  }
  writeFileSync(join(root, "log", "manifest.ndjson"), text);
}

/** Lines of the manifest as they stand. */
export const manifestLines = (root: string): string[] => readFileSync(join(root, "log", "manifest.ndjson"), "utf8").split("\n").slice(0, -1);
