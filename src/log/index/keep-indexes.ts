import * as path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isDaybookError } from "../../base/errors.js";
import { asReadFailure, removeQuietly } from "../file-system.js";
import type { ManifestEntry } from "../manifest.js";
import { digestSegment } from "../sealing.js";
import type { LogPlace } from "../segment-walker.js";
import { indexFolder } from "./index-names.js";
import { IndexDamage, openSegmentIndex } from "./segment-index.js";
import { NewIndex } from "./write-index.js";

/** How missing indices are made. */
export interface KeepIndexes {
  /** Look at every byte of those that are there, too. Default: at their ends. */
  readonly thorough?: boolean;
  /** Asked again and again: true to leave the rest. */
  readonly stopped: () => boolean;
}

/** What a crash left is older than this; whoever makes an index writes its file at once. */
const leftoverMs = 60_000;

/**
 * Makes the indices that sealed segments lack, the newest first, giving way to other work. A segment that cannot be read, or is not as the manifest
 * says, gets none: it is scanned, and what is wrong with it shows there and in `verify`.
 */
export async function keepIndexes(place: LogPlace, entries: readonly ManifestEntry[], { thorough = false, stopped }: KeepIndexes): Promise<void> {
  removeLeftovers(place);
  for (const entry of [...entries].reverse()) {
    if (stopped()) return;
    // Somebody else may have been faster.
    if (isUsable(place, entry, thorough)) continue;
    await makeIndex(place, entry, stopped);
    await nextTurn();
  }
}

function isUsable(place: LogPlace, entry: ManifestEntry, thorough: boolean): boolean {
  const index = openSegmentIndex(place, entry);
  try {
    if (thorough) index?.check();
    return index !== undefined;
  } catch (error) {
    if (error instanceof IndexDamage) return false;
    throw error;
  }
}

async function makeIndex(place: LogPlace, entry: ManifestEntry, stopped: () => boolean): Promise<void> {
  const made = new NewIndex(place);
  try {
    const { bytes, sha256 } = await digestSegment(place, entry.first, entry.last + 1, (walked) => {
      if (stopped()) throw new Stopped();
      made.add(walked);
    });
    if (bytes === entry.bytes && sha256 === entry.sha256) made.write(entry);
  } catch (error) {
    if (!(error instanceof Stopped) && !isDaybookError(asReadFailure(error))) throw error;
  }
}

class Stopped extends Error {}

function removeLeftovers(place: LogPlace): void {
  const folder = indexFolder(place);
  try {
    for (const name of place.files.readdirSync(folder)) {
      const file = path.join(folder, name);
      if (name.endsWith(".new") && Date.now() - (place.files.statSync(file)?.mtimeMs ?? Infinity) > leftoverMs) removeQuietly(place.files, file);
    }
  } catch {
    // There is no folder yet, or somebody else tidies up.
  }
}
