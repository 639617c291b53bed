import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InvalidOptionError, ProjectionsUnreadableError } from "../base/errors.js";
import type { EventTypeOptions } from "../events/validation.js";
import { checkProjection } from "../projections/projection.js";
import type { Projection } from "../projections/projection.js";

/** What a module has for a daybook. */
export interface ProjectionModule {
  /** Its URL: what a thread imports to have the same. */
  readonly url: string;
  readonly projections: readonly Projection[];
  /** Its export `eventTypes`. */
  readonly eventTypes: ReadonlyMap<string, EventTypeOptions>;
}

const eventTypesName = "eventTypes";

/**
 * Imports a module: every export that is a projection, those in arrays, and what `eventTypes` says of event types.
 * @throws ProjectionsUnreadableError
 */
export async function readProjectionModule(file: string | URL): Promise<ProjectionModule> {
  const url = file instanceof URL ? file : pathToFileURL(file);
  const name = url.protocol === "file:" ? fileURLToPath(url) : url.href;
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = (await import(url.href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new ProjectionsUnreadableError(name, `cannot be imported: ${loadingProblem(error, url)}`, error);
  }
  const projections = new Map<string, Projection>();
  for (const [place, value] of candidates(exported)) {
    if (!looksLikeProjection(value)) continue;
    try {
      checkProjection(value);
    } catch (error) {
      throw new ProjectionsUnreadableError(name, `exports as ${place} what is no projection: ${messageOf(error)}`, error);
    }
    const known = projections.get(value.name);
    if (known !== undefined && known !== value) throw new ProjectionsUnreadableError(name, `exports two projections of the name "${value.name}"`);
    projections.set(value.name, value);
  }
  if (projections.size === 0) throw new ProjectionsUnreadableError(name, "exports no projection: an object with name, version and evolve (and initialState, or keys), or an array of them");
  return { url: url.href, projections: [...projections.values()], eventTypes: eventTypesOf(name, exported) };
}

/** What is exported, with the place that it has; arrays taken apart. A CommonJS module exports what is in its `default`. */
function* candidates(exported: Readonly<Record<string, unknown>>): Generator<[place: string, value: unknown]> {
  for (const [place, value] of Object.entries(exported)) {
    if (Array.isArray(value)) for (const [index, one] of value.entries()) yield [`${place}[${index}]`, one];
    else if (place === "default" && isObject(value) && !looksLikeProjection(value)) yield* candidates(value);
    else yield [place, value];
  }
}

function looksLikeProjection(value: unknown): value is Projection {
  return isObject(value) && "evolve" in value;
}

function eventTypesOf(name: string, exported: Readonly<Record<string, unknown>>): Map<string, EventTypeOptions> {
  const inDefault = isObject(exported["default"]) ? exported["default"][eventTypesName] : undefined;
  const value = exported[eventTypesName] ?? inDefault;
  if (value === undefined) return new Map();
  if (!isObject(value)) throw new ProjectionsUnreadableError(name, `exports as ${eventTypesName} no object of event types, by their names`);
  return new Map(Object.entries(value) as [string, EventTypeOptions][]);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
const messageOf = (error: unknown): string => (error instanceof InvalidOptionError ? error.message : String(error));

function loadingProblem(error: unknown, url: URL): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // The file itself, not one that it imports.
  if (code === "ERR_MODULE_NOT_FOUND" && url.protocol === "file:" && !existsSync(url)) return "there is no such file";
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") return "Node does not know files of that kind; a TypeScript file has to be compiled";
  return error instanceof Error ? `${error.name}: ${error.message.split("\n", 1)[0]}` : String(error);
}
