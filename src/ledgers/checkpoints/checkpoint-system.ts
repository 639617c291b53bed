/** The automatic checkpoint systems of this process: one per root and experiment, and calls on the one that was asked for last. */
import { realpath } from "node:fs/promises";
import * as path from "node:path";
import { NothingRegisteredError } from "../../base/errors.js";
import type { Daybook } from "../../daybook.js";
import { AutomaticCheckpointSystem, checkSystemOptions } from "./automatic-checkpoint-system.js";
import type { ChangeOptions, CheckpointSystemOptions, StepOptions } from "./automatic-checkpoint-system.js";
import type { HashUpdate } from "./manager/update-options.js";

/** A system that is there, or is just being opened. */
interface Entry {
  /** The daybook that it was asked for with. */
  readonly book: Daybook | undefined;
  readonly opening: Promise<AutomaticCheckpointSystem>;
  system: AutomaticCheckpointSystem | undefined;
}

const systems = new Map<string, Entry>();
let last: AutomaticCheckpointSystem | Promise<AutomaticCheckpointSystem> | undefined;

/**
 * The automatic checkpoint system of a root, which is opened once in a process; from now on {@link checkpointOnStep} and its like are about it. Without options it
 * is the one asked for last. A `checkpointFrequency` that is given is set also where the system is there already. With another `book` than that system has, or
 * where that one is closed, it is another system.
 * @throws NothingRegisteredError without options, before there is one @throws as `CheckpointManager.open`
 */
export async function getCheckpointSystem(options?: CheckpointSystemOptions): Promise<AutomaticCheckpointSystem> {
  if (options === undefined) return await lastSystem();
  checkSystemOptions(options);
  const { rootLogDir, book, checkpointFrequency, experiment = "main" } = options;
  const key = `${String(experiment)} ${await placeOf(book?.root ?? rootLogDir ?? "root_experiment")}`;
  const there = systems.get(key);
  if (there !== undefined && isMeant(there, book)) {
    const system = await (last = there.opening);
    if (last === there.opening) last = system;
    if (checkpointFrequency !== undefined) system.checkpointFrequency = checkpointFrequency;
    return system;
  }
  const opening: Promise<AutomaticCheckpointSystem> = AutomaticCheckpointSystem.open(options, (closed) => forget(opening, closed));
  const entry: Entry = { book, opening, system: undefined };
  systems.set(key, entry);
  last = opening;
  try {
    const system = (entry.system = await opening);
    if (last === opening) last = system;
    // Now that the folder is there, it can be told by every path.
    systems.set(`${system.manager.experiment} ${await placeOf(system.manager.root)}`, entry);
    return system;
  } catch (error) {
    forget(opening, undefined);
    throw error;
  }
}

/** Whether a system of that root will do: it works, and is of that daybook, where one is given, or else of the present. */
function isMeant({ book: askedWith, system }: Entry, book: Daybook | undefined): boolean {
  if (system?.manager.closed === true) return false;
  const own = system?.manager.book ?? askedWith;
  return book === undefined ? own?.runs.host.past !== true : own === book;
}

/** See {@link AutomaticCheckpointSystem.checkpointOnStep}. @throws NothingRegisteredError before there is a system */
export async function checkpointOnStep(step?: number, options: StepOptions = {}): Promise<string | undefined> {
  return await (ready() ?? (await lastSystem())).checkpointOnStep(step, options);
}

/** See {@link AutomaticCheckpointSystem.checkpointOnModelChange}. @throws NothingRegisteredError before there is a system */
export async function checkpointOnModelChange(model?: unknown, options: ChangeOptions = {}): Promise<HashUpdate> {
  return await (ready() ?? (await lastSystem())).checkpointOnModelChange(model, options);
}

/** See {@link AutomaticCheckpointSystem.checkpointOnConfigChange}. @throws NothingRegisteredError before there is a system */
export async function checkpointOnConfigChange(config?: object, options: ChangeOptions = {}): Promise<HashUpdate> {
  return await (ready() ?? (await lastSystem())).checkpointOnConfigChange(config, options);
}

/** See {@link AutomaticCheckpointSystem.checkpointOnDataChange}. @throws NothingRegisteredError before there is a system */
export async function checkpointOnDataChange(dataState?: unknown, options: ChangeOptions = {}): Promise<HashUpdate> {
  return await (ready() ?? (await lastSystem())).checkpointOnDataChange(dataState, options);
}

/** Once it is open, calls go on in the same turn: what is given is hashed as it is at the call. */
const ready = (): AutomaticCheckpointSystem | undefined => (last instanceof AutomaticCheckpointSystem ? last : undefined);

async function lastSystem(): Promise<AutomaticCheckpointSystem> {
  if (last !== undefined) return await last;
  throw new NothingRegisteredError("checkpoint system", "There is no checkpoint system yet: call getCheckpointSystem({ rootLogDir }) first");
}

/** The same folder by whichever path; one that there is not yet is told by the path. */
async function placeOf(root: string): Promise<string> {
  const resolved = path.resolve(root);
  return await realpath(resolved).catch(() => resolved);
}

function forget(opening: Promise<AutomaticCheckpointSystem>, closed: AutomaticCheckpointSystem | undefined): void {
  for (const [key, entry] of systems) if (entry.opening === opening) systems.delete(key);
  if (last === opening || (closed !== undefined && last === closed)) last = undefined;
}
