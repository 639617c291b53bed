import { readFile } from "node:fs/promises";
import { checkFunction, checkObject, checkSignal } from "../../base/checks.js";
import { InvalidOptionError, MetadataUnreadableError, preview } from "../../base/errors.js";
import { parseRelpath } from "../../events/names.js";
import type { Rows } from "../../projections/projection.js";
import type { RunRow } from "../../projections/views/run-row.js";
import { runsProjection } from "../../projections/views/runs.js";
import type { LedgerHost } from "../ledger-host.js";
import { sha256Hex } from "../runs/param-hash.js";
import { decideImport, mostEvents } from "./decide-import.js";
import type { ImportDecision } from "./decide-import.js";
import type { LegacyRun, Untaken } from "./legacy-run.js";
import { timeZone } from "./local-time.js";
import { readMetadataFrom } from "./read-metadata.js";
import type { ZoneOptions } from "./read-metadata.js";

/** How runs are taken over. */
export interface ImportOptions extends ZoneOptions {
  /** Puts everything below this relpath. Default: where it was. */
  readonly relpath?: string;
  /** Only says what would be done; works read-only too. Default false. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  /** Called after each part. */
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** How far an import is: runs looked at, of how many. */
export interface ImportProgress {
  readonly runs: number;
  readonly total: number;
}

/** What an import did. */
export interface ImportReport {
  /** Runs that are new. */
  readonly runs: number;
  /** Runs that were there, and got new statuses or files. */
  readonly grown: number;
  /** Runs of which everything was there. */
  readonly already: number;
  /** Events that were appended. */
  readonly events: number;
  /** What could not be taken, and why. */
  readonly skipped: readonly Untaken[];
  /** The zone that naive times were read in. */
  readonly timeZone: string;
  /** What every event of this import has as its `cause`: `import:` and the first 16 digits of the SHA-256 of the file's text. */
  readonly cause: string;
}

const known: ReadonlySet<string> = new Set<keyof ImportOptions>(["timeZone", "relpath", "dryRun", "signal", "onProgress"]);

/** Events of one commit, about: others get their turn between two, and a sync is shared by many. */
const partEvents = 2000;

/** Takes the runs of a `metadata.json` over; see `RunLedger.import`. */
export async function importRuns(host: LedgerHost, source: string | URL | object, options: ImportOptions): Promise<ImportReport> {
  checkObject(options);
  for (const field of Object.keys(options)) if (!known.has(field)) throw new InvalidOptionError(field, `is none of ${[...known].join(", ")}`);
  const { dryRun = false, signal, onProgress } = options;
  if (typeof dryRun !== "boolean") throw new InvalidOptionError("dryRun", `must be true or false, not ${preview(dryRun)}`);
  checkSignal(signal);
  checkFunction("onProgress", onProgress);
  const zone = timeZone(options.timeZone);
  const below = parseRelpath(options.relpath);
  const { name, content } = await load(source, signal);
  const { runs, skipped } = readMetadataFrom(content, { name, naiveTimes: zone, below });
  const cause = `import:${sha256Hex(typeof content === "string" ? content : JSON.stringify(content)).slice(0, 16)}`;
  const sum = { runs: 0, grown: 0, already: 0, events: 0 };
  const all = [...skipped];
  let looked = 0;
  for (const part of inParts(runs)) {
    signal?.throwIfAborted();
    const done = dryRun ? decideImport({ runs: (await host.query(runsProjection)).state as Rows<RunRow> }, part, cause) : await append(host, part, cause, signal);
    for (const count of ["runs", "grown", "already"] as const) sum[count] += done[count];
    sum.events += done.events.length;
    for (const one of done.skipped) all.push(one);
    looked += part.length;
    onProgress?.({ runs: looked, total: runs.length });
  }
  return { ...sum, skipped: all, timeZone: zone.name, cause };
}

async function append(host: LedgerHost, part: readonly LegacyRun[], cause: string, signal: AbortSignal | undefined): Promise<ImportDecision> {
  const { result } = await host.transact(
    [runsProjection],
    (states) => {
      const decision = decideImport(states, part, cause);
      return { events: decision.events, result: decision };
    },
    signal === undefined ? {} : { signal },
  );
  return result;
}

async function load(source: unknown, signal: AbortSignal | undefined): Promise<{ readonly name: string; readonly content: unknown }> {
  if (typeof source === "string" && /^\uFEFF?\s*[{[]/.test(source)) return { name: "text", content: source };
  if (typeof source !== "string" && !(source instanceof URL)) {
    if (typeof source === "object" && source !== null) return { name: "object", content: source };
    throw new InvalidOptionError("source", `must be the path of a metadata.json, its text, or what is in it, not ${preview(source)}`);
  }
  try {
    // Fatal: what is no UTF-8 would come over as other names and paths, without a word.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { name: String(source), content: text.decode(await readFile(source, signal === undefined ? {} : { signal })) };
  } catch (error) {
    signal?.throwIfAborted();
    throw new MetadataUnreadableError(String(source), "", error instanceof Error ? error.message : String(error), error);
  }
}

/** Runs stay whole: the events of one are in one commit. */
function inParts(runs: readonly LegacyRun[]): LegacyRun[][] {
  const parts: LegacyRun[][] = [];
  let room = 0;
  for (const run of runs) {
    if (room <= 0) {
      parts.push([]);
      room = partEvents;
    }
    parts.at(-1)?.push(run);
    room -= mostEvents(run);
  }
  return parts;
}
