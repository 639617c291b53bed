import { checkKnown, checkObject, checkSignal } from "../../base/checks.js";
import { InvalidOptionError, LogClosedError, preview } from "../../base/errors.js";
import type { Daybook } from "../../daybook.js";
import type { WarmStartKind } from "../../events/warm-start-events.js";
import { PendingWork } from "../../pending-work.js";
import { chooseBest, chooseNewest } from "./choose-entry.js";
import type { WarmStartContext } from "./context.js";
import type { CachedEntry, NearestHit, WarmStartEntry } from "./entries.js";
import { evict } from "./evict.js";
import type { EvictOptions, EvictReport } from "./evict.js";
import { Fingerprint } from "./fingerprint.js";
import { gc } from "./gc.js";
import type { WarmStartGcOptions, WarmStartGcReport } from "./gc.js";
import { historyOfKey } from "./history-of-key.js";
import type { SavePoint } from "./history-of-key.js";
import { listEntries } from "./list-entries.js";
import { lookUpEntry } from "./look-up.js";
import { openWarmStarts } from "./open-context.js";
import type { OpenedWarmStarts } from "./open-context.js";
import { saveEntry } from "./save-entry.js";
import { entryToSave } from "./save-input.js";
import type { SaveArguments, SaveEntryOptions } from "./save-input.js";
import type { WarmStartStoreOptions } from "./store-options.js";
import { verifyEntries } from "./verify-entries.js";
import type { VerifyEntriesOptions, WarmStartVerification } from "./verify-entries.js";

/** What every call takes that has no other options. */
export interface CallOptions {
  /** Gives up what the call waits for. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where fits left off, by the fingerprint of their problem, in a daybook (seeds: warm-start-session). Each key has slots, and each slot holds the payload that was saved
 * in it last: a file, which is durable before the event that tells of it. Any number of processes may use one root. On a daybook as of a moment it reads as of then, as far as the
 * files are still there, and what would write rejects with `LOG_READ_ONLY`.
 */
export class WarmStartStore {
  readonly #opened: OpenedWarmStarts;
  readonly #work = new PendingWork();
  #closing: Promise<void> | undefined;

  private constructor(opened: OpenedWarmStarts) {
    this.#opened = opened;
  }

  /**
   * A store in an open daybook, or in the daybook of a folder, which is opened (and made where there is none) and then belongs to this store: close it.
   * @throws InvalidOptionError and what `openDaybook` throws
   */
  static async open(place: Daybook | string, options: WarmStartStoreOptions = {}): Promise<WarmStartStore> {
    return new WarmStartStore(await openWarmStarts(place, options));
  }

  /** The daybook that everything is kept in. */
  get book(): Daybook {
    return this.context.book;
  }

  /** Absolute path of the daybook's root. */
  get root(): string {
    return this.book.root;
  }

  /** What all payloads may take together. */
  get sizeBudgetBytes(): number {
    return this.context.sizeBudgetBytes;
  }

  /** How old an entry may get; 0: any age. */
  get ttlMs(): number {
    return this.context.ttlMs;
  }

  /** @internal */
  get context(): WarmStartContext {
    return this.#opened.context;
  }

  /**
   * The entry to go on from: the one with the least objective. Among those within 1e-12 of the least, a final one, then the newest; one without an objective loses to any that
   * has one. Its payload is verified; one that is missing or altered is given up and reported, and the next one is tried. Undefined where there is none, or none young enough.
   * @throws ReadFailedError when a file cannot be read @throws InvalidOptionError
   */
  lookup(key: Fingerprint | string, options: CallOptions = {}): Promise<CachedEntry | undefined> {
    return this.#call(() => lookUpEntry(this.context, Fingerprint.hexOf("key", key), chooseBest, signalOf(options)));
  }

  /** As {@link lookup}, but the newest, whatever the objectives: those of related problems do not compare. @throws ReadFailedError @throws InvalidOptionError */
  lookupLatest(key: Fingerprint | string, options: CallOptions = {}): Promise<CachedEntry | undefined> {
    return this.#call(() => lookUpEntry(this.context, Fingerprint.hexOf("key", key), chooseNewest, signalOf(options)));
  }

  /** The newest entry of the first of these keys that has any, to be preloaded by a session: related problems, the closest first. @throws ReadFailedError @throws InvalidOptionError */
  nearest(prefixes: Iterable<Fingerprint | string>, options: CallOptions = {}): Promise<NearestHit | undefined> {
    return this.#call(async () => {
      const keys = keysOf(prefixes);
      for (const [index, key] of keys.entries()) {
        const entry = await lookUpEntry(this.context, key, chooseNewest, signalOf(options));
        if (entry !== undefined) return { ...entry, index };
      }
      return undefined;
    });
  }

  /**
   * Saves a payload in a new slot. What it was at the call is saved, durably, before this resolves. Whatever is over the budget then goes, oldest first; with the first save of this store, and every
   * 32nd one, also what has expired.
   * @returns the slot: `rPID-NANOSECONDS`, for {@link saveOverwrite}
   * @throws InvalidOptionError @throws PayloadTooLargeError @throws LogReadOnlyError @throws WriteFailedError
   */
  save(key: Fingerprint | string, payload: Uint8Array, options?: SaveEntryOptions): Promise<string>;
  save(key: Fingerprint | string, payload: Uint8Array, objective: number | undefined, iteration?: number, kind?: WarmStartKind): Promise<string>;
  save(key: Fingerprint | string, payload: Uint8Array, ...more: SaveArguments): Promise<string> {
    return this.#call(() => saveEntry(this.context, entryToSave(key, undefined, payload, more)));
  }

  /** As {@link save}, in a certain slot: what it held before is there until the new payload is durable, and gone then. @throws InvalidIdError, and as of `save` */
  saveOverwrite(key: Fingerprint | string, run: string, payload: Uint8Array, options?: SaveEntryOptions): Promise<void>;
  saveOverwrite(key: Fingerprint | string, run: string, payload: Uint8Array, objective: number | undefined, iteration?: number, kind?: WarmStartKind): Promise<void>;
  saveOverwrite(key: Fingerprint | string, run: string, payload: Uint8Array, ...more: SaveArguments): Promise<void> {
    return this.#call(async () => {
      await saveEntry(this.context, entryToSave(key, run ?? null, payload, more));
    });
  }

  /** Gives up what has expired, then the oldest until the rest fits the budget: first in the log, then on the disk. @throws InvalidOptionError @throws LogReadOnlyError */
  evict(options: EvictOptions = {}): Promise<EvictReport> {
    return this.#call(() => evict(this.context, options));
  }

  /** All entries, or those of a key, oldest first. Payloads are not read. @throws InvalidOptionError */
  entries(options: { readonly key?: Fingerprint | string | undefined } = {}): Promise<WarmStartEntry[]> {
    return this.#call(() => {
      checkObject(options);
      checkKnown(options, ["key"]);
      return listEntries(this.context, options.key === undefined ? undefined : Fingerprint.hexOf("key", options.key));
    });
  }

  /** Everything that was ever saved under a key, oldest first, each with the least objective so far. @throws InvalidOptionError @throws LogCorruptError */
  history(key: Fingerprint | string, options: CallOptions = {}): Promise<SavePoint[]> {
    return this.#call(() => historyOfKey(this.context, Fingerprint.hexOf("key", key), signalOf(options)));
  }

  /** Deletes files below `warm-starts/` that no entry names, once they are an hour old: what killed processes have left. @throws InvalidOptionError @throws LogReadOnlyError */
  gc(options: WarmStartGcOptions = {}): Promise<WarmStartGcReport> {
    return this.#call(() => gc(this.context, options));
  }

  /** Reads the payload of every entry and says which are missing or altered, and which files no entry names. Changes nothing. @throws InvalidOptionError @throws LogReadOnlyError of a past */
  verify(options: VerifyEntriesOptions = {}): Promise<WarmStartVerification> {
    return this.#call(() => verifyEntries(this.context, options));
  }

  /** Waits for what is under way, calls of sessions included; then closes the daybook, if it was opened for this store. Closing twice is closing once. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#work.whenIdle();
      if (this.#opened.owns) await this.book.close();
    })();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal Work that closing waits for. @throws LogClosedError */
  track<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new LogClosedError();
    return this.#work.track(work());
  }

  /** What goes wrong at the call itself rejects, too. */
  #call<T>(call: () => Promise<T>): Promise<T> {
    return this.#work.track(
      (async () => {
        if (this.#closing !== undefined) throw new LogClosedError();
        return await call();
      })(),
    );
  }
}

function signalOf(options: CallOptions): AbortSignal | undefined {
  checkObject(options);
  checkKnown(options, ["signal"]);
  checkSignal(options.signal);
  return options.signal;
}

/** @throws InvalidOptionError */
export function keysOf(prefixes: unknown): string[] {
  const iterable = typeof prefixes === "object" && prefixes !== null && typeof (prefixes as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
  if (!iterable) throw new InvalidOptionError("prefixes", `must be a list of fingerprints, not ${preview(prefixes)}`);
  return Array.from(prefixes as Iterable<unknown>, (key, index) => Fingerprint.hexOf(`prefixes[${index}]`, key));
}
