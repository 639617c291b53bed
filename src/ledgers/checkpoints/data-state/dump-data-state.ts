import { ArtifactCorruptError } from "../../../base/errors.js";
import { digestOfLines } from "./hash-data-state.js";
import { deltaFrom } from "./resolve-data-state.js";
import type { DataContents } from "./resolve-data-state.js";
import { deltaYaml, wholeYaml } from "./write-yaml.js";

/** What the file of a data state is made from. */
export interface DataDumpSource extends DataContents {
  /** Where the file of an earlier state is, or would be, relative to the root; undefined when no hash is known that has it. */
  readonly fileOf: (digest: string) => string | undefined;
}

/**
 * The content of `data_state.yaml` for a digest, from what the log keeps of it: always the same bytes. What the log tells as what changed is written so too,
 * without putting the whole together. Undefined when the log does not know it.
 * @throws ArtifactCorruptError when a file that it needs is not what the log says
 */
export async function dataStateYaml(digest: string, source: DataDumpSource): Promise<Iterable<Uint8Array> | undefined> {
  const content = source.known(digest);
  if (content?.base !== undefined) {
    const delta = await deltaFrom(content, source);
    if (delta === undefined) throw new ArtifactCorruptError(source.locate(), `tells nothing of the data state ${digest}`);
    return deltaYaml(digest, content.base, source.fileOf(content.base), delta);
  }
  const lines = content === undefined ? undefined : (await deltaFrom(content, source))?.lines;
  if (lines === undefined) return undefined;
  const found = digestOfLines(lines);
  if (found !== digest) throw new ArtifactCorruptError(source.locate(content?.file), `gives the data state ${found}, and ${digest} was recorded`);
  return wholeYaml(digest, lines);
}
