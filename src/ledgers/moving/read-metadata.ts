import { isDaybookError, MetadataUnreadableError, preview } from "../../base/errors.js";
import { formatUid, parseIdentifier, parseRelpath, runStream } from "../../events/names.js";
import { locateJsonFault } from "./json-fault.js";
import type { LegacyMetadata, LegacyRun, Untaken } from "./legacy-run.js";
import { timeZone } from "./local-time.js";
import { isRecord, placeOf, readRun } from "./read-run.js";
import type { NaiveTimes } from "./read-run.js";

/** How a `metadata.json` is read. */
export interface ReadMetadataOptions extends ZoneOptions {
  /** What messages call the source. Default: `text`. */
  readonly name?: string;
}

/** In which zone naive times are read. */
export interface ZoneOptions {
  /** The zone of times that say no offset: an IANA name such as `Europe/Berlin`, or an offset such as `+02:00`. Default: the system's. */
  readonly timeZone?: string;
}

/**
 * Reads a run ledger's `metadata.json`, from its text or parsed: its runs under daybook's names, and what could not be taken, each with its
 * place and why. Nothing is looked up and nothing written. Times are cut to milliseconds. A naive time is one of the zone's clocks: shown twice,
 * in the night they are set back, it is the first, unless the run's status before it is later than that; skipped, in the night they are set forward,
 * it is read with the offset from before.
 * @throws MetadataUnreadableError for text that is no JSON, and for what holds no run at all though it is not empty
 * @throws InvalidOptionError for a time zone that is none
 */
export function readMetadata(source: string | object, options: ReadMetadataOptions = {}): LegacyMetadata {
  return readMetadataFrom(source, { name: options.name ?? "text", naiveTimes: timeZone(options.timeZone) });
}

/** As {@link readMetadata}. `name` is what messages call the source. */
export function readMetadataFrom(source: unknown, { name, naiveTimes, below = "" }: { readonly name: string; readonly naiveTimes: NaiveTimes; readonly below?: string }): LegacyMetadata {
  const tree = typeof source === "string" ? parse(source, name) : source;
  if (!isRecord(tree)) throw new MetadataUnreadableError(name, "$", `is ${preview(tree)}, not an object of identifiers`);
  const reading = new Reading(naiveTimes, below);
  for (const [identifier, scopes] of Object.entries(tree)) reading.identifier(identifier, scopes);
  if (reading.records === 0 && reading.skipped.length > 0) {
    const [{ place, why }] = reading.skipped as [Untaken];
    throw new MetadataUnreadableError(name, place, `${why}; there is no run in it, which would stand at identifier, relpath and uid`);
  }
  return { runs: reading.runs, skipped: reading.skipped };
}

/** Uids go on from the highest, and end where numbers are no longer exact. */
const highestUid = 999_999_999_999;

function parse(text: string, name: string): unknown {
  const bare = text.startsWith("\uFEFF") ? text.slice(1) : text;
  try {
    return JSON.parse(exactHashes(bare));
  } catch (error) {
    const { line = 1, column = 1 } = locateJsonFault(bare) ?? {};
    throw new MetadataUnreadableError(name, `line ${line}, column ${column}`, bare.trim() === "" ? "there is nothing in it" : "from there on it is not JSON", error);
  }
}

/** Python's hash() gives 64 bits, of which a number in JavaScript keeps 53: the digits are kept as a text. No text of JSON can hold the pattern. */
const exactHashes = (text: string): string => text.replace(/(?<!\\)("param_hash"\s*:\s*)(-?[0-9]{16,})(?=\s*[,}])/g, '$1"$2"');

class Reading {
  readonly runs: LegacyRun[] = [];
  readonly skipped: Untaken[] = [];
  /** Things that look like records, taken or not. */
  records = 0;
  readonly #taken = new Map<string, string>();

  constructor(
    readonly naiveTimes: NaiveTimes,
    readonly below: string,
  ) {}

  identifier(key: string, scopes: unknown): void {
    const identifier = this.#named([key], () => parseIdentifier(key));
    if (!isRecord(scopes)) return this.#skip("run", [key], `is ${preview(scopes)}, not an object of relpaths`);
    for (const [relkey, runs] of Object.entries(scopes)) {
      const relpath = this.#named([key, relkey], () => parseRelpath(this.below === "" ? relkey : `${this.below}/${parseRelpath(relkey)}`));
      if (!isRecord(runs)) this.#skip("run", [key, relkey], `is ${preview(runs)}, not an object of uids`);
      else this.#scope([key, relkey], identifier, relpath, runs);
    }
  }

  #scope(keys: readonly [string, string], identifier: string | undefined, relpath: string | undefined, runs: Readonly<Record<string, unknown>>): void {
    const found: LegacyRun[] = [];
    for (const [uidKey, record] of Object.entries(runs)) {
      const at = [...keys, uidKey];
      if (!isRecord(record)) {
        this.#skip("run", at, `is ${preview(record)}, not a record`);
        continue;
      }
      if ("status" in record) this.records += 1;
      // What is wrong with the names above is said once.
      if (identifier === undefined || relpath === undefined) continue;
      const uid = this.#uid(at, uidKey, identifier, relpath);
      if (uid === undefined) continue;
      const run = readRun(record, this.naiveTimes, (kind, within, why) => this.#skip(kind, [...at, ...within], why));
      if (run !== undefined) found.push({ identifier, relpath, uid, ...run, place: placeOf(at) });
    }
    // One by one: as arguments of a single call, so many might not fit on the stack.
    for (const run of found.sort((one, other) => Number(one.uid) - Number(other.uid))) this.runs.push(run);
  }

  /** Each uid of daybook's stands for the first that comes to it: `"007"` and `"0007"` are not merged. */
  #uid(at: readonly string[], key: string, identifier: string, relpath: string): string | undefined {
    if (!/^[0-9]+$/.test(key) || !Number.isSafeInteger(Number(key))) {
      this.#skip("run", at, `has the uid ${preview(key)}, which is no number`);
      return undefined;
    }
    if (Number(key) > highestUid) {
      this.#skip("run", at, `has a uid above ${highestUid}: new runs get numbers above the highest, and would soon have none left`);
      return undefined;
    }
    const uid = formatUid(Number(key));
    const stream = runStream(identifier, relpath, uid);
    const first = this.#taken.get(stream);
    if (first !== undefined) {
      this.#skip("run", at, `comes to the uid ${uid}, as ${first} does`);
      return undefined;
    }
    this.#taken.set(stream, placeOf(at));
    return uid;
  }

  #named(at: readonly string[], parse: () => string): string | undefined {
    try {
      return parse();
    } catch (error) {
      if (!isDaybookError(error, "INVALID_ID")) throw error;
      this.#skip("run", at, `and all below it: ${error.message}`);
      return undefined;
    }
  }

  #skip(kind: Untaken["kind"], at: readonly (string | number)[], why: string): void {
    this.skipped.push({ kind, place: placeOf(at), why });
  }
}
