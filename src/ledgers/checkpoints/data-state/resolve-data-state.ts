import { ArtifactCorruptError, isDaybookError } from "../../../base/errors.js";
import type { ArtifactRef, PartContent } from "../../../events/checkpoint-events.js";
import type { KnownContent } from "./data-content.js";
import { DataState } from "./data-state.js";
import type { DataDelta } from "./data-state.js";
import { unescapeText } from "./sample-line.js";

/** Where contents of data states come from. */
export interface DataContents {
  readonly known: KnownContent;
  /** A file's content whole, verified. @throws ArtifactCorruptError */
  readonly read: (file: ArtifactRef) => Promise<Uint8Array>;
  /** Where a file is, or (without one) the log, for errors. */
  readonly locate: (file?: ArtifactRef) => string;
}

/**
 * The data state of a digest, put together from contents in the log and files that it names, and verified: it has that digest, and so has each state that
 * it stands on. Undefined when the log does not know its content, or that of one of those.
 * @throws ArtifactCorruptError when a file is not what the log says, or what comes out has another digest
 */
export async function resolveDataState(digest: string, contents: DataContents): Promise<DataState | undefined> {
  const chain: { readonly digest: string; readonly content: PartContent }[] = [];
  for (let at: string | undefined = digest; at !== undefined; ) {
    const content = contents.known(at);
    // A digest that stands on itself is no content.
    if (content === undefined || chain.some((link) => link.digest === at)) return undefined;
    chain.push({ digest: at, content });
    at = content.base;
  }
  let state = new DataState();
  for (const link of chain.reverse()) {
    const place = contents.locate(link.content.file);
    const delta = await deltaFrom(link.content, contents);
    if (delta === undefined) return undefined;
    try {
      if (link.content.base === undefined) state = DataState.ofLines(delta.lines);
      else state.apply(delta);
    } catch (error) {
      if (!isDaybookError(error)) throw error;
      throw new ArtifactCorruptError(place, `does not give the data state ${link.digest}: ${error.message}`, error);
    }
    if (state.digest !== link.digest) throw new ArtifactCorruptError(place, `gives the data state ${state.digest}, and ${link.digest} was recorded`);
  }
  return state;
}

/** What a content tells, from where it stands; undefined when it tells nothing. */
export async function deltaFrom({ lines, removed = [], base, file }: PartContent, { read }: Pick<DataContents, "read">): Promise<DataDelta | undefined> {
  if (lines !== undefined) return { lines, removed };
  if (file === undefined) return undefined;
  const all = linesOf(await read(file));
  if (base === undefined) return { lines: all, removed: [] };
  return { lines: all.filter((line) => !line.startsWith("-")).map((line) => line.slice(1)), removed: all.filter((line) => line.startsWith("-")).map((line) => unescapeText(line.slice(1))) };
}

/** The lines of a file, each of them ended by a line feed. */
function linesOf(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
