import { InvalidValueError, preview } from "../../../base/errors.js";
import type { DataDelta, Sample } from "./data-state.js";
import { formatLine, formatStatus, sortedTags } from "./sample-line.js";
import { scalarAt } from "./yaml-scalar.js";

/** What a `data_state.yaml` tells: all samples as lines; or with `base` what differs from that digest, whose own file is `baseFile`. */
export interface DataStateFile extends DataDelta {
  readonly base?: string;
  readonly baseFile?: string;
}

type Status = Omit<Sample, "uid">;

/** What a section of the file holds, by its name. */
interface Sections {
  readonly uids?: Set<string>;
  readonly discarded?: Set<string>;
  readonly removed?: Set<string>;
  readonly tags?: Map<string, Status>;
  readonly changed?: Map<string, Status>;
  readonly base?: string;
  readonly baseFile?: string;
}

const lists: readonly string[] = ["uids", "discarded", "removed"];
const maps: readonly string[] = ["tags", "changed"];
const texts: readonly string[] = ["base", "baseFile"];

/**
 * Reads a `data_state.yaml` as daybook writes it, line by line: a library of YAML takes a hundred times as long for a million samples. Whoever writes the form
 * by hand reads it with such a library and gives the object to `new DataState`.
 * @throws InvalidValueError naming the line that is in no such form, or says something twice, and a sample that is told of and is none
 */
export function parseDataStateYaml(text: string): DataStateFile {
  if (typeof text !== "string") throw new InvalidValueError("$", `must be the text of a data state file, not ${preview(text)}`);
  const found: Record<string, Set<string> | Map<string, Status> | string> = {};
  let [section, key]: [string, string | undefined] = ["", undefined];
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const [name, content] = headOf(line) ?? [];
    let ok: boolean;
    if (name !== undefined) {
      ok = key === undefined && !Object.hasOwn(found, name) && content !== undefined;
      section = name;
      found[name] = content ?? "";
    } else if (line.startsWith("  - ")) {
      const [items, item] = [found[section], scalarAt(line, 4)];
      ok = key === undefined && items instanceof Set && item?.end === line.length && !items.has(item.value);
      if (ok) (items as Set<string>).add(item?.value ?? "");
    } else if (line.startsWith("  ? ")) {
      const item = scalarAt(line, 4);
      ok = key === undefined && found[section] instanceof Map && item?.end === line.length;
      key = item?.value;
    } else {
      const [entries, named] = [found[section], key === undefined ? scalarAt(line, 2) : { value: key, end: 2 }];
      const status = named !== undefined && line.startsWith("  ") && line.startsWith(": ", named.end) ? statusFrom(line.slice(named.end + 2), section) : undefined;
      ok = entries instanceof Map && named !== undefined && status !== undefined && !entries.has(named.value);
      if (ok) (entries as Map<string, Status>).set(named?.value ?? "", status as Status);
      key = undefined;
    }
    if (!ok) throw new InvalidValueError(`line ${index + 1}`, "is not of a data state file");
  }
  if (key !== undefined) throw new InvalidValueError(`line ${lines.length}`, "is not of a data state file: it ends within a sample");
  return told(found);
}

/** The name of a section that a line begins, and what it holds so far; the content is undefined for one that is in no such form. */
function headOf(line: string): readonly [string, (Set<string> | Map<string, Status> | string)?] | undefined {
  const [, name, rest] = /^([A-Za-z]+):(?: (.+))?$/s.exec(line) ?? [];
  if (name === undefined) return undefined;
  if (lists.includes(name)) return rest === undefined || rest === "[]" ? [name, new Set()] : [name];
  if (maps.includes(name)) return rest === undefined || rest === "{}" ? [name, new Map()] : [name];
  const scalar = rest === undefined || !texts.includes(name) ? undefined : scalarAt(rest, 0);
  return scalar === undefined || scalar.end !== rest?.length ? [name] : [name, scalar.value];
}

function told({ uids, discarded = new Set(), tags = new Map(), base, baseFile, changed, removed }: Sections): DataStateFile {
  const lineOf = (uid: string, status: Status | undefined, isDiscarded: boolean): string => formatLine(uid, formatStatus(isDiscarded, sortedTags(status?.tags ?? [])));
  if (base !== undefined) {
    if (!/^[0-9a-f]{32}$/.test(base)) throw new InvalidValueError("base", "is no digest, so it is not of a data state file");
    if (uids !== undefined || discarded.size + tags.size > 0) throw new InvalidValueError("$", "is no data state file: it has a base, and samples besides what changed");
    refuseWhere([...(removed ?? [])], (uid) => changed?.has(uid) ?? false, "removed", "has changed as well");
    return { lines: Array.from(changed ?? [], ([uid, status]) => lineOf(uid, status, status.discarded)), removed: [...(removed ?? [])], base, ...(baseFile === undefined ? {} : { baseFile }) };
  }
  if (uids === undefined) throw new InvalidValueError("$", "is no data state file: it has neither uids nor base");
  if (changed !== undefined || removed !== undefined || baseFile !== undefined) throw new InvalidValueError("$", "is no data state file: it tells what changed, and not since when");
  refuseWhere(discarded, (uid) => !uids.has(uid), "discarded", "is no sample");
  refuseWhere(tags.keys(), (uid) => !uids.has(uid), "tags", "is no sample");
  return { lines: Array.from(uids, (uid) => lineOf(uid, tags.get(uid), discarded.has(uid))), removed: [] };
}

function refuseWhere(uids: Iterable<string>, isWrong: (uid: string) => boolean, section: string, problem: string): void {
  for (const uid of uids) if (isWrong(uid)) throw new InvalidValueError(`${section}[${JSON.stringify(uid)}]`, `${problem}, so it is not of a data state file`);
}

function statusFrom(text: string, section: string): Status | undefined {
  const whole = section === "changed" ? /^\{ discarded: (true|false), tags: (\[.*\]) \}$/s.exec(text) : undefined;
  const tags = tagsFrom(section === "tags" ? text : (whole?.[2] ?? ""));
  return tags === undefined ? undefined : { discarded: whole?.[1] === "true", tags };
}

function tagsFrom(text: string): readonly string[] | undefined {
  if (text === "[]") return [];
  const tags: string[] = [];
  for (let at = 0; text.startsWith(at === 0 ? "[" : ", ", at); ) {
    const tag = scalarAt(text, at + (at === 0 ? 1 : 2));
    if (tag === undefined) return undefined;
    tags.push(tag.value);
    at = tag.end;
    if (text.slice(at) === "]") return tags;
  }
  return undefined;
}
