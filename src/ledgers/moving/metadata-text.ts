import type { RunRow } from "../../projections/views/run-row.js";

/** What of a run stands in a `metadata.json`. */
export type MetadataRun = Pick<RunRow, "identifier" | "relpath" | "uid" | "status" | "files" | "history"> & { readonly paramHash?: string | undefined };

/** How many runs are written between two looks at the clock. */
const atOnce = 256;
const turnMs = 2;

/**
 * Runs in the layout of the run ledger's `metadata.json`: two spaces a level, one element a line, UTF-8 as it is, no newline at the end;
 * lower-case statuses, times with six digits and the offset `+00:00`. Identifiers and relpaths are in the order of their UTF-16 units, uids in that of numbers.
 */
export function metadataText(runs: Iterable<MetadataRun>): string {
  return joined([...runs].sort(byPlace), runText);
}

/** Writes the same as {@link metadataText}, again and again: a run that has not changed since is not put together anew. */
export class MetadataWriter {
  readonly #texts = new WeakMap<MetadataRun, string>();

  /** `runs` are never changed, only replaced. Gives `pause` its turn while there is much to do. */
  async text(runs: Iterable<MetadataRun>, pause: () => Promise<void>): Promise<string> {
    const sorted = [...runs].sort(byPlace);
    let since = performance.now();
    for (const [index, run] of sorted.entries()) {
      this.#textOf(run);
      if (index % atOnce !== atOnce - 1 || performance.now() - since < turnMs) continue;
      await pause();
      since = performance.now();
    }
    return joined(sorted, (run) => this.#textOf(run));
  }

  #textOf(run: MetadataRun): string {
    const known = this.#texts.get(run);
    if (known !== undefined) return known;
    const text = runText(run);
    this.#texts.set(run, text);
    return text;
  }
}

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function byPlace(one: MetadataRun, other: MetadataRun): number {
  return compareText(one.identifier, other.identifier) || compareText(one.relpath, other.relpath) || Number(one.uid) - Number(other.uid);
}

/** Puts the texts of runs, which are in order, under their names. */
function joined(runs: readonly MetadataRun[], textOf: (run: MetadataRun) => string): string {
  if (runs.length === 0) return "{}";
  let text = "{";
  let before: MetadataRun | undefined;
  for (const run of runs) {
    const sameIdentifier = before?.identifier === run.identifier;
    const sameScope = sameIdentifier && before?.relpath === run.relpath;
    if (!sameIdentifier) text += `${before === undefined ? "" : "\n    }\n  },"}\n  ${JSON.stringify(run.identifier)}: {\n    ${JSON.stringify(run.relpath)}: {\n`;
    else if (!sameScope) text += `\n    },\n    ${JSON.stringify(run.relpath)}: {\n`;
    else text += ",\n";
    text += textOf(run);
    before = run;
  }
  return `${text}\n    }\n  }\n}`;
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
