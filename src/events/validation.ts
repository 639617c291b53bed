/** The registry of event types: what their data must look like, which schema version they are at, and how older versions are read. */
import { checkObject } from "../base/checks.js";
import { InvalidEventError, InvalidIdError, InvalidOptionError, preview } from "../base/errors.js";
import { isReserved } from "./catalogue.js";
import { jsonPath } from "./json-path.js";
import { inspectJson, isPlainJson } from "./json-walk.js";
import { maxType, nounOf, parseStream, parseType } from "./names.js";
import type { JsonObject, NewEvent, RecordedEvent } from "./recorded-event.js";
import { compileCheck, type DataCheck, type JsonSchema } from "./schema-check.js";
import { catalogueSchemas } from "./schemas.js";
import { isStandardSchema, standardCheck, type StandardSchema } from "./standard-schema.js";
import { assertUpcasters, upcastData, type Upcasters } from "./upcasters.js";

/** What is known of an event type. */
export interface EventTypeOptions {
  /** What `data` must be at the current version. Default: any JSON object. */
  readonly schema?: JsonSchema | StandardSchema;
  /** The current schema version, an integer from 1 on. Default 1. */
  readonly version?: number;
  /** A step from every older version to the one after it, applied on read. Default: none, which is right for version 1. */
  readonly upcasters?: Upcasters;
}

interface Definition {
  readonly options: EventTypeOptions;
  readonly version: number;
  readonly upcasters: Upcasters;
  readonly own: boolean;
  check: DataCheck | undefined;
  compiling: Promise<void> | undefined;
}

/** How many streams are remembered as checked. */
const rememberedStreams = 4096;

const nothingToDo = Promise.resolve();

/** Knows the catalogue from the start; an application adds its own types. */
export class EventRegistry {
  readonly #types = new Map<string, Definition>();
  /** Streams that were found to be ones: writers come back to theirs. */
  readonly #streams = new Set<unknown>();
  /** The type checked last; at first one that would pass. */
  #lastType = "log.recovered";
  /** What {@link isReserved} has found. */
  readonly #reserved = new Map<string, boolean>();

  constructor() {
    for (const [type, schema] of Object.entries(catalogueSchemas)) this.registerOwn(type, { schema: { ...schema } });
  }

  /**
   * Adds a type of an application. Registering it again with the very same schema, version and upcasters changes nothing.
   * @throws InvalidIdError for a name that is no type
   * @throws InvalidEventError for a noun that daybook reserves
   * @throws InvalidOptionError for a schema that is none, a missing upcaster, or a type that is registered otherwise
   */
  register(type: string, options: EventTypeOptions = {}): void {
    checkObject(options);
    const name = parseType(type);
    if (isReserved(name)) throw new InvalidEventError(name, "$.type", `has the noun "${nounOf(name)}", which daybook keeps for itself; choose another`);
    const known = this.#types.get(name);
    if (known === undefined) this.#types.set(name, define(name, options, false));
    else if (!sameOptions(known.options, options)) throw new InvalidOptionError("type", `${name} is registered already, with other options`);
  }

  /** Adds or replaces a type of daybook's own. For the ledgers, not for applications. @throws InvalidOptionError as {@link register} does */
  registerOwn(type: string, options: EventTypeOptions = {}): void {
    this.#types.set(type, define(type, options, true));
  }

  /**
   * Prepares what {@link validate} needs for events of `types`: loads the schema library and compiles, if one of them needs it and for the first
   * time. Cheap otherwise.
   * @throws InvalidOptionError (as a rejection) for a registered JSON Schema that is none
   */
  ready(types: Iterable<string>): Promise<void> {
    const waiting: Promise<void>[] = [];
    for (const type of types) {
      const known = this.#types.get(type);
      if (known === undefined || known.check !== undefined || known.options.schema === undefined) continue;
      waiting.push((known.compiling ??= compile(type, known.options.schema, known)));
    }
    return waiting.length === 0 ? nothingToDo : Promise.all(waiting).then(() => undefined);
  }

  /** True when {@link ready} has nothing to do for the types of `events`. */
  isReady(events: readonly (Pick<NewEvent, "type"> | null | undefined)[]): boolean {
    let last: string | undefined;
    for (const event of events) {
      const type = event?.type;
      // Events of one type come in rows.
      if (type === last || type === undefined) continue;
      const known = this.#types.get(type);
      if (known !== undefined && known.check === undefined && known.options.schema !== undefined) return false;
      last = type;
    }
    return true;
  }

  /** True for a type whose noun daybook keeps for itself. Total: takes anything. */
  isReserved(type: unknown): boolean {
    if (typeof type !== "string") return false;
    const known = this.#reserved.get(type);
    if (known !== undefined) return known;
    const reserved = isReserved(type);
    // Types are few; what is not, is somebody's mistake, and need not be quick.
    if (this.#reserved.size < 10_000 && type.length <= maxType) this.#reserved.set(type, reserved);
    return reserved;
  }

  /**
   * Passes an event that may be appended. Data of an older version is checked as the reader will see it: upcast.
   * @throws InvalidIdError for a stream or type outside the alphabet, or a stream not in its normal form
   * @throws InvalidEventError naming the place, such as `$.data.status`, also for a type under a reserved noun that no ledger registered
   * @returns the schema version that its data is of
   * @throws Error when the type's schema has not been made ready
   */
  validate(event: NewEvent): number {
    const { stream, type, data, v } = readEvent(event);
    return this.validateParts(stream, type, data, v);
  }

  /** As {@link validate}, of fields that were read before. */
  validateParts(stream: unknown, type: unknown, data: unknown, v: unknown): number {
    this.#checkStream(stream);
    const name = type === this.#lastType ? this.#lastType : parseType(type);
    const known = this.#types.get(name);
    this.#lastType = name;
    if (known === undefined && this.isReserved(name)) throw new InvalidEventError(name, "$.type", `is not one daybook knows, and the noun "${nounOf(name)}" is reserved`);
    const version = versionOf(name, v, known);
    const plain = plainData(name, data);
    if (known?.options.schema === undefined) return version;
    if (known.check === undefined) throw new Error(`EventRegistry.validate: ${name} has a schema that was not made ready`);
    runCheck(name, known.check, upcastData(name, "to be appended", plain, version, known.version, known.upcasters));
    return version;
  }

  /** @throws InvalidIdError for a stream that is none, or not in its normal form */
  #checkStream(stream: unknown): void {
    if (this.#streams.has(stream)) return;
    const normal = parseStream(stream);
    if (normal !== stream) throw new InvalidIdError("stream", stream, `it is not in its normal form, ${preview(normal)}`);
    if (this.#streams.size >= rememberedStreams) this.#streams.clear();
    this.#streams.add(stream);
  }

  /** All types that are known. */
  types(): IterableIterator<string> {
    return this.#types.keys();
  }

  /** The newest registered schema version of `type`; undefined for a type that nobody registered. */
  newestVersion(type: string): number | undefined {
    return this.#types.get(type)?.version;
  }

  /** The newest registered schema version of `type`; 1 when there is none. */
  currentVersion(type: string): number {
    return this.newestVersion(type) ?? 1;
  }

  /**
   * The event as of the newest registered version of its type. The very same object where nothing is to do: a current or unknown type, and a version
   * above ours, which a later release wrote.
   * @throws InvalidEventError naming seq and type when an upcaster throws or returns no object
   */
  upcast(event: RecordedEvent): RecordedEvent {
    const known = this.#types.get(event.type);
    if (known === undefined || event.v >= known.version) return event;
    const data = upcastData(event.type, `seq ${event.seq}`, event.data, event.v, known.version, known.upcasters);
    return { ...event, v: known.version, data };
  }
}

function define(type: string, options: EventTypeOptions, own: boolean): Definition {
  const { schema, version = 1, upcasters = {} } = options;
  if (!Number.isSafeInteger(version) || version < 1) throw new InvalidOptionError("version", `of ${type} must be an integer from 1 on, not ${preview(version)}`);
  assertUpcasters(type, version, upcasters);
  const kind: string = schema === null ? "null" : Array.isArray(schema) ? "an array" : typeof schema;
  const isSchema = schema === undefined || kind === "object" || (kind === "function" && isStandardSchema(schema));
  if (!isSchema) throw new InvalidOptionError("schema", `of ${type} must be a JSON Schema object or a Standard Schema, not ${kind}`);
  const check = schema !== undefined && isStandardSchema(schema) ? standardCheck(type, schema) : undefined;
  return { options: { ...options }, version, upcasters, own, check, compiling: undefined };
}

function sameOptions(one: EventTypeOptions, other: EventTypeOptions): boolean {
  return one.schema === other.schema && (one.version ?? 1) === (other.version ?? 1) && one.upcasters === other.upcasters;
}

async function compile(type: string, schema: object, known: Definition): Promise<void> {
  try {
    known.check = await compileCheck(type, schema, known.own);
  } finally {
    known.compiling = undefined;
  }
}

/** The fields of an event, each read once. */
function readEvent(event: unknown): { stream: unknown; type: unknown; data: unknown; v: unknown } {
  if (typeof event !== "object" || event === null) throw new InvalidEventError("", "$", `must be an object with stream, type and data, not ${preview(event)}`);
  const { stream, type, data, v } = event as Readonly<Record<string, unknown>>;
  return { stream, type, data, v };
}

function versionOf(type: string, v: unknown, known: Definition | undefined): number {
  const current = known?.version ?? 1;
  if (v === undefined) return current;
  if (typeof v !== "number" || !Number.isSafeInteger(v) || v < 1) throw new InvalidEventError(type, "$.v", "must be a schema version, an integer from 1 on");
  if (known !== undefined && v > current) throw new InvalidEventError(type, "$.v", `is ${v}, but the newest version known here is ${current}`);
  return v;
}

/** `data` as a reader of the log will have it. */
function plainData(type: string, data: unknown): JsonObject {
  if (typeof data === "object" && data !== null && !Array.isArray(data) && isPlainJson(data)) return data as JsonObject;
  if (data === undefined) throw new InvalidEventError(type, "$.data", "is missing");
  const { fault, droppedUndefined } = inspectJson(data, "$.data");
  if (fault !== undefined) throw new InvalidEventError(type, fault.path, fault.problem);
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw new InvalidEventError(type, "$.data", `must be an object, not ${preview(data)}`);
  // To a schema, a field that is undefined is there; to the log it is not. Rare, so the detour does not matter.
  return droppedUndefined ? (JSON.parse(JSON.stringify(data)) as JsonObject) : (data as JsonObject);
}

function runCheck(type: string, check: DataCheck, data: JsonObject): void {
  let fault;
  try {
    fault = check(data);
  } catch (error) {
    if (error instanceof InvalidOptionError) throw error;
    throw new InvalidEventError(type, "$.data", "could not be checked: its schema threw", error);
  }
  if (fault !== undefined) throw new InvalidEventError(type, jsonPath("$.data", fault.keys), fault.problem);
}
