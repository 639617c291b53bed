import { checkArtifact } from "../../artifacts/read-artifact.js";
import { checkFunction, checkKnown, checkObject, checkSignal } from "../../base/checks.js";
import { isDaybookError } from "../../base/errors.js";
import { slotKey, warmStartsProjection } from "../../projections/views/warm-starts.js";
import type { WarmStartRow } from "../../projections/views/warm-starts.js";
import type { WarmStartContext } from "./context.js";
import { leftovers } from "./gc.js";
import type { WarmStartOrphan } from "./gc.js";
import { allRows } from "./list-entries.js";

/** How payloads are checked. */
export interface VerifyEntriesOptions {
  /** Told how many bytes of all were read. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly totalBytes: number }) => void;
  /** Gives up where it is. */
  readonly signal?: AbortSignal;
}

/** A payload that is not as it was saved. */
export interface WarmStartFileFault {
  readonly key: string;
  readonly run: string;
  /** Of its file, in the artifact store. */
  readonly path: string;
  /** `corrupt` and `missing` are certain; `unreadable` says that the system refused to read. */
  readonly kind: "corrupt" | "missing" | "unreadable";
  readonly problem: string;
}

/** What checking all payloads found. Nothing was changed. */
export interface WarmStartVerification {
  readonly entries: number;
  readonly bytes: number;
  readonly faults: readonly WarmStartFileFault[];
  /** Files that no entry names: `gc` takes them away. */
  readonly orphans: readonly WarmStartOrphan[];
  readonly foreign: readonly string[];
}

/** Reads the payload of every entry. One that was overwritten or given up meanwhile is passed over. @throws LogReadOnlyError of a past @throws InvalidOptionError @throws ReadFailedError where files cannot be listed */
export async function verifyEntries(context: WarmStartContext, options: VerifyEntriesOptions = {}): Promise<WarmStartVerification> {
  checkObject(options);
  checkKnown(options, ["onProgress", "signal"]);
  checkSignal(options.signal);
  checkFunction("onProgress", options.onProgress);
  const { orphans, foreign } = await leftovers(context, options.signal);
  const rows = await allRows(context);
  const totalBytes = rows.reduce((sum, { file }) => sum + file.bytes, 0);
  const faults: WarmStartFileFault[] = [];
  let [entries, bytes] = [0, 0];
  for (const row of rows) {
    options.signal?.throwIfAborted();
    const fault = await faultOf(context, row, options.signal);
    if (fault !== "moved") entries += 1;
    if (fault !== undefined && fault !== "moved") faults.push(fault);
    bytes += row.file.bytes;
    options.onProgress?.({ bytes, totalBytes });
  }
  return { entries, bytes, faults, orphans, foreign };
}

async function faultOf({ artifacts, host }: WarmStartContext, { key, run, seq, file }: WarmStartRow, signal: AbortSignal | undefined): Promise<WarmStartFileFault | "moved" | undefined> {
  try {
    await checkArtifact(artifacts, file, { signal });
    return undefined;
  } catch (error) {
    const corrupt = isDaybookError(error, "ARTIFACT_CORRUPT");
    // Another writer may have named a path that no store has.
    if (!corrupt && !isDaybookError(error)) throw error;
    const [now] = await host.lookUp(warmStartsProjection, [slotKey(key, run)]);
    if (now?.seq !== seq) return "moved";
    const problem = "problem" in error ? String(error.problem) : error.message;
    return { key, run, path: file.path, kind: !corrupt ? "unreadable" : problem === "is missing" ? "missing" : "corrupt", problem };
  }
}
