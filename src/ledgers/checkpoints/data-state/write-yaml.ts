/**
 * `data_state.yaml`: of a whole state in the form in which people write it, uids, discarded and tags; of a large one what differs from an earlier one's. It is
 * written line by line and not by a library, whose next release might write other bytes: a file that is dumped again has to be the same.
 */
import { chunksOf } from "./data-content.js";
import type { DataDelta } from "./data-state.js";
import { dataAlgorithm } from "./line-sum.js";
import { parseLine, parseStatus } from "./sample-line.js";
import type { Sample } from "./data-state.js";
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
  let [discarded, tagged] = [0, 0];
  for (const sample of samplesOf(lines)) {
    if (sample.discarded) discarded += 1;
    if (sample.tags.length > 0) tagged += 1;
  }
  yield `# The data state ${digest} (${dataAlgorithm}): samples ${lines.length}, discarded ${discarded}, with tags ${tagged}.`;
  yield lines.length === 0 ? "uids: []" : "uids:";
  for (const { uid } of samplesOf(lines)) yield `  - ${yamlScalar(uid)}`;
  yield discarded === 0 ? "discarded: []" : "discarded:";
  for (const sample of samplesOf(lines)) if (sample.discarded) yield `  - ${yamlScalar(sample.uid)}`;
  yield tagged === 0 ? "tags: {}" : "tags:";
  for (const { uid, tags } of samplesOf(lines)) if (tags.length > 0) yield* entry(uid, listOf(tags));
}

function* changes(digest: string, base: string, baseFile: string | undefined, { lines, removed }: DataDelta): Generator<string> {
  yield `# The data state ${digest} (${dataAlgorithm}), as what differs from the state ${base}: samples that are new or otherwise ${lines.length}, gone ${removed.length}.`;
  yield `base: ${JSON.stringify(base)}`;
  if (baseFile !== undefined) yield `baseFile: ${yamlScalar(baseFile)}`;
  yield lines.length === 0 ? "changed: {}" : "changed:";
  for (const { uid, discarded, tags } of samplesOf(lines)) yield* entry(uid, `{ discarded: ${discarded}, tags: ${listOf(tags)} }`);
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

function* samplesOf(lines: readonly string[]): Generator<Sample> {
  for (const line of lines) {
    const sample = parseLine(line);
    if (sample !== undefined) yield { uid: sample.uid, ...parseStatus(sample.status) };
  }
}
