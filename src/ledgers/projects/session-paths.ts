import { InvalidIdError, InvalidOptionError, preview } from "../../base/errors.js";
import type { RunStorage } from "../../events/run-storage.js";
import { isWellFormed } from "../../events/text.js";
import { checkOptions } from "../runs/run-input.js";

/** What a file of a run is called. */
export interface PathOptions {
  /**
   * A file extension, with its dot, such as `".json"` or `".tar.gz"`: put behind the name unless it ends in it already. Without the dot
   * it is refused: whether `json` was to become `metricsjson` or `metrics.json` would be a guess. Default: none.
   */
  readonly suffix?: string;
  /** Whether the name begins with the identifier. Default true. */
  readonly includeIdentifier?: boolean;
  /** Whether it begins with the uid, in a folder that runs share; in a folder of the run's own it never does. Default true. */
  readonly includeUid?: boolean;
}

/** What the names of a run's files are made of. */
export interface FilePlace {
  readonly identifier: string;
  readonly uid: string;
  readonly storage: RunStorage;
}

/**
 * The path of a run's file, relative to its folder, parts joined by `/`: uid (in a shared folder), identifier and name, joined by `_`.
 * A name may lie in a sub-folder; what is put before it then stands before the sub-folder, so that in a shared folder everything of a
 * run begins with its uid.
 * @throws InvalidIdError for a name that would leave the folder (`..`, an absolute path) or that no file can have
 * @throws InvalidOptionError for a suffix without a dot, and when there is nothing to make a name of
 */
export function filePathOf(place: FilePlace, name: string | undefined, options: PathOptions = {}): string {
  checkOptions(options, ["suffix", "includeIdentifier", "includeUid"]);
  const { suffix = "", includeIdentifier = true, includeUid = true } = options;
  for (const [field, value] of Object.entries({ includeIdentifier, includeUid })) {
    if (typeof value !== "boolean") throw new InvalidOptionError(field, `must be true or false, not ${preview(value)}`);
  }
  checkSuffix(suffix);
  const given = name === undefined ? [] : [parseFileName(name)];
  const head = [...(place.storage === "prefix" && includeUid ? [place.uid] : []), ...(includeIdentifier ? [place.identifier] : [])];
  const whole = [...head, ...given].join("_");
  if (whole === "") throw new InvalidOptionError("name", "is needed where neither uid nor identifier is included; the folder itself is `folder`");
  return whole.endsWith(suffix) ? whole : whole + suffix;
}

/** A path below a folder, in its plain form: `a//b/./c/` is `a/b/c`. @throws InvalidIdError */
function parseFileName(value: unknown): string {
  const refuse = (problem: string): InvalidIdError => new InvalidIdError("file name", typeof value === "string" ? value : typeof value, problem);
  if (typeof value !== "string") throw refuse("it must be a string");
  if (value.includes("\0")) throw refuse("it holds U+0000, which no file name can");
  if (!isWellFormed(value)) throw refuse("it holds half of a surrogate pair");
  if (value.startsWith("/")) throw refuse("it is absolute; a file's name is relative to the run's folder");
  const parts = value.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse('it holds "..", which leads out of the folder');
  if (parts.length === 0) throw refuse("it is empty; leave it out for a file that is named after its run alone");
  return parts.join("/");
}

function checkSuffix(suffix: unknown): void {
  const sound = typeof suffix === "string" && (suffix === "" || (/^\.[^/\0]+$/.test(suffix) && !suffix.startsWith("..") && isWellFormed(suffix)));
  if (!sound) throw new InvalidOptionError("suffix", `must be a dot and an extension, such as ".json", not ${preview(suffix)}`);
}
