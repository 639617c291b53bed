import { InvalidOptionError, preview } from "../../base/errors.js";
import type { WarmStartSeed } from "../../events/warm-start-events.js";
import { InTurn } from "../in-turn.js";
import { chooseBest, chooseNewest } from "./choose-entry.js";
import type { CachedEntry, NearestHit, PreloadableEntry } from "./entries.js";
import { Fingerprint } from "./fingerprint.js";
import { lookUpEntry } from "./look-up.js";
import { preloadable } from "./preloadable.js";
import type { WarmStartFault } from "./report.js";
import { newRunId } from "./run-id.js";
import { saveEntry } from "./save-entry.js";
import type { EntryToSave } from "./save-entry.js";
import { checkedIteration, checkedObjective, checkPayload, entryToSave } from "./save-input.js";
import { resolveSession } from "./session-options.js";
import type { WarmStartSessionOptions } from "./session-options.js";
import { afterWrite, isDue } from "./throttle.js";
import type { Written } from "./throttle.js";
import { keysOf, WarmStartStore } from "./warm-start-store.js";

/** Where an entry came from: saved under the session's own key, or preloaded from a related one. */
export type LoadSource = "exact" | "preloaded";

/** An entry, and where it came from. */
export interface LoadedEntry {
  readonly entry: CachedEntry;
  readonly source: LoadSource;
}

/**
 * One fit under way, tied to the key of its problem (seeds: warm-start-session): it loads the best that is known, and saves how far it has come, always in the same slot.
 * Calls take effect one after another in the order in which they are made, also when nobody awaits them. It holds nothing that would have to be closed: closing
 * the store waits for its calls.
 */
export class WarmStartSession {
  readonly #store: WarmStartStore;
  readonly #key: Fingerprint;
  readonly #runId: string;
  readonly #settings: ReturnType<typeof resolveSession>;
  readonly #turns = new InTurn();
  /** Calls that have begun and not ended. */
  #underWay = 0;
  #written: Written = { lastMs: undefined, best: undefined };
  #preloaded: CachedEntry | undefined;
  /** What the fit began from: told with the first save. */
  #seed: WarmStartSeed | undefined;

  private constructor(store: WarmStartStore, key: Fingerprint, settings: ReturnType<typeof resolveSession>) {
    this.#store = store;
    this.#key = key;
    this.#settings = settings;
    this.#runId = `ckpt-${newRunId(store.context.clock)}`;
  }

  /** A session, at once; awaiting it does no harm. Nothing is read or written yet. @throws InvalidOptionError */
  static open(store: WarmStartStore, key: Fingerprint | string, options: WarmStartSessionOptions = {}): WarmStartSession {
    if (!(store instanceof WarmStartStore)) throw new InvalidOptionError("store", `must be a WarmStartStore, not ${preview(store)}`);
    return new WarmStartSession(store, Fingerprint.fromHex(Fingerprint.hexOf("key", key)), resolveSession(options, store.context));
  }

  get key(): Fingerprint {
    return this.#key;
  }

  /** The slot that this session saves in: `ckpt-rPID-NANOSECONDS`. */
  get runId(): string {
    return this.#runId;
  }

  get store(): WarmStartStore {
    return this.#store;
  }

  /**
   * Puts an entry of a related problem in front of what the store has: the next {@link tryLoad} gives it, and then it is used up. It replaces one that was preloaded before. What is saved
   * still goes under this session's key. Undefined, as `nearest` gives it for no hit, changes nothing.
   * @returns whether there was an entry
   * @throws InvalidOptionError
   */
  preload(entry: NearestHit | PreloadableEntry | undefined): boolean {
    if (entry === undefined) return false;
    const copy = preloadable(entry);
    void this.#turns.do(() => {
      this.#preloaded = copy;
      return Promise.resolve();
    });
    return true;
  }

  /** Preloads the newest entry of the first of these keys that has any. @returns whether there was one; false also when the store failed, which goes to `onError` @throws InvalidOptionError */
  async preloadNearest(prefixes: Iterable<Fingerprint | string>): Promise<boolean> {
    const keys = keysOf(prefixes);
    return await this.#inTurn("load", false, async () => {
      for (const key of keys) {
        const entry = await lookUpEntry(this.#store.context, key, chooseNewest, undefined);
        if (entry === undefined) continue;
        this.#preloaded = entry;
        return true;
      }
      return false;
    });
  }

  /** The entry to begin from: a preloaded one, which is used up by this, else the best of this session's key. Undefined where there is none, or the store failed, which goes to `onError`. */
  async tryLoad(): Promise<CachedEntry | undefined> {
    return (await this.tryLoadWithSource())?.entry;
  }

  /** As {@link tryLoad}, and where it came from: only an exact final entry is the result of this very problem. */
  async tryLoadWithSource(): Promise<LoadedEntry | undefined> {
    return await this.#inTurn("load", undefined, async () => {
      const loaded = await this.#load();
      this.#preloaded = undefined;
      if (loaded === undefined) return undefined;
      const { key, run } = loaded.entry;
      if (key !== undefined && run !== undefined) this.#seed = { key, run, source: loaded.source };
      return loaded;
    });
  }

  /** What {@link tryLoad} would give, without using up what is preloaded. */
  async peekLoad(): Promise<CachedEntry | undefined> {
    return (await this.peekLoadWithSource())?.entry;
  }

  /** What {@link tryLoadWithSource} would give, without using up what is preloaded. */
  async peekLoadWithSource(): Promise<LoadedEntry | undefined> {
    return await this.#inTurn("load", undefined, async () => {
      const loaded = await this.#load();
      return loaded?.source === "preloaded" ? { ...loaded, entry: preloadable(loaded.entry) } : loaded;
    });
  }

  /**
   * Saves how far the fit has come, as the payload is at the call, unless the last write is less than the interval ago and the objective is not less than the least so far of this session by more
   * than 1e-12; the first objective always is. It takes the place of what this session saved before, also where that was better: whoever wants the best to stay gives no worse ones.
   * @returns whether it was written. A store that fails makes it false, and goes to `onError`
   * @throws InvalidOptionError for what is no payload, objective or iteration
   */
  async checkpoint(payload: Uint8Array, objective?: number, iteration?: number): Promise<boolean> {
    checkPayload("payload", payload);
    checkedObjective(objective);
    checkedIteration(iteration);
    // The time of the call: those that wait for a slow disk were not made any later.
    const nowMs = this.#settings.clock();
    // Held back at once where nothing is under way that could change it: no copy is made then, which costs tight loops of large payloads most.
    if (this.#underWay === 0 && !isDue(objective, nowMs, this.#written, this.#settings.minIntervalMs)) return false;
    const entry = entryToSave(this.#key, this.#runId, payload, [objective, iteration, "checkpoint"]);
    return await this.#inTurn("save", false, async () => {
      if (!isDue(objective, nowMs, this.#written, this.#settings.minIntervalMs)) return false;
      await this.#save(entry);
      this.#written = afterWrite(this.#written, objective, nowMs);
      return true;
    });
  }

  /** Saves the result of the fit, whenever the last write was, and makes this session's entry a final one. Returns and throws as {@link checkpoint}. */
  async finalize(payload: Uint8Array, objective?: number, iteration?: number): Promise<boolean> {
    const entry = entryToSave(this.#key, this.#runId, payload, [objective, iteration, "final"]);
    const nowMs = this.#settings.clock();
    return await this.#inTurn("save", false, async () => {
      await this.#save(entry);
      this.#written = afterWrite(this.#written, objective, nowMs);
      return true;
    });
  }

  async #load(): Promise<LoadedEntry | undefined> {
    if (this.#preloaded !== undefined) return { entry: this.#preloaded, source: "preloaded" };
    const entry = await lookUpEntry(this.#store.context, this.#key.toHex(), chooseBest, undefined);
    return entry === undefined ? undefined : { entry, source: "exact" };
  }

  async #save(entry: EntryToSave): Promise<void> {
    await saveEntry(this.#store.context, { ...entry, seed: this.#seed });
    this.#seed = undefined;
  }

  /** Whatever the store does wrong is told, and no reason for a fit to stop. */
  async #inTurn<T>(doing: WarmStartFault["doing"], otherwise: T, work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await this.#store.track(() => this.#turns.do(work));
    } catch (error) {
      this.#settings.report(error, { key: this.#key.toHex(), run: this.#runId, doing });
      return otherwise;
    } finally {
      this.#underWay -= 1;
    }
  }
}
