import { InvalidValueError } from "../../../base/errors.js";
import type { DataDelta, Sample } from "./data-state.js";
import { formatLine, formatStatus, sortedTags } from "./sample-line.js";
import { scalarAt } from "./yaml-scalar.js";

/** What a `data_state.yaml` tells: all samples as lines; or with `base` what differs from that digest, whose own file is `baseFile`. */
export interface DataStateFile extends DataDelta {
  readonly base?: string;
  readonly baseFile?: string;
}

/**
 * Reads a `data_state.yaml` as daybook writes it, line by line: a library of YAML takes a hundred times as long for a million samples. Whoever writes the form
 * by hand reads it with such a library and gives the object to `new DataState`.
 * @throws InvalidValueError naming the line that is in no such form
 */
export function parseDataStateYaml(text: string): DataStateFile {
  const sections = new Map<string, string[]>();
  const values = new Map<string, string>();
  const samples = new Map<string, Omit<Sample, "uid">>();
  let [section, key]: [string, string | undefined] = ["", undefined];
  text.split("\n").forEach((line, index) => {
    const fail = (): never => {
      throw new InvalidValueError(`line ${index + 1}`, "is not of a data state file");
    };
    if (line === "" || line.startsWith("#")) return;
    const head = /^([A-Za-z]+):(?: (\[\]|\{\}|\S+))?$/.exec(line);
    if (head !== null) {
      [section, key] = [head[1] ?? "", undefined];
      const scalar = head[2] === undefined || /^[[{]/.test(head[2]) ? undefined : scalarAt(head[2], 0);
      if (scalar !== undefined) values.set(section, scalar.value);
      else sections.set(section, []);
    } else if (line.startsWith("  - ")) {
      const item = scalarAt(line, 4);
      if (item?.end !== line.length) return fail();
      (sections.get(section) ?? fail()).push(item.value);
    } else if (line.startsWith("  ? ")) {
      key = scalarAt(line, 4)?.value ?? fail();
    } else {
      const named = key === undefined ? scalarAt(line, 2) : { value: key, end: 2 };
      key = undefined;
      if (named === undefined || !line.startsWith(": ", named.end)) return fail();
      samples.set(named.value, statusFrom(line.slice(named.end + 2), section) ?? fail());
    }
    return;
  });
  return section === "" || (!sections.has("uids") && !values.has("base")) ? missing() : told(sections, values, samples);
}

function told(sections: ReadonlyMap<string, readonly string[]>, values: ReadonlyMap<string, string>, samples: ReadonlyMap<string, Omit<Sample, "uid">>): DataStateFile {
  const [base, baseFile] = [values.get("base"), values.get("baseFile")];
  const lineOf = (uid: string, discarded: boolean, tags: readonly string[]): string => formatLine(uid, formatStatus(discarded, sortedTags(tags)));
  if (base !== undefined) {
    const lines = Array.from(samples, ([uid, { discarded, tags }]) => lineOf(uid, discarded, tags));
    return { lines, removed: sections.get("removed") ?? [], base, ...(baseFile === undefined ? {} : { baseFile }) };
  }
  const discarded = new Set(sections.get("discarded"));
  return { lines: (sections.get("uids") ?? []).map((uid) => lineOf(uid, discarded.has(uid), samples.get(uid)?.tags ?? [])), removed: [] };
}

function statusFrom(text: string, section: string): Omit<Sample, "uid"> | undefined {
  const whole = /^\{ discarded: (true|false), tags: (\[.*\]) \}$/s.exec(text);
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

function missing(): never {
  throw new InvalidValueError("$", "is no data state file: it has neither uids nor base");
}
