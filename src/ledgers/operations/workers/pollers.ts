import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { checkedFlag, checkedPath, checkFunction, checkKnown, checkObject, checkSignal } from "../../../base/checks.js";
import { InvalidOptionError, preview, TimedOutError } from "../../../base/errors.js";
import { linkSignals } from "../../../base/link-signals.js";
import { deserialized } from "./deserialized.js";
import { unlessAborted } from "./unless-aborted.js";
import { markOf, readUnchanged, removeFile } from "./watched-file.js";
import type { FileMark } from "./watched-file.js";
import { checkedInterval, checkTimeout } from "./worker-options.js";

/** How often to look, and how long. */
export interface PollOptions {
  /** Between two looks, in milliseconds. Default 100. */
  readonly pollIntervalMs?: number;
  /** After so many milliseconds it rejects with TIMED_OUT. Default: never. */
  readonly timeoutMs?: number;
  /** Ends the waiting with the signal's reason; so does the signal that the work is given. */
  readonly signal?: AbortSignal;
}

/** What is done with a file that came. */
export interface PollFileOptions<T> extends PollOptions {
  /** Makes the value of the file's text. Default: it is JSON. `(text) => text` takes it as it is. */
  readonly deserializer?: (text: string) => T | Promise<T>;
  /** Whether the file goes once it has been read. Default false. */
  readonly delete?: boolean;
}

/** Work that waits: for `spawnCall`, `execServerRequest`, `waitForCompletion`, or to be called. It heeds the signal among its arguments. */
export type Poll<T> = (...args: readonly unknown[]) => Promise<T>;

/** A file that does not change and cannot be read is given up after so long. */
const unreadableMs = 1000;
const ofPolls = ["pollIntervalMs", "timeoutMs", "signal"];

/**
 * Work that waits for a value: `check` is called until it gives something that is neither undefined nor null. An error of it is that of the work.
 * @throws InvalidOptionError; when it runs: @throws TimedOutError and the reason of a signal
 */
export function pollUntil<T>(check: () => T | undefined | null | Promise<T | undefined | null>, options: PollOptions = {}): Poll<T> {
  if (typeof check !== "function") throw new InvalidOptionError("check", `must be a function, not ${preview(check)}`);
  return poll("what was waited for", async () => (await check()) ?? undefined, checkedPoll(options, []));
}

/**
 * Work that waits for a file and reads it, once it has stayed unchanged over two looks. One that stays as it is for a second and that the deserializer does not take is an error.
 * @throws InvalidOptionError; when it runs: @throws TimedOutError @throws WorkerFailedError and the reason of a signal
 */
export function pollFile<T>(given: PollFileOptions<T> & { readonly path: string }): Poll<T> {
  checkObject(given);
  const { path, ...options } = given;
  checkedPath("path", path);
  const waiting = pollFiles<T>({ paths: [path], ...options });
  return async (...args) => ((await waiting(...args)) as [T])[0];
}

/** As {@link pollFile}, for several: the values in the order of the paths, when all are there. Nothing is deleted before. */
export function pollFiles<T>(given: PollFileOptions<T> & { readonly paths: readonly string[] }): Poll<T[]> {
  checkObject(given);
  const { paths, ...options } = given;
  if (!Array.isArray(paths)) throw new InvalidOptionError("paths", `must be a list of paths, not ${preview(paths)}`);
  const all = paths.map((path: unknown, index) => resolve(checkedPath(`paths[${index}]`, path)));
  const checked = checkedPoll(options, ["deserializer", "delete"]);
  checkFunction("deserializer", options.deserializer);
  const remove = checkedFlag("delete", options.delete);
  return async (...args) => {
    const files = all.map((path) => new AwaitedFile(path, options.deserializer));
    const names = files.length === 1 ? String(files[0]?.path) : `${files.length} files`;
    const values = await poll(names, async () => {
      const found: T[] = [];
      for (const file of files) {
        const value = await file.look();
        if (value !== undefined) found.push(value.value);
      }
      return found.length === files.length ? found : undefined;
    }, checked)(...args);
    if (remove) await Promise.all(files.map(({ path }) => removeFile(path)));
    return values;
  };
}

class AwaitedFile<T> {
  readonly #deserializer: ((text: string) => T | Promise<T>) | undefined;
  #last: FileMark;
  #unreadable: { readonly mark: FileMark; readonly since: number } | undefined;
  #value: { readonly value: T } | undefined;

  constructor(
    readonly path: string,
    deserializer: ((text: string) => T | Promise<T>) | undefined,
  ) {
    this.#deserializer = deserializer;
  }

  /** Its value, once it is there; of what was there once that stays. */
  async look(): Promise<{ readonly value: T } | undefined> {
    if (this.#value !== undefined) return this.#value;
    const mark = await markOf(this.path);
    const stable = mark !== undefined && mark === this.#last;
    this.#last = mark;
    if (!stable) return undefined;
    const text = await readUnchanged(this.path, mark);
    if (text === undefined) return undefined;
    try {
      this.#value = { value: await deserialized(this.path, text, this.#deserializer) };
    } catch (error) {
      const now = performance.now();
      if (this.#unreadable?.mark !== mark) this.#unreadable = { mark, since: now };
      if (now - this.#unreadable.since >= unreadableMs) throw error;
    }
    return this.#value;
  }
}

interface CheckedPoll extends PollOptions {
  readonly pollIntervalMs: number;
}

function checkedPoll(options: PollOptions, others: readonly string[]): CheckedPoll {
  checkObject(options);
  checkKnown(options, [...ofPolls, ...others]);
  checkTimeout(options.timeoutMs);
  checkSignal(options.signal);
  return { ...options, pollIntervalMs: checkedInterval(options.pollIntervalMs) };
}

function poll<T>(what: string, look: () => Promise<T | undefined>, { pollIntervalMs, timeoutMs, signal }: CheckedPoll): Poll<T> {
  return async (...args) => {
    const timeout = new AbortController();
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => timeout.abort(new TimedOutError(`Waiting for ${what}`, timeoutMs)), timeoutMs);
    const linked = linkSignals(signal, ...args.filter((one) => one instanceof AbortSignal), timeout.signal);
    const ended = linked.signal as AbortSignal;
    try {
      for (;;) {
        ended.throwIfAborted();
        const value = await unlessAborted(look(), ended);
        if (value !== undefined) return value;
        await pause(pollIntervalMs, undefined, { signal: ended }).catch(() => undefined);
      }
    } finally {
      clearTimeout(timer);
      linked.unlink();
    }
  };
}
