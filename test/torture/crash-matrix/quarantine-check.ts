import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../format/independent-files.js";
import type { JsonObject } from "../../format/independent-files.js";
import type { Reading } from "../../format/independent-reader.js";

/** What a `log.recovered` event says (docs/format.md, section 13). */
interface Recovered {
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly file: string;
}

const recoveries = (events: readonly JsonObject[]): Recovered[] => events.filter((event) => event["type"] === "log.recovered").map((event) => event["data"] as Recovered);

/**
 * Every cut is told of by an event, and every copy that an event names is there. A copy that no event names is one of a recovery
 * that was interrupted itself: then the tail still lies there, or a later recovery at the same place told of what it found.
 */
export function quarantineProblems(root: string, { events, torn }: Reading): string[] {
  const problems: string[] = [];
  const told = recoveries(events);
  for (const { file, bytes, sha256: digest } of told) {
    const path = join(root, file);
    const content = existsSync(path) ? readFileSync(path) : undefined;
    if (content === undefined) problems.push(`${file} is told of and is not there`);
    else if (content.length !== bytes || sha256(content) !== digest) problems.push(`${file} is not what the log says of it`);
  }
  const named = new Set(told.map(({ file }) => file));
  const places = new Set([...told, ...(torn === undefined ? [] : [torn])].map(({ segment, offset }) => `${segment.slice(0, 20)}-${offset}`));
  for (const name of copiesIn(root)) {
    if (named.has(`quarantine/${name}`)) continue;
    if (!places.has(name.split("-").slice(0, 2).join("-"))) problems.push(`quarantine/${name} is told of by no event, and nothing was cut there`);
  }
  return problems;
}

function copiesIn(root: string): string[] {
  const folder = join(root, "quarantine");
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith(".new")) : [];
}
