import { checkKnown } from "../../base/checks.js";
import { InvalidOptionError, preview } from "../../base/errors.js";
import { assertJson } from "../../events/canonical-json.js";
import type { MetricValue } from "../../events/catalogue.js";
import { parseIdentifier, parseRelpath, parseUid } from "../../events/names.js";
import { normaliseParamHash, paramHash } from "../../events/param-hash.js";
import type { JsonObject } from "../../events/recorded-event.js";
import { isRunStorage, runStorages } from "../../events/run-storage.js";
import type { RunStorage } from "../../events/run-storage.js";
import { isStatus, Status, statuses } from "../../events/status.js";
import type { ErrorRow } from "../../projections/views/run-row.js";
import type { Allocation, RunReference } from "./run-commands.js";

/** What is said of a run in one step; see `RunLedger.log`. */
export interface RunReport {
  /** Sub-folder namespace. Default: the root's run, else the only run of that uid. */
  readonly relpath?: string;
  readonly status?: Status;
  /** Merged by name into what is attached already; kept as given. */
  readonly files?: Readonly<Record<string, string>>;
  /** Merged by name; each keeps its last value. NaN and infinities are refused: JSON has none. */
  readonly metrics?: Readonly<Record<string, MetricValue>>;
  /** What the metrics belong to, such as an epoch: an integer from 0. */
  readonly step?: number;
  /** What went wrong: an `Error`, a text, or whatever a `catch` gave. Until the run is taken up again. */
  readonly error?: unknown;
  /** Replaces the note. */
  readonly note?: string;
  /** Added to the tags. */
  readonly tags?: readonly string[];
  /**
   * Reports in the name of this attempt, counted from 1: taken only as long as it is the run's latest, whether or not it has ended. For
   * programs that an attempt has started, and that may outlive it. Default: of the attempt that this process holds or held, if any.
   */
  readonly attempt?: number;
  readonly signal?: AbortSignal;
}

/** A report, checked. */
export interface RunPatch {
  readonly status: Status | undefined;
  readonly files: Readonly<Record<string, string>> | undefined;
  readonly metrics: Readonly<Record<string, MetricValue>> | undefined;
  readonly step: number | undefined;
  readonly error: ErrorRow | undefined;
  readonly note: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly attempt: number | undefined;
}

/** How a run is allocated. */
export interface AllocateOptions {
  /** Sub-folder namespace. Default: the root. */
  readonly relpath?: string;
  /** Default: the hash of `params`, when there are any. A safe integer or bigint is kept in decimal. */
  readonly paramHash?: string | number | bigint;
  /** What the run was started with: a JSON object. */
  readonly params?: object;
  /** Default: PENDING. */
  readonly status?: Status;
  /** How its files lie on the disk. Default `"subfolder"`. A run that was found keeps its own. */
  readonly storage?: RunStorage;
  /** Said of the run in the same append as its allocation; a run that was found is left as it is. */
  readonly tags?: readonly string[];
  readonly note?: string;
  readonly signal?: AbortSignal;
}

/** How a run is taken up. */
export interface AttemptOptions {
  /** A beat is promised at least this often, in milliseconds; after a longer silence the run counts as lost. Default 60,000. */
  readonly beatWithinMs?: number;
  /** For the record: the command line and working folder of a wrapped command. */
  readonly command?: readonly string[];
  readonly cwd?: string;
}

/**
 * Refuses options that are none, and fields that nobody would look at: a misspelt one would be lost without a word.
 * @throws InvalidOptionError naming the field
 */
export function checkOptions(options: unknown, known: readonly string[], what = "options"): void {
  if (!isPlain(options)) throw new InvalidOptionError(what, `must be an object, not ${preview(options)}`);
  checkKnown(options, known);
}

const allocateFields: readonly (keyof AllocateOptions)[] = ["relpath", "paramHash", "params", "status", "storage", "tags", "note", "signal"];
const reportFields: readonly (keyof RunReport)[] = ["relpath", "status", "files", "metrics", "step", "error", "note", "tags", "attempt", "signal"];

/** Another hash of the same parameters, under which a run may be known; undefined where there is none. */
export type AlsoHash = (params: JsonObject) => string | undefined;

/**
 * `alsoHash` is asked only where the hash is that of the parameters: whoever names a hash means that one.
 * @throws InvalidOptionError @throws InvalidIdError @throws InvalidValueError for params that JSON would change
 */
export function resolveAllocation(
  identifier: string,
  options: AllocateOptions,
  sha256Hex: (text: string) => string,
  alsoHash: AlsoHash = () => undefined,
): Allocation {
  checkOptions(options, allocateFields);
  const params = resolveParams(options.params);
  const given = options.paramHash === undefined ? undefined : normaliseParamHash(options.paramHash);
  const derived = params === undefined || Object.keys(params).length === 0 ? undefined : paramHash(params, sha256Hex);
  const also = given !== undefined || params === undefined || derived === undefined ? undefined : alsoHash(params);
  return {
    identifier: parseIdentifier(identifier),
    relpath: parseRelpath(options.relpath),
    paramHash: given ?? derived,
    otherHashes: also === undefined ? [] : [also],
    params,
    status: resolveStatus(options.status) ?? Status.PENDING,
    storage: resolveStorage(options.storage),
    tags: [...new Set(resolveTexts("tags", options.tags))],
    note: resolveText("note", options.note),
  };
}

/** @throws InvalidOptionError */
export function resolveAttempt(options: AttemptOptions): AttemptOptions & { readonly beatWithinMs: number } {
  const { beatWithinMs = 60_000, command, cwd } = options;
  if (!Number.isSafeInteger(beatWithinMs) || beatWithinMs < 100) {
    throw new InvalidOptionError("beatWithinMs", `must be a whole number of milliseconds from 100, not ${preview(beatWithinMs)}`);
  }
  const folder = resolveText("cwd", cwd);
  const words = resolveTexts("command", command);
  return { beatWithinMs, ...(words === undefined ? {} : { command: words }), ...(folder === undefined ? {} : { cwd: folder }) };
}

/** @throws InvalidIdError */
export function resolveReference(identifier: string, uid: string, relpath: string | undefined): RunReference {
  const where = relpath === undefined ? undefined : parseRelpath(relpath);
  return { identifier: parseIdentifier(identifier), uid: parseUid(uid), relpath: where };
}

/** Checks a report; its schema is checked once more when the events are appended. @throws InvalidOptionError */
export function resolveReport(report: RunReport): RunPatch {
  checkOptions(report, reportFields, "report");
  const { step, attempt } = report;
  if (step !== undefined && (!Number.isSafeInteger(step) || step < 0)) {
    throw new InvalidOptionError("step", `must be a whole number from 0, not ${preview(step)}`);
  }
  if (attempt !== undefined && (!Number.isSafeInteger(attempt) || attempt < 1)) {
    throw new InvalidOptionError("attempt", `must be a whole number from 1, not ${preview(attempt)}`);
  }
  return {
    status: resolveStatus(report.status),
    files: resolveMap("files", report.files),
    metrics: resolveMap("metrics", report.metrics),
    step,
    error: report.error === undefined ? undefined : resolveError(report.error),
    note: resolveText("note", report.note),
    tags: resolveTexts("tags", report.tags),
    attempt,
  };
}

function resolveStatus(status: unknown): Status | undefined {
  if (status === undefined || isStatus(status)) return status;
  throw new InvalidOptionError("status", `is ${preview(status)}; it must be one of ${statuses.join(", ")}`);
}

/** How a run's files lie; `"subfolder"` when nothing is said. @throws InvalidOptionError */
export function resolveStorage(storage: unknown): RunStorage {
  if (storage === undefined) return "subfolder";
  if (isRunStorage(storage)) return storage;
  throw new InvalidOptionError("storage", `is ${preview(storage)}; it must be one of ${runStorages.join(", ")}`);
}

function resolveText(field: string, text: unknown): string | undefined {
  if (text === undefined || typeof text === "string") return text;
  throw new InvalidOptionError(field, `must be a text, not ${preview(text)}`);
}

function resolveParams(params: object | undefined): JsonObject | undefined {
  if (params === undefined) return undefined;
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    throw new InvalidOptionError("params", `must be an object, not ${preview(params)}`);
  }
  assertJson(params, "$.params");
  // A copy as the log will have it: what the caller does to its object later changes nothing.
  return JSON.parse(JSON.stringify(params)) as JsonObject;
}

function resolveMap<Value>(field: string, map: Readonly<Record<string, Value>> | undefined): Readonly<Record<string, Value>> | undefined {
  if (map === undefined) return undefined;
  if (!isPlain(map)) throw new InvalidOptionError(field, `must be an object of names and values, not ${preview(map)}`);
  // As in all data, what is undefined is absent.
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));
}

const maxErrorText = 64 * 1024;

/** Takes anything: an error that could not be recorded would hide the failure it tells of. */
function resolveError(error: unknown): ErrorRow {
  if (typeof error === "string") return { message: errorText(error) };
  if (typeof error !== "object" || error === null) return { message: preview(error) };
  const { message, name, stack, code } = error as { message?: unknown; name?: unknown; stack?: unknown; code?: unknown };
  return {
    message: typeof message === "string" ? errorText(message) : preview(error),
    ...(typeof name === "string" ? { name: errorText(name) } : {}),
    ...(typeof stack === "string" ? { stack: errorText(stack) } : {}),
    ...(typeof code === "string" || typeof code === "number" ? { code: errorText(String(code)) } : {}),
  };
}

/** Text that the log takes: well-formed, and not longer than anybody reads. */
const errorText = (text: string): string => (text.length > maxErrorText ? `${text.slice(0, maxErrorText)}...` : text).toWellFormed();

function resolveTexts(field: string, texts: readonly string[] | undefined): readonly string[] | undefined {
  if (texts === undefined) return undefined;
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === "string")) {
    throw new InvalidOptionError(field, `must be a list of texts, not ${preview(texts)}`);
  }
  return [...(texts as readonly string[])];
}

/** An object of the language's own: a Map or a class instance would look empty. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // By what it lacks, so that an object of another realm (a vm, a worker) is taken too.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
