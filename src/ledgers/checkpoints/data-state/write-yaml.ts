/**
 * `data_state.yaml`: of a whole state in the form in which people write it, uids, discarded and tags; of a large one what differs from an earlier one's. It is
 * written line by line and not by a library, whose next release might write other bytes: a file that is dumped again has to be the same.
 */
import { chunksOf } from "./data-content.js";
import type { DataDelta } from "./data-state.js";
import { dataAlgorithm } from "./line-sum.js";
import { parseLine, parseStatus } from "./sample-line.js";
import { yamlScalar } from "./yaml-scalar.js";

/** A key longer than this has to be marked as one. */
const longestKey = 1000;

/** The file of a whole state. Takes its lines as a content has them, so sorted. */
export function wholeYaml(digest: string, lines: readonly string[]): Iterable<Uint8Array> {
  return chunksOf(whole(digest, lines));
}

/** The file of what differs from an earlier state, of which `baseFile` is the file, relative to the root. */
export function deltaYaml(digest: string, base: string, baseFile: string | undefined, delta: DataDelta): Iterable<Uint8Array> {
  return chunksOf(changes(digest, base, baseFile, delta));
}

function* whole(digest: string, lines: readonly string[]): Generator<string> {
  const [discarded, tagged] = [lines.filter(isDiscarded), lines.filter(isTagged)];
  yield `# The data state ${digest} (${dataAlgorithm}): samples ${lines.length}, discarded ${discarded.length}, with tags ${tagged.length}.`;
  yield lines.length === 0 ? "uids: []" : "uids:";
  for (const { uid } of parsed(lines)) yield `  - ${yamlScalar(uid)}`;
  yield discarded.length === 0 ? "discarded: []" : "discarded:";
  for (const { uid } of parsed(discarded)) yield `  - ${yamlScalar(uid)}`;
  yield tagged.length === 0 ? "tags: {}" : "tags:";
  for (const { uid, status } of parsed(tagged)) yield* entry(uid, listOf(parseStatus(status).tags));
}

// A colon inside of a uid or a tag has a backslash before it.
const isDiscarded = (line: string): boolean => line.includes(":d1:t");
const isTagged = (line: string): boolean => !/:d[01]:t$/.test(line);

function* changes(digest: string, base: string, baseFile: string | undefined, { lines, removed }: DataDelta): Generator<string> {
  yield `# The data state ${digest} (${dataAlgorithm}), as what differs from the state ${base}: samples that are new or otherwise ${lines.length}, gone ${removed.length}.`;
  yield `base: ${JSON.stringify(base)}`;
  if (baseFile !== undefined) yield `baseFile: ${yamlScalar(baseFile)}`;
  yield lines.length === 0 ? "changed: {}" : "changed:";
  for (const { uid, status } of parsed(lines)) {
    const { discarded, tags } = parseStatus(status);
    yield* entry(uid, `{ discarded: ${discarded}, tags: ${listOf(tags)} }`);
  }
  yield removed.length === 0 ? "removed: []" : "removed:";
  for (const uid of removed) yield `  - ${yamlScalar(uid)}`;
}

function* entry(uid: string, value: string): Generator<string> {
  const key = yamlScalar(uid);
  if (key.length <= longestKey) yield `  ${key}: ${value}`;
  else {
    yield `  ? ${key}`;
    yield `  : ${value}`;
  }
}

const listOf = (tags: readonly string[]): string => `[${tags.map(yamlScalar).join(", ")}]`;

function* parsed(lines: readonly string[]): Generator<{ readonly uid: string; readonly status: string }> {
  for (const line of lines) {
    const sample = parseLine(line);
    if (sample !== undefined) yield sample;
  }
}
