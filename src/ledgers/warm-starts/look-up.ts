import { readArtifact } from "../../artifacts/read-artifact.js";
import { ArtifactCorruptError, InvalidIdError } from "../../base/errors.js";
import { slotKey, warmStartEventTypes, warmStartKeysProjection, warmStartsProjection } from "../../projections/views/warm-starts.js";
import type { WarmStartRow } from "../../projections/views/warm-starts.js";
import { expiry } from "./choose-entry.js";
import type { ChooseEntry } from "./choose-entry.js";
import type { WarmStartContext } from "./context.js";
import { decideDrop } from "./decide-eviction.js";
import { cachedEntry } from "./entries.js";
import type { CachedEntry } from "./entries.js";
import { deleteFiles } from "./entry-files.js";

/**
 * Reads and verifies the entry of a key that is the first choice; where its payload is missing or altered, it is given up, and the next choice is read. Undefined where
 * there is none. Of a past, or a daybook opened read-only, bad entries are only passed over.
 * @throws ReadFailedError where a file cannot be read, which says nothing about what is in it
 */
export async function lookUpEntry(context: WarmStartContext, key: string, choose: ChooseEntry, signal: AbortSignal | undefined): Promise<(CachedEntry & { readonly key: string }) | undefined> {
  const bad = new Set<number>();
  for (;;) {
    signal?.throwIfAborted();
    const isExpired = expiry({ nowMs: context.clock(), ttlMs: context.ttlMs });
    const row = choose((await rowsOfKey(context, key)).filter((one) => !bad.has(one.seq) && !isExpired(one)));
    if (row === undefined) return undefined;
    try {
      return cachedEntry(row, ownMemory(await readArtifact(context.artifacts, row.file, { signal })));
    } catch (error) {
      if (!isBad(error)) throw error;
      // Overwritten or given up meanwhile: then its file had to go.
      if (await hasMoved(context, row)) continue;
      bad.add(row.seq);
      await dropBad(context, row, error);
    }
  }
}

/** What the slots of a key hold, expired or not. */
export async function rowsOfKey({ host }: WarmStartContext, key: string): Promise<WarmStartRow[]> {
  for (;;) {
    const [slots] = await host.lookUp(warmStartKeysProjection, [key]);
    const rows = await host.lookUp(warmStartsProjection, (slots?.runs ?? []).map((run) => slotKey(key, run)));
    const found = rows.filter((row) => row !== undefined);
    // One was given up between the two looks, maybe for a new one that the first look did not know of.
    if (found.length === rows.length) return found;
  }
}

/** Says of the payload that it is not what was saved. A path that no store has is one that somebody else's writer has named. */
const isBad = (error: unknown): error is ArtifactCorruptError | InvalidIdError => error instanceof ArtifactCorruptError || error instanceof InvalidIdError;

async function hasMoved({ host }: WarmStartContext, { key, run, seq }: WarmStartRow): Promise<boolean> {
  const [now] = await host.lookUp(warmStartsProjection, [slotKey(key, run)]);
  return now?.seq !== seq;
}

async function dropBad(context: WarmStartContext, row: WarmStartRow, error: ArtifactCorruptError | InvalidIdError): Promise<void> {
  const { host, report } = context;
  const { key, run } = row;
  report(error, { key, run, doing: "load" });
  if (host.readOnly || host.past) return;
  const reason = error instanceof ArtifactCorruptError && error.problem === "is missing" ? "missing" : "corrupt";
  try {
    const { result: dropped } = await host.transact([warmStartsProjection], (states) => decideDrop(states, row, reason), { types: warmStartEventTypes });
    if (dropped) await deleteFiles(context, [row]);
  } catch (failure) {
    // It is not given out in any case.
    report(failure, { key, run, doing: "drop" });
  }
}

/** Small buffers of Node share their memory, and begin anywhere in it: no array of doubles could be laid over such a one. */
function ownMemory(buffer: Buffer): Uint8Array {
  return buffer.byteLength === buffer.buffer.byteLength ? new Uint8Array(buffer.buffer, 0, buffer.byteLength) : Uint8Array.from(buffer);
}
