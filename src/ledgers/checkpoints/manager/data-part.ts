import { readArtifact } from "../../../artifacts/read-artifact.js";
import { CheckpointNotFoundError, UnhashablePartError } from "../../../base/errors.js";
import type { PartDigest } from "../../../events/checkpoint-events.js";
import type { Rows } from "../../../projections/projection.js";
import { hashPartsProjection, knownPart } from "../../../projections/views/hash-parts.js";
import type { HashPartsRow } from "../../../projections/views/hash-parts.js";
import { dataContent, largeState } from "../data-state/data-content.js";
import type { DataContent, KnownContent } from "../data-state/data-content.js";
import { DataState } from "../data-state/data-state.js";
import type { DataStateSource } from "../data-state/source.js";
import type { CheckpointContext } from "../context.js";
import { dataStateYaml } from "../data-state/dump-data-state.js";
import { dataStatePath } from "./folder-paths.js";
import type { ManagerContext } from "./open-context.js";

/** What a data state is, fixed now; undefined where the log is known to have it. A large one is told as what changed, where that is known. @throws UnhashablePartError for one that does not say the same twice */
export function newDataContent(context: ManagerContext, source: unknown, { digest }: PartDigest): DataContent | undefined {
  if (context.position?.parts.data?.digest === digest) return undefined;
  // Of before the call, and nothing is read for it: what others told meanwhile is told once more.
  const rows = context.host.folded(hashPartsProjection)?.state as Rows<HashPartsRow> | undefined;
  const known: KnownContent = (one) => (rows === undefined ? undefined : knownPart(rows, "data", one)?.content);
  if (known(digest) !== undefined) return undefined;
  const state = stateOf(context, source as DataStateSource);
  // What the log keeps of a digest stays for good: it has to be that.
  if (state.digest !== digest) throw new UnhashablePartError("data", "$", "says something else when it is asked again: its answers must not change between two calls");
  return dataContent(state, known);
}

/** The state itself, or a copy; that of a large one is kept, so that the next one is told as what changed. */
function stateOf(context: ManagerContext, source: DataStateSource): DataState {
  if (source instanceof DataState) return source;
  const state = context.largeState?.become(source) ?? new DataState(source);
  context.largeState = state.size > largeState ? state : undefined;
  return state;
}

/** The content of a data state's file, from what the log keeps of it. @throws CheckpointNotFoundError where it does not @throws ArtifactCorruptError */
export async function dataStateText({ host, artifacts, signal }: CheckpointContext, digest: string, folder: string): Promise<Iterable<Uint8Array>> {
  const rows = (await host.query(hashPartsProjection)).state as Rows<HashPartsRow>;
  const text = await dataStateYaml(digest, {
    known: (one) => knownPart(rows, "data", one)?.content,
    read: (file) => readArtifact(artifacts, file, { signal }),
    locate: (file) => (file === undefined ? `${host.root}: the log` : artifacts.locate(file.path)),
    // That of the hash which had it first: it stays that one, whoever dumps.
    fileOf: (one) => ((first) => (first === undefined ? undefined : dataStatePath(first.folder)))(knownPart(rows, "data", one)),
  });
  if (text === undefined) throw new CheckpointNotFoundError(folder, undefined, `The log does not have what the data of hash ${folder} was`);
  return text;
}
