import { checkSignal, checkTexts } from "../../base/checks.js";
import { FilesMissingError, InvalidOptionError, preview } from "../../base/errors.js";
import { parseIdentifier, parseRelpath, runAddress } from "../../events/names.js";
import { checkOptions } from "../runs/run-input.js";
import type { RunLedger } from "../runs/run-ledger.js";
import type { ListOptions, RunFilter } from "../runs/run-query.js";
import type { RunRecord } from "../runs/run-record.js";
import { toCsv, toTable } from "./aggregate-text.js";
import { readAttachedJson } from "./attached-json.js";
import type { MissingReason } from "./attached-json.js";
import { flattenJson } from "./flatten-json.js";
import { joinRows } from "./join-rows.js";
import type { AggregateRow, JoinInput } from "./join-rows.js";

/** As what rows are given: objects, CSV, or a table of plain text. */
export type AggregateFormat = "rows" | "csv" | "table";

/** How the files of runs are joined. */
export interface AggregateOptions<Format extends AggregateFormat = AggregateFormat> {
  /** By the runs' uid, or by the hash of their parameters. Default `uid`. */
  readonly by?: "uid" | "params";
  /** Default `rows`. */
  readonly format?: Format;
  /** Of which runs, as in `list`. Default: all. */
  readonly where?: RunFilter;
  /** Whether files that cannot be had are listed, or thrown as one `FilesMissingError`. Default `list`. */
  readonly onMissing?: "list" | "throw";
  /** What stands between the keys of nested objects. Default a dot. */
  readonly separator?: string;
  /** Of a key that several identifiers have: each with its identifier before it, or one column, in which the later identifier counts. Default `prefix`. */
  readonly onConflict?: "prefix" | "last";
  /** In CSV: a quote before texts that a spreadsheet would take for a formula. Default true. */
  readonly escapeFormulas?: boolean;
  readonly signal?: AbortSignal;
}

/** A file that could not be had. */
export interface MissingFile {
  /** Address of the run; of one that is not there, how it would be called. */
  readonly run: string;
  readonly tag: string;
  /** As attached; undefined where nothing is. */
  readonly path: string | undefined;
  readonly why: MissingReason;
  readonly message: string;
}

/** Joined rows; the columns in order. */
export interface AggregateRows {
  readonly rows: AggregateRow[];
  readonly columns: string[];
  /** In the order of the runs. */
  readonly missing: MissingFile[];
}

/** Joined rows as text. */
export interface AggregateText {
  readonly text: string;
  readonly missing: MissingFile[];
}

/** What a format gives. */
export type AggregateResult<Format extends AggregateFormat> = Format extends "rows" ? AggregateRows : AggregateText;

/** Where runs and their files are. */
export interface AggregateSource {
  list(options: ListOptions & { readonly signal?: AbortSignal }): Promise<RunRecord[]>;
  /** Absolute path of the folder that a run's relative paths are relative to. */
  folderOf(record: RunRecord): string;
}

/** A ledger's runs, each with its files where it says they lie. */
export const sourceOf = (runs: RunLedger): AggregateSource => ({
  list: runs.list.bind(runs),
  folderOf: ({ identifier, uid, relpath, storage }) => runs.folder(identifier, uid, { relpath, storage }),
});

const fields: readonly (keyof AggregateOptions)[] = ["by", "format", "where", "onMissing", "separator", "onConflict", "escapeFormulas", "signal"];
const readAtOnce = 16;

/**
 * Joins the JSON files that the runs of `identifiers` at `relpath` have attached under the name `tag`: nested keys are flattened, and the runs of
 * different identifiers stand in one row if they have the same uid, or the same parameters. Every run whose file can be read is in a row,
 * also if its partners are not; what is missing is listed, with the reason. See {@link joinRows} for order, names and precedence.
 * @throws InvalidIdError @throws InvalidOptionError also for more than a million rows @throws FilesMissingError with `onMissing: "throw"`
 */
export async function aggregateRuns<Format extends AggregateFormat = "rows">(
  source: AggregateSource,
  relpath: string,
  identifiers: readonly string[],
  tag: string,
  options: AggregateOptions<Format> = {},
): Promise<AggregateResult<Format>> {
  checkAggregate(identifiers, tag, options);
  const [scope, names] = [parseRelpath(relpath), identifiers.map(parseIdentifier)];
  const { by = "uid", separator = ".", onConflict = "prefix", signal } = options;
  const listed = await source.list({ ...(options.where === undefined ? {} : { where: options.where }), ...(signal === undefined ? {} : { signal }) });
  const records = names.flatMap((name) => listed.filter((one) => one.identifier === name && one.relpath === scope).sort((a, b) => Number(a.uid) - Number(b.uid)));
  const read = await mapBounded(records, (record) => readOne(source, record, tag, by, separator), signal);
  const inputs = read.flatMap(({ input }) => (input === undefined ? [] : [input]));
  const missing = [...read.flatMap((one) => one.missing ?? []), ...(by === "uid" ? unpaired(records, names, scope, tag) : [])];
  if (options.onMissing === "throw" && missing.length > 0) throw new FilesMissingError(missing);
  const joined = joinRows(inputs, { identifiers: names, by, separator, onConflict });
  const format: AggregateFormat = options.format ?? "rows";
  if (format === "rows") return { ...joined, missing } satisfies AggregateRows as AggregateResult<AggregateFormat> as AggregateResult<Format>;
  const text = format === "csv" ? await toCsv(joined, options.escapeFormulas ?? true) : toTable(joined);
  return { text, missing } satisfies AggregateText as AggregateResult<AggregateFormat> as AggregateResult<Format>;
}

async function readOne(source: AggregateSource, record: RunRecord, tag: string, by: "uid" | "params", separator: string): Promise<{ input?: JoinInput; missing?: MissingFile }> {
  const { identifier, uid, paramHash } = record;
  const path = Object.hasOwn(record.files, tag) ? record.files[tag] : undefined;
  const miss = (why: MissingReason, message: string): { missing: MissingFile } => ({ missing: { run: runAddress(identifier, record.relpath, uid), tag, path, why, message } });
  const key = by === "uid" ? uid : paramHash;
  if (key === undefined) return miss("NO_PARAMS", "it has no parameters to be joined by");
  if (path === undefined) return miss("NOT_ATTACHED", `it has no file ${preview(tag)}`);
  const attached = await readAttachedJson(source.folderOf(record), path);
  if (attached.why !== undefined) return miss(attached.why, attached.message);
  return { input: { identifier, uid, key, values: flattenJson(attached.value, separator) } };
}

/** By uid each identifier should have the runs of the others. */
function unpaired(records: readonly RunRecord[], identifiers: readonly string[], relpath: string, tag: string): MissingFile[] {
  const uids = [...new Set(records.map(({ uid }) => uid))].sort((a, b) => Number(a) - Number(b));
  return identifiers.flatMap((identifier) => {
    const there = new Set(records.filter((record) => record.identifier === identifier).map(({ uid }) => uid));
    return uids.filter((uid) => !there.has(uid)).map((uid): MissingFile => ({ run: runAddress(identifier, relpath, uid), tag, path: undefined, why: "NO_RUN", message: "there is no such run among those asked for" }));
  });
}

/** In the order of the items; at most so many at once. @throws the signal's reason */
async function mapBounded<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>, signal: AbortSignal | undefined): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      signal?.throwIfAborted();
      results[index] = await work(item);
    }
  };
  signal?.throwIfAborted();
  await Promise.all(Array.from({ length: Math.min(readAtOnce, items.length) }, worker));
  return results;
}

function checkAggregate(identifiers: readonly string[], tag: string, options: AggregateOptions): void {
  checkTexts("identifiers", identifiers);
  if (identifiers.length === 0) throw new InvalidOptionError("identifiers", "must name at least one identifier");
  const twice = identifiers.find((identifier, index) => identifiers.indexOf(identifier) !== index);
  if (twice !== undefined) throw new InvalidOptionError("identifiers", `must not name ${preview(twice)} twice`);
  if (typeof tag !== "string" || tag === "") throw new InvalidOptionError("tag", `must be the name under which files are attached, not ${preview(tag)}`);
  checkOptions(options, fields);
  checkOneOf("by", options.by, ["uid", "params"]);
  checkOneOf("format", options.format, ["rows", "csv", "table"]);
  checkOneOf("onMissing", options.onMissing, ["list", "throw"]);
  checkOneOf("onConflict", options.onConflict, ["prefix", "last"]);
  if (options.separator !== undefined && (typeof options.separator !== "string" || options.separator === "")) throw new InvalidOptionError("separator", `must be a text, not ${preview(options.separator)}`);
  if (options.escapeFormulas !== undefined && typeof options.escapeFormulas !== "boolean") throw new InvalidOptionError("escapeFormulas", `must be true or false, not ${preview(options.escapeFormulas)}`);
  checkSignal(options.signal);
}

function checkOneOf(field: string, value: unknown, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value as string)) throw new InvalidOptionError(field, `must be one of ${allowed.join(", ")}, not ${preview(value)}`);
}
