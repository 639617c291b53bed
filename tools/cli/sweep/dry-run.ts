import type { Daybook, JsonObject, RunRecord } from "../../../src/index.js";
import type { Sweep } from "../../../src/projects.js";
import { LineOutput, print, say } from "../output.js";
import { addressOf, clean, counted } from "../text.js";
import { fillCommand } from "./placeholders.js";
import type { SweepPlace } from "./sweep-summary.js";
import { showParams } from "./sweep-text.js";

/** So many sets are looked up; more would take long. */
const lookedUp = 100_000;
const shown = 10;

type State = "new" | "done" | "live" | "again";

/** Says what a sweep would do, and does nothing. `book` is undefined where there is no daybook yet. */
export async function dryRun(book: Daybook | undefined, place: SweepPlace, sweep: Sweep, template: readonly string[], json: boolean): Promise<void> {
  const output = new LineOutput();
  const counts: Record<State, number> = { new: 0, done: 0, live: 0, again: 0 };
  let index = 0;
  for (const params of sweep) {
    if (!json && index >= lookedUp) break;
    const record = await find(book, place, params);
    const state = stateOf(record);
    counts[state] += 1;
    const command = fillCommand(template, params);
    if (json) await output.line(JSON.stringify({ index, params, uid: record?.uid ?? null, status: record?.status ?? null, liveness: record?.liveness ?? null, command }));
    else if (index < shown) await print(`${record === undefined ? "new run" : `${addressOf(record)} ${record.status}`}  ${showParams(params, 200)}\n    ${command.map(showWord).join(" ")}\n`);
    index += 1;
  }
  await output.flush();
  if (json) return;
  if (index > shown) say(`daybook: and ${counted(sweep.length - shown, "more set")}`);
  const parts = [`${counts.new} new`, `${counts.done} DONE: not run again`, `${counts.again} failed, lost or never begun: taken up`, `${counts.live} at work elsewhere: waited for`];
  say(`daybook: ${counted(sweep.length, "set")}${index < sweep.length ? `; of the first ${counted(index, "set")}` : ""}: ${parts.filter((part) => !part.startsWith("0 ")).join(", ")}`);
}

async function find(book: Daybook | undefined, { identifier, relpath }: SweepPlace, params: JsonObject): Promise<RunRecord | undefined> {
  return book?.runs.seek(identifier, { relpath, params });
}

function stateOf(record: RunRecord | undefined): State {
  if (record === undefined) return "new";
  return record.status === "DONE" ? "done" : record.liveness === "live" ? "live" : "again";
}

const showWord = (word: string): string => clean(/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
