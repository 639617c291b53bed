import { InvalidOptionError, ModelUnsupportedError, NothingRegisteredError, preview } from "../../../base/errors.js";
import type { CheckpointContext } from "../context.js";
import type { Tensors } from "../models/tensors.js";

/** What a checkpoint is to be put into. */
export interface RestoreTargets {
  readonly model?: unknown;
  readonly modelName?: string;
  readonly optimizer?: unknown;
  readonly optimizerName?: string;
}

/** Something that was read and not put anywhere, and why. */
export interface NotApplied {
  readonly what: "model" | "optimizer" | "config" | "data";
  readonly why: string;
}

/** What puts a thing's state back, and what takes that back again. */
export interface Restoration {
  readonly apply: () => Promise<void>;
  readonly undo: () => Promise<void>;
}

type Kind = "model" | "optimizer";
interface Adapter {
  readonly name: string;
  accepts(value: unknown): boolean;
  tensors?(value: unknown): Promise<Tensors>;
  prepareRestore?(value: unknown, tensors: Tensors): Promise<() => Promise<void> | void>;
}

/**
 * What is to be restored: what the caller gives; what is registered under the name given; else under the name that it was saved under; else the only one
 * registered. Undefined where nothing is. @throws NothingRegisteredError for a name that nothing is registered under, and where
 * several are @throws InvalidOptionError
 */
export function restoreTarget({ registered }: CheckpointContext, kind: Kind, given: unknown, name: unknown, savedName: string | undefined): unknown {
  if (given !== undefined && given !== null) return given;
  const known = kind === "model" ? registered.models : registered.optimizers;
  if (name !== undefined) {
    if (typeof name !== "string") throw new InvalidOptionError(`${kind}Name`, `must be a text, not ${preview(name)}`);
    if (!known.has(name)) throw new NothingRegisteredError(kind, `No ${kind} is registered as ${preview(name)}${among([...known.keys()])}`);
    return known.get(name);
  }
  if (known.size === 0) return undefined;
  if (savedName !== undefined) {
    // Another one may be of the same shape: it would take the state without complaint.
    if (!known.has(savedName)) throw new NothingRegisteredError(kind, `The ${kind} was saved as ${preview(savedName)}, and none is registered by that name${among([...known.keys()])}; ${kind} or ${kind}Name says which is meant`);
    return known.get(savedName);
  }
  if (known.size > 1) throw new NothingRegisteredError(kind, `Several ${kind}s are registered, and the call has to name one${among([...known.keys()])}`);
  return [...known.values()][0];
}

/**
 * Checks that what was saved fits what it is to be put into; nothing is changed yet. Undefined for what has no state of its own, such as a description of a model.
 * @throws ModelUnsupportedError
 */
export async function prepareRestoration(context: CheckpointContext, kind: Kind, target: unknown, tensors: Tensors | undefined, file: string): Promise<Restoration | undefined> {
  const adapters: readonly Adapter[] = kind === "model" ? context.models : context.optimizers;
  const adapter = adapters.find((one) => one.accepts(target));
  if (adapter === undefined) throw new ModelUnsupportedError(`The ${kind} given is of no kind that can be restored here: give an adapter for it, or load with apply: false and put the state in yourself`);
  if (adapter.prepareRestore === undefined) return undefined;
  if (tensors === undefined) throw new ModelUnsupportedError(`${file} holds bytes in a form of their own, not tensors: load with apply: false and put them into the ${kind} yourself`);
  const apply = await adapter.prepareRestore(target, tensors);
  // Taken before anything is changed, and copied: some models hand out what they compute with.
  const before = adapter.tensors === undefined ? undefined : copied(await adapter.tensors(target));
  const back = before === undefined ? undefined : await adapter.prepareRestore(target, before).catch(() => undefined);
  return { apply: async () => void (await apply()), undo: async () => void (await back?.()) };
}

/** Applies all of it and then does `then`, or leaves everything as it was: what one of them throws comes out once the others are taken back. */
export async function applyAll<Result>(restorations: readonly Restoration[], then: () => Promise<Result>): Promise<Result> {
  const begun: Restoration[] = [];
  try {
    for (const restoration of restorations) {
      begun.unshift(restoration);
      await restoration.apply();
    }
    return await then();
  } catch (error) {
    for (const { undo } of begun) await undo().catch(() => undefined);
    throw error;
  }
}

function copied(tensors: Tensors): Tensors {
  const copyOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength).slice();
  return new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, data: copyOf(tensor.data) }]));
}

const among = (names: readonly string[]): string => (names.length === 0 ? ": nothing is registered" : `: registered are ${names.map((name) => preview(name)).join(", ")}`);
