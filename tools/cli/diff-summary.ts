import type { Json, PatchOperation } from "../../src/index.js";
import { changeLine, kindOf, painted, shortValue, signs } from "./change-line.js";
import type { BeforeAndAfter } from "./change-line.js";
import type { Colours } from "./colours.js";
import { flatten } from "./record-fields.js";
import { clean } from "./text.js";

/** One change, and where. */
interface Change extends BeforeAndAfter {
  readonly keys: readonly string[];
}

/** How many fields of an entity that came or went are shown. */
const mostFields = 6;
/** Of runs: what only says again when something else changed, or what their names say. */
const marksOfRuns = new Set(["changed", "changedSeq", "history"]);
const namesOfRuns = new Set([...marksOfRuns, "identifier", "relpath", "uid", "paramHash", "storage", "attempts"]);

/** A patch that was made with tests, as lines by entity: `+` for what was added, `-` for what was removed, `~` for what has another value. */
export function diffSummary(patch: readonly PatchOperation[], view: string, colours: Colours): string[] {
  const isRuns = view === "runs";
  const entities = new Map<string, Change[]>();
  for (const change of changesOf(patch)) {
    const name = change.keys[0] ?? view;
    entities.set(name, [...(entities.get(name) ?? []), change]);
  }
  const lines: string[] = [];
  const count = { added: 0, removed: 0, changed: 0 };
  for (const [name, changes] of entities) {
    const title = colours.bold(clean(isRuns ? name.replace(/^run\//, "") : name));
    const [only] = changes;
    if (only !== undefined && changes.length === 1 && only.keys.length <= 1) {
      count[kindOf(only)] += 1;
      lines.push(wholeLine(title, only, isRuns, colours));
      continue;
    }
    count.changed += 1;
    lines.push(`${colours.yellow("~")} ${title}`);
    const said = changes.filter(({ keys }) => !isRuns || !marksOfRuns.has(keys[1] ?? "")).sort((one, other) => (fieldOf(one) < fieldOf(other) ? -1 : 1));
    for (const change of said) lines.push(`    ${fieldLine(change, colours)}`);
    if (said.length === 0) lines.push(colours.dim("    was told again what was there"));
  }
  const total = (["added", "removed", "changed"] as const).filter((kind) => count[kind] > 0).map((kind) => `${count[kind].toLocaleString("en-US")} ${kind}`);
  return [...lines, total.join(", ")];
}

/** The changes of a patch: each `test` tells what the operation behind it finds. */
function* changesOf(patch: readonly PatchOperation[]): Generator<Change> {
  let before: Json | undefined;
  for (const operation of patch) {
    const keys = operation.path.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    switch (operation.op) {
      case "test":
        before = operation.value;
        continue;
      case "add":
        yield { keys, before: undefined, after: operation.value };
        break;
      case "remove":
        yield { keys, before, after: undefined };
        break;
      case "replace":
        yield { keys, before, after: operation.value };
        break;
    }
    before = undefined;
  }
}

/** An entity that came or went, or a value that is the whole entity. */
function wholeLine(title: string, change: Change, isRuns: boolean, colours: Colours): string {
  const kind = kindOf(change);
  const sign = painted(change, colours)(signs[kind]);
  if (kind === "changed") return changeLine(title, change, colours);
  return `${sign} ${title}  ${outline((change.after ?? change.before) as Json, isRuns)}`.trimEnd();
}

const fieldLine = (change: Change, colours: Colours): string => changeLine(clean(fieldOf(change)), change, colours);

const fieldOf = ({ keys }: Change): string => keys.slice(1).join(".");

/** The first fields of an entity. */
function outline(value: Json, isRuns: boolean): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return shortValue(value);
  const shown = Object.entries(value as Record<string, Json>).filter(([name, below]) => (!isRuns || !namesOfRuns.has(name)) && !isEmpty(below));
  const fields = flatten(Object.fromEntries(shown));
  const some = fields.slice(0, mostFields).map(([name, below]) => `${clean(name)}=${shortValue(below)}`);
  return [...some, ...(fields.length > mostFields ? [`and ${fields.length - mostFields} more`] : [])].join(", ");
}

const isEmpty = (value: Json): boolean => typeof value === "object" && value !== null && Object.keys(value).length === 0;
