import type { Json, PatchOperation } from "../../src/index.js";
import type { Colours } from "./colours.js";
import { flatten } from "./record-fields.js";
import { clean, shorten, showValue } from "./text.js";

/** One change, with what was there before: undefined for nothing. */
interface Change {
  readonly keys: readonly string[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

const longestValue = 60;
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

const kindOf = ({ before, after }: Change): "added" | "removed" | "changed" => (before === undefined ? "added" : after === undefined ? "removed" : "changed");

const signs = { added: "+", removed: "-", changed: "~" } as const;
const painted = (change: Change, colours: Colours): ((text: string) => string) => ({ added: colours.green, removed: colours.red, changed: colours.yellow })[kindOf(change)];

/** An entity that came or went, or a value that is the whole entity. */
function wholeLine(title: string, change: Change, isRuns: boolean, colours: Colours): string {
  const kind = kindOf(change);
  const sign = painted(change, colours)(signs[kind]);
  if (kind === "changed") return `${sign} ${title}  ${step(change, colours)}`;
  return `${sign} ${title}  ${outline((change.after ?? change.before) as Json, isRuns)}`.trimEnd();
}

function fieldLine(change: Change, colours: Colours): string {
  const kind = kindOf(change);
  const paint = painted(change, colours);
  const field = clean(fieldOf(change));
  if (kind === "changed") return `${paint(signs[kind])} ${field}  ${step(change, colours)}`;
  return `${paint(signs[kind])} ${field}  ${paint(shortValue(change.after ?? change.before))}`;
}

const fieldOf = ({ keys }: Change): string => keys.slice(1).join(".");

const step = ({ before, after }: Change, colours: Colours): string => `${colours.red(shortValue(before))} -> ${colours.green(shortValue(after))}`;

const shortValue = (value: Json | undefined): string => shorten(value === "" ? '""' : showValue(value), longestValue);

/** The first fields of an entity. */
function outline(value: Json, isRuns: boolean): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return shortValue(value);
  const shown = Object.entries(value as Record<string, Json>).filter(([name, below]) => (!isRuns || !namesOfRuns.has(name)) && !isEmpty(below));
  const fields = flatten(Object.fromEntries(shown));
  const some = fields.slice(0, mostFields).map(([name, below]) => `${clean(name)}=${shortValue(below)}`);
  return [...some, ...(fields.length > mostFields ? [`and ${fields.length - mostFields} more`] : [])].join(", ");
}

const isEmpty = (value: Json): boolean => typeof value === "object" && value !== null && Object.keys(value).length === 0;
