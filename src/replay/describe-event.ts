import { assertNever } from "../base/assert-never.js";
import { fieldPathOf, keysOfPointer, pointerTo } from "../base/json-pointer.js";
import type { CatalogueEvent } from "../events/catalogue.js";
import { parseRunStream, runAddress } from "../events/names.js";
import type { Json, JsonObject, RecordedEvent } from "../events/recorded-event.js";
import { catalogueSchemas } from "../events/schemas.js";
import type { Difference } from "./compare-json.js";
import { describeOperationEvent, isOperationEvent } from "./describe-operation-event.js";

/** How many fields, and how much of a value, a description shows. */
const mostFields = 12;
const longestValue = 80;

/**
 * An event in one line for a person: what it said, and of fields that it changed what was there before. Total: of types that are not known
 * here, and of data that is not what its type says, the data itself is shown. Holds no control characters.
 */
export function describeEvent(event: RecordedEvent, changes: readonly Difference[] = []): string {
  return escaped(isKnown(event) ? describeOr(event, changes) : describeData(event));
}

type Changes = ReadonlyMap<string, Difference>;

const isKnown = ({ type, v }: RecordedEvent): boolean => v === 1 && Object.hasOwn(catalogueSchemas, type);

function describeOr(event: RecordedEvent, changes: readonly Difference[]): string {
  try {
    return describeKnown(event as CatalogueEvent, new Map(changes.map((change) => [change.path, change])));
  } catch {
    // Another writer has put other data under that name.
    return describeData(event);
  }
}

function describeData({ type, data }: RecordedEvent): string {
  const some = listed(data, (name, value) => `${shown(name)}=${shown(value)}`);
  return some === "" ? shown(type) : `${shown(type)}: ${some}`;
}

function describeKnown(event: CatalogueEvent, changes: Changes): string {
  if (isOperationEvent(event)) return describeOperationEvent(event, shown);
  switch (event.type) {
    case "run.allocated": {
      const { params = {}, status, storage, paramHash } = event.data;
      const with_ = listed(flat(params), (name, value) => `${name}=${shown(value)}`);
      const rest = [status === undefined ? "" : `status ${shown(status)}`, storage === undefined ? "" : `storage ${shown(storage)}`, with_ === "" && paramHash !== undefined ? `hash ${shown(paramHash)}` : ""];
      return joined([`allocated ${shown(addressOf(event.stream))}${with_ === "" ? "" : ` with ${with_}`}`, ...rest]);
    }
    case "run.status-changed":
      return `status ${step("/status", event.data.status, changes)}`;
    case "run.files-attached":
      return `files: ${listed(event.data.files, (name, value) => `${shown(name)} ${step(pointerTo("/files", name), value, changes)}`)}`;
    case "run.metrics-recorded": {
      const metrics = listed(event.data.metrics, (name, value) => `${shown(name)} ${step(pointerTo("/metrics", name), value, changes)}`);
      return joined([`metrics: ${metrics}`, event.data.step === undefined ? "" : `step ${shown(event.data.step)}`]);
    }
    case "run.error-recorded": {
      const { name, message, code } = event.data;
      return `error: ${name === undefined ? "" : `${shown(name)}: `}${shown(message)}${code === undefined ? "" : ` (${shown(code)})`}`;
    }
    case "run.noted":
      return `note ${step("/note", event.data.note, changes)}`;
    case "run.tagged":
      return `tags: ${listed(Object.fromEntries(event.data.tags.entries()), (_, tag) => shown(tag))}`;
    case "run.attempt-started": {
      const { attempt, host, pid, command } = event.data;
      return `attempt ${shown(attempt)} started on ${shown(host)}, process ${shown(pid)}${command === undefined ? "" : `: ${shown(command.join(" "))}`}`;
    }
    case "run.heartbeat-recorded":
      return `attempt ${shown(event.data.attempt)} is alive, next beat within ${span(event.data.beatWithinMs)}`;
    case "run.attempt-ended": {
      const { attempt, exitCode, signal } = event.data;
      return joined([`attempt ${shown(attempt)} ended`, exitCode === undefined ? "" : `exit code ${shown(exitCode)}`, signal === undefined ? "" : `by ${shown(signal)}`]);
    }
    case "log.recovered": {
      const { segment, offset, bytes, file } = event.data;
      return `a torn tail of ${shown(bytes)} bytes was cut off ${shown(segment)} at byte ${shown(offset)}, and kept as ${shown(file)}`;
    }
    case "log.imported": {
      const counts = Object.entries(event.data.sources).map(([source, ranges]): [string, number] => [source, ranges.reduce((sum, [, count = 0]) => sum + count, 0)]);
      return `imported ${listed(Object.fromEntries(counts), (source, count) => `${shown(count)} events of ${shown(source)}`)}`;
    }
    case "hash.updated": {
      const { folder, from, changed, collides } = event.data;
      const note = collides === undefined ? "" : `its short form of ${Object.keys(collides).map(shown).join(" and ")} stands for another one too`;
      return joined([`hash ${from === undefined ? "" : `${shown(from)} -> `}${shown(folder)}`, changed.length === 0 ? "" : `changed: ${changed.map(shown).join(", ")}`, note]);
    }
    case "hash.dumped":
      return joined([`${shown(event.data.folder)} dumped`, event.data.parts.length === 0 ? "" : `pending were: ${event.data.parts.map(shown).join(", ")}`]);
    case "hash.file-added":
      return `${shown(event.data.kind)} ${shown(event.data.name)}: ${shown(event.data.file.path)}`;
    case "checkpoint.saved": {
      const { step, save, metadata = {}, files } = event.data;
      const with_ = listed(flat(metadata), (name, value) => `${name}=${shown(value)}`);
      const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
      return joined([`checkpoint of step ${shown(step)}`, save === 1 ? "" : `save ${shown(save)}`, `${shown(bytes)} bytes`, with_]);
    }
    case "checkpoint.loaded": {
      const { folder, step, resumed = false, from } = event.data;
      return joined([`${resumed ? "resumed" : "loaded"} ${shown(folder)}${step === undefined ? "" : `, step ${shown(step)}`}`, from === undefined ? "" : `left ${shown(from)}`]);
    }
    case "checkpoint.pinned":
      return `pinned${event.data.reason === undefined ? "" : `: ${shown(event.data.reason)}`}`;
    case "checkpoint.unpinned":
      return `unpinned${event.data.reason === undefined ? "" : `: ${shown(event.data.reason)}`}`;
    case "checkpoint.pruned":
      return `save${event.data.saves.length === 1 ? "" : "s"} ${event.data.saves.map(shown).join(", ")} pruned: ${shown(event.data.reason)}`;
    case "checkpoint.compressed": {
      const files = Object.values(event.data.files);
      const sum = (of: (file: (typeof files)[number]) => number): number => files.reduce((total, file) => total + of(file), 0);
      return `save ${shown(event.data.save)} compressed: ${shown(sum((file) => file.bytes))} -> ${shown(sum((file) => file.storedBytes ?? file.bytes))} bytes`;
    }
    case "warm-start.saved": {
      const { run, kind, objective, iteration, file } = event.data;
      return joined([`${kind === "final" ? "result" : "iterate"} of ${shown(run)}`, objective === undefined ? "" : `objective ${shown(objective)}`, iteration === undefined ? "" : `iteration ${shown(iteration)}`, `${shown(file.bytes)} bytes`]);
    }
    case "warm-start.evicted":
      return `${shown(event.data.run)} given up: ${shown(event.data.reason)}`;
    default:
      return assertNever(event);
  }
}

/** `0.5 -> 0.4` where it was changed, the value alone where it is new, and a word where it was the same. */
function step(path: string, value: Json, changes: Changes): string {
  const change = changes.get(path);
  if (change === undefined) return changes.size === 0 || isNewRun(changes) ? shown(value) : `${shown(value)} (as before)`;
  return change.before === undefined ? shown(value) : `${shown(change.before)} -> ${shown(value)}`;
}

/** The whole record is new: nothing can be told of what was there. */
const isNewRun = (changes: Changes): boolean => changes.has("/uid");

/** The first entries of an object, and how many more there are. */
function listed(values: JsonObject, show: (name: string, value: Json) => string): string {
  const entries = Object.entries(values);
  const some = entries.slice(0, mostFields).map(([name, value]) => show(name, value));
  return [...some, ...(entries.length > mostFields ? [`and ${entries.length - mostFields} more`] : [])].join(", ");
}

/** Nested objects as one level, named as fields are: `model.width`. */
function flat(value: JsonObject): JsonObject {
  const found: [string, Json][] = [];
  const walk = (below: Json, path: string): void => {
    const names = typeof below === "object" && below !== null && !Array.isArray(below) ? Object.keys(below) : [];
    if (names.length === 0 && path !== "") found.push([fieldPathOf(["", ...keysOfPointer(path)]).replace(/^\./, ""), below]);
    else for (const name of names) walk((below as JsonObject)[name] as Json, pointerTo(path, name));
  };
  walk(value, "");
  return Object.fromEntries(found);
}

/** A value in a line: plain texts as they are, everything else as JSON; long ones cut. */
function shown(value: Json | undefined): string {
  const text = typeof value === "string" && isPlain(value) ? value : escaped(JSON.stringify(value) ?? "nothing");
  // Not inside of a pair.
  return text.length <= longestValue ? text : `${text.slice(0, longestValue - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const isPlain = (text: string): boolean => text !== "" && text.search(unprintable) === -1;
const escaped = (text: string): string => text.replace(unprintable, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** `60 s`, `0.5 s`. */
const span = (ms: number): string => `${ms / 1000} s`;

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== "").join(", ");

function addressOf(stream: string): string {
  const run = parseRunStream(stream);
  return run === undefined ? stream : runAddress(run.identifier, run.relpath, run.uid);
}
