import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Signer } from "../../../src/log/proof/keys.js";
import { commitEnds } from "../../support/commit-ends.js";
import { durably, note, openRawLog } from "../../support/raw-log.js";
import { manifestLines, readContent, writeContent, writeManifest } from "../../support/rewrite-log.js";
import type { Commit, Content, Line } from "../../support/rewrite-log.js";
import { activeSegment, segmentFiles } from "../../support/small-log.js";

/** What an attacker has: the folder, its keys if they were stolen, one of their own, and an older copy. */
export interface Loot {
  readonly root: string;
  readonly stolen: Signer;
  readonly own: Signer;
  readonly older: string;
}

/** Something that is done to a log. */
export interface Attack {
  /** As it stands in docs/audit.md. */
  readonly name: string;
  readonly act: (loot: Loot) => void | Promise<void>;
}

/** Segments are this long: each attack on a sealed one finds it far from the end. */
export const segmentBytes = 1200;

/** Appends commits of two events each, as an honest program does. */
export async function appendNotes(root: string, from: number, to: number, signer: Signer): Promise<void> {
  const log = await openRawLog(root, { segmentBytes, signer });
  for (let number = from; number < to; number += 1) await log.append([note(number, "first"), note(number, "second")], durably);
  await log.seal();
  await log.close();
}

const sealed = (root: string): string => join(root, "log", segmentFiles(root)[1] as string);

/** Changes the whole lines of a file behind its header. `lines` are those of one commit in the middle: its first, and its last. */
function editLines(path: string, edit: (lines: string[], at: number) => void): void {
  const lines = readFileSync(path, "utf8").split("\n");
  edit(lines, 3);
  writeFileSync(path, lines.join("\n"));
}

function changeByte(path: string, where: (bytes: Buffer) => number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(where(bytes)) ^ 1, where(bytes));
  writeFileSync(path, bytes);
}

const insideFirst = (bytes: Buffer): number => bytes.indexOf('"text":"first') + 9;
const insideLast = (bytes: Buffer): number => bytes.lastIndexOf('"text":"second') + 9;

const swap = (lines: string[], at: number): void => void lines.splice(at, 2, lines[at + 1] as string, lines[at] as string);

/** Changes what the log says, and makes every hash anew. The caches would give it away to whoever looks at them. */
function forge(root: string, change: (content: Content[]) => void): void {
  const content = readContent(root);
  change(content);
  writeContent(root, content);
  for (const cache of ["index", "snapshots"]) rmSync(join(root, cache), { recursive: true, force: true });
}

const changeValue = (content: Content[], segment = 1): void => {
  const commit = (content.at(segment)?.[0] as Commit).lines;
  commit[0] = (commit[0] as string).replace('"text":"first"', '"text":"wrong"');
};

const signedBy = (signer: Signer) => (line: Line): Line => ({ ...line, sig: signer.sign(JSON.stringify(line)) });

/** Everything that the page speaks of, in its order. */
export const attacks: readonly Attack[] = [
  { name: "a byte changed, in a sealed segment", act: ({ root }) => changeByte(sealed(root), insideFirst) },
  { name: "a line removed, in a sealed segment", act: ({ root }) => editLines(sealed(root), (lines, at) => lines.splice(at, 1)) },
  { name: "two lines swapped, in a sealed segment", act: ({ root }) => editLines(sealed(root), swap) },
  { name: "a byte changed, in the active segment", act: ({ root }) => changeByte(activeSegment(root), insideFirst) },
  { name: "a line removed, in the active segment", act: ({ root }) => editLines(activeSegment(root), (lines, at) => lines.splice(at - 2, 1)) },
  { name: "two lines swapped, in the active segment", act: ({ root }) => editLines(activeSegment(root), (lines, at) => swap(lines, at - 2)) },
  { name: "a byte changed, in the last commit", act: ({ root }) => changeByte(activeSegment(root), insideLast) },
  { name: "a sealed segment removed", act: ({ root }) => rmSync(sealed(root)) },
  { name: "the active segment removed", act: ({ root }) => rmSync(activeSegment(root)) },
  { name: "a manifest line changed", act: ({ root }) => changeByte(join(root, "log/manifest.ndjson"), (bytes) => bytes.indexOf('"sha256":"') + 12) },
  { name: "the manifest removed", act: ({ root }) => rmSync(join(root, "log/manifest.ndjson")) },
  { name: "the signatures taken out, the lines chained anew", act: ({ root }) => writeManifest(root) },
  {
    name: "the tail cut back to a commit boundary",
    act: ({ root }) => truncateSync(activeSegment(root), commitEnds(readFileSync(activeSegment(root))).at(-2)?.offset),
  },
  {
    name: "the active segment removed, and the last manifest line",
    act: ({ root }) => {
      rmSync(activeSegment(root));
      writeFileSync(join(root, "log/manifest.ndjson"), manifestLines(root).slice(0, -1).map((line) => `${line}\n`).join(""));
    },
  },
  {
    name: "the whole folder put back to an older copy",
    act: ({ root, older }) => {
      const content = readContent(older);
      const lines = manifestLines(older);
      writeContent(root, content);
      for (const name of segmentFiles(older)) writeFileSync(join(root, "log", name), readFileSync(join(older, "log", name)));
      writeFileSync(join(root, "log/manifest.ndjson"), lines.map((line) => `${line}\n`).join(""));
      rmSync(join(root, "index"), { recursive: true, force: true });
    },
  },
  { name: "a value changed in the active segment, its hashes made anew", act: ({ root }) => forge(root, (content) => changeValue(content, -1)) },
  { name: "a value changed in a sealed segment, all hashes made anew", act: ({ root }) => forge(root, changeValue) },
  {
    name: "... and the manifest rewritten consistently, without the key",
    act: ({ root }) => {
      forge(root, changeValue);
      writeManifest(root);
    },
  },
  {
    name: "... with the old signatures left in place",
    act: ({ root }) => {
      const signatures = manifestLines(root).map((line) => (JSON.parse(line) as { sig: string }).sig);
      forge(root, changeValue);
      writeManifest(root, (line, index) => ({ ...line, sig: signatures[index] }));
    },
  },
  {
    name: "... signed with another key",
    act: ({ root, own }) => {
      forge(root, changeValue);
      writeManifest(root, signedBy(own));
    },
  },
  {
    name: "a line removed, all numbers, hashes and the manifest made anew",
    act: ({ root }) => {
      forge(root, (content) => void content[1]?.[0]?.lines.splice(0, 1));
      writeManifest(root);
    },
  },
  {
    name: "two lines swapped, all numbers, hashes and the manifest made anew",
    act: ({ root }) => {
      forge(root, (content) => swap((content[1]?.[0] as Commit).lines, 0));
      writeManifest(root);
    },
  },
  {
    name: "a segment removed, all numbers, hashes and the manifest made anew",
    act: ({ root }) => {
      forge(root, (content) => void content.splice(1, 1));
      writeManifest(root);
    },
  },
  {
    name: "all put into one active segment, the manifest removed",
    act: ({ root }) => {
      forge(root, (content) => {
        changeValue(content);
        content.splice(0, content.length, content.flat());
      });
      rmSync(join(root, "log/manifest.ndjson"));
    },
  },
  {
    name: "history rewritten without the key, and a later segment signed by an unsuspecting writer",
    act: async ({ root, stolen }) => {
      forge(root, changeValue);
      writeManifest(root);
      await appendNotes(root, 1000, 1010, stolen);
    },
  },
  {
    name: "history rewritten by somebody who has the key",
    act: ({ root, stolen }) => {
      forge(root, changeValue);
      writeManifest(root, signedBy(stolen));
    },
  },
  { name: "events appended in somebody else's name", act: ({ root, stolen }) => appendNotes(root, 1000, 1001, stolen) },
  {
    name: "a file of a run changed",
    act: ({ root }) => {
      mkdirSync(join(root, "runs/train/0001"), { recursive: true });
      writeFileSync(join(root, "runs/train/0001/model.json"), "{}");
    },
  },
];
