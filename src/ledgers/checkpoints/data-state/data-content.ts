import type { PartContent } from "../../../events/checkpoint-events.js";
import type { DataDelta, DataState } from "./data-state.js";
import { escapeText } from "./sample-line.js";

/** From so many samples on a state is told as what changed since an earlier one, where that is known. */
export const largeState = 10_000;

/** After so many deltas one upon another a whole state is written again. */
export const longestChain = 16;

/** The content of a part in the log, by its digest; undefined when the log does not know it. */
export type KnownContent = (digest: string) => PartContent | undefined;

/**
 * What a data state is, fixed: whatever becomes of it later, this stays. With `base` it is what differs from that digest. `text` is the same for a file: a
 * line each, with `+` or `-` before it in what differs.
 */
export interface DataContent {
  readonly lines: readonly string[];
  readonly removed?: readonly string[];
  readonly base?: string;
  text(): Iterable<Uint8Array>;
}

/** So many earlier digests are looked at. */
const earlier = 8;

/** What differs from earlier digests of a state, the latest first; none for a small one, which is told whole. */
function worthwhileDeltas(state: DataState): readonly (DataDelta & { readonly base: string })[] {
  if (state.size <= largeState) return [];
  const { digest } = state;
  return state.remembered
    .filter((base) => base !== digest)
    .slice(0, earlier)
    .flatMap((base) => {
      const delta = state.changesSince(base);
      return delta === undefined || (delta.lines.length + delta.removed.length) * 4 > state.size ? [] : [{ base, ...delta }];
    });
}

/**
 * The content of a state: whole; or for more than 10,000 samples what changed since the latest digest that the state remembers, that the log knows and that
 * stands on less than sixteen deltas itself, unless that is more than a quarter of the samples.
 */
export function dataContent(state: DataState, known: KnownContent = () => undefined): DataContent {
  const delta = worthwhileDeltas(state).find(({ base }) => (chainLength(base, known) ?? longestChain) < longestChain);
  if (delta !== undefined) return { ...delta, text: () => chunksOf(fileLines(delta)) };
  const lines = state.lines();
  return { lines, text: () => chunksOf(lines) };
}

/** The content as it stands in an event, without a file. */
export function inlineContent({ lines, removed, base }: DataContent): PartContent {
  return { ...(base === undefined ? {} : { base }), lines, ...(removed === undefined || removed.length === 0 ? {} : { removed }) };
}

/** True when the content, as JSON, is at most `limit` bytes long: without writing all of a long one. */
export function fitsInEvent(content: DataContent, limit = 32 * 1024): boolean {
  let bytes = 128;
  for (const texts of [content.lines, content.removed ?? []]) {
    for (const text of texts) {
      bytes += Buffer.byteLength(JSON.stringify(text)) + 1;
      if (bytes > limit) return false;
    }
  }
  return true;
}

/** How many deltas a digest's content stands on; undefined when the log does not know it, or one of them. */
export function chainLength(digest: string, known: KnownContent): number | undefined {
  let length = 0;
  for (let content = known(digest); content !== undefined; content = known(content.base)) {
    if (content.base === undefined) return length;
    length += 1;
    if (length > longestChain) return length;
  }
  return undefined;
}

function* fileLines({ lines, removed }: DataDelta): Generator<string> {
  for (const line of lines) yield `+${line}`;
  for (const uid of removed) yield `-${escapeText(uid)}`;
}

/** Lines as UTF-8, each ended by a line feed, some hundred kilobytes at a time. */
export function* chunksOf(lines: Iterable<string>): Generator<Uint8Array> {
  let [chunk, length] = [[] as string[], 0];
  for (const line of lines) {
    chunk.push(line, "\n");
    length += line.length;
    if (length < 1 << 18) continue;
    yield Buffer.from(chunk.join(""));
    [chunk, length] = [[], 0];
  }
  if (chunk.length > 0) yield Buffer.from(chunk.join(""));
}
