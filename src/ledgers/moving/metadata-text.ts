import type { RunRow } from "../../projections/views/run-row.js";

/** What of a run stands in a `metadata.json`. */
export type MetadataRun = Pick<RunRow, "identifier" | "relpath" | "uid" | "status" | "files" | "history"> & { readonly paramHash?: string | undefined };

/** About so much is put together before others get their turn. */
const chunkLength = 64 * 1024;

/**
 * Runs in the layout of the run ledger's `metadata.json`: two spaces a level, one element a line, UTF-8 as it is, no newline at the end;
 * lower-case statuses, times with six digits and the offset `+00:00`. Identifiers and relpaths are in the order of their UTF-16 units, uids in that of numbers.
 */
export function metadataText(runs: Iterable<MetadataRun>): string {
  return [...pieces([...runs].sort(byPlace), runText)].join("");
}

/** Writes the same as {@link metadataText}, again and again: a run that has not changed since is not put together anew. */
export class MetadataWriter {
  readonly #texts = new WeakMap<MetadataRun, string>();
  /** The keys of the last time, in the order they were written in. */
  #keys: readonly string[] = [];

  /** The text in parts. The runs, by key, are as they are at the call; they are never changed, only replaced. */
  chunks(runs: ReadonlyMap<string, MetadataRun>): Iterable<string> {
    return inChunks(pieces(this.#sorted(runs), (run) => this.#textOf(run)));
  }

  /** Those of the last time are in order already, which makes sorting a matter of one look at each. */
  #sorted(runs: ReadonlyMap<string, MetadataRun>): readonly MetadataRun[] {
    const known = new Set(this.#keys);
    const keys = [...this.#keys.filter((key) => runs.has(key)), ...[...runs.keys()].filter((key) => !known.has(key))];
    const sorted = keys.map((key) => [key, runs.get(key) as MetadataRun] as const).sort(([, one], [, other]) => byPlace(one, other));
    this.#keys = sorted.map(([key]) => key);
    return sorted.map(([, run]) => run);
  }

  #textOf(run: MetadataRun): string {
    const known = this.#texts.get(run);
    if (known !== undefined) return known;
    const text = runText(run);
    this.#texts.set(run, text);
    return text;
  }
}

function* inChunks(parts: Iterable<string>): Generator<string> {
  let chunk = "";
  for (const part of parts) {
    chunk += part;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function byPlace(one: MetadataRun, other: MetadataRun): number {
  return compareText(one.identifier, other.identifier) || compareText(one.relpath, other.relpath) || Number(one.uid) - Number(other.uid);
}

/** The texts of runs, which are in order, and what stands between them. */
function* pieces(runs: readonly MetadataRun[], textOf: (run: MetadataRun) => string): Generator<string> {
  let before: MetadataRun | undefined;
  for (const run of runs) {
    const sameIdentifier = before?.identifier === run.identifier;
    if (before === undefined) yield "{";
    if (!sameIdentifier) yield `${before === undefined ? "" : "\n    }\n  },"}\n  ${JSON.stringify(run.identifier)}: {\n    ${JSON.stringify(run.relpath)}: {\n`;
    else if (before?.relpath !== run.relpath) yield `\n    },\n    ${JSON.stringify(run.relpath)}: {\n`;
    else yield ",\n";
    yield textOf(run);
    before = run;
  }
  yield before === undefined ? "{}" : "\n    }\n  }\n}";
}

/** One run, from its uid on, at its depth. */
function runText({ uid, status, paramHash, files, history }: MetadataRun): string {
  const names = Object.keys(files);
  const attached = names.length === 0 ? "{}" : `{\n${names.map((name) => `          ${JSON.stringify(name)}: ${JSON.stringify(files[name])}`).join(",\n")}\n        }`;
  const times = history.map(({ time, status: had }) => `          [\n            ${JSON.stringify(writtenTime(time))},\n            "${had.toLowerCase()}"\n          ]`);
  return (
    `      "${uid}": {\n        "status": "${status.toLowerCase()}",\n        "param_hash": ${paramHash === undefined ? "null" : JSON.stringify(paramHash)},\n` +
    `        "files": ${attached},\n        "timestamp_status_lst": [\n${times.join(",\n")}\n        ]\n      }`
  );
}

/** The log has milliseconds, Python microseconds. What is no time of the log's form stays as it is. */
const writtenTime = (time: string): string => (/^.{19}\.[0-9]{3}Z$/.test(time) ? `${time.slice(0, -1)}000+00:00` : time);
