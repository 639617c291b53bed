import * as fs from "node:fs";
import { readFileSync } from "node:fs";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { isDaybookError, LockTimeoutError, WriteFailedError } from "../base/errors.js";
import { loadFsExt } from "./native.js";

/** How a lock is taken: alone, or together with other readers. */
export type LockMode = "exclusive" | "shared";

/** The lock of a log. Between `acquire` and `release` the caller makes no await and no thread-pool call. */
export interface LogLock {
  /** Takes the lock if it is free right now. @throws WriteFailedError when the lock file cannot be used */
  tryAcquire(mode: LockMode): boolean;
  /** Waits for the lock; false when `timeoutMs` went by without it. @throws WriteFailedError when the lock file cannot be used */
  wait(mode: LockMode, wait: LockWait): Promise<boolean>;
  /** What to tell those who waited in vain. */
  timedOut(waitedMs: number): LockTimeoutError;
  release(): void;
  close(): void;
}

/** How a lock is waited for. */
export interface LockWait {
  readonly timeoutMs: number;
  /**
   * For whoever is about to sync: many short pauses before sleeping. A lock is held for microseconds and a sleep takes a millisecond, which
   * the sync does not outweigh. Without a sync to come, processes do better in turns of many commits each: two pauses.
   */
  readonly eager: boolean;
}

/** Resolves holding the lock. @throws LockTimeoutError after `timeoutMs` @throws WriteFailedError when the lock file cannot be used */
export async function acquireLock(lock: LogLock, mode: LockMode, timeoutMs: number): Promise<void> {
  const started = performance.now();
  if (lock.tryAcquire(mode) || (await lock.wait(mode, { timeoutMs, eager: true }))) return;
  throw lock.timedOut(Math.round(performance.now() - started));
}

/**
 * flock(2) on a file that is never deleted. One descriptor per lock object: the kernel keeps locks per open file, so
 * two lock objects exclude each other also within one process and across worker threads.
 *
 * Only `flockSync` without waiting is used. fs-ext's asynchronous `flock` waits inside libuv's thread pool, where a few
 * waiters stop every other file call of the process, the one that would release the lock included.
 */
export class FileLock implements LogLock {
  #fd: number | undefined;
  /** What the descriptor is open on; that never changes. */
  #file: { readonly ino: number; readonly dev: number } | undefined;

  constructor(
    readonly path: string,
    readonly writable: boolean,
  ) {}

  tryAcquire(mode: LockMode): boolean {
    try {
      return this.#try(mode);
    } catch (error) {
      // Closing lets go of a lock that may have been granted before something else went wrong.
      this.close();
      throw isDaybookError(error) ? error : new WriteFailedError("The log could not be locked", error);
    }
  }

  async wait(mode: LockMode, { timeoutMs, eager }: LockWait): Promise<boolean> {
    const started = performance.now();
    const pauses = eager ? eagerPauses : 2;
    for (let attempt = 0; ; attempt += 1) {
      const waited = performance.now() - started;
      if (waited >= timeoutMs) return false;
      if (attempt < pauses) {
        pause();
        // So that nothing else in the process waits for longer than one pause.
        await nextTurn();
      } else {
        await sleep(Math.min(backoffMs(attempt - pauses), timeoutMs - waited));
      }
      if (this.tryAcquire(mode)) return true;
    }
  }

  timedOut(waitedMs: number): LockTimeoutError {
    return new LockTimeoutError(this.path, waitedMs, lockHolders(this.path));
  }

  release(): void {
    if (this.#fd === undefined) return;
    try {
      loadFsExt().flockSync(this.#fd, "un");
    } catch {
      // Closing lets go of it, too; and what was done under the lock is done, and its callers wait for their answers.
      this.close();
    }
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }

  #try(mode: LockMode): boolean {
    if (this.#fd === undefined) {
      this.#fd = fs.openSync(this.path, this.writable ? fs.constants.O_RDWR | fs.constants.O_CREAT : fs.constants.O_RDONLY, 0o666);
      this.#file = fs.fstatSync(this.#fd);
    }
    // Being refused is no news: the trace would cost three times as much as the call.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      loadFsExt().flockSync(this.#fd, mode === "exclusive" ? "exnb" : "shnb");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN" || code === "EWOULDBLOCK" || code === "EINTR") return false;
      throw error;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    // Somebody may have replaced the file; a lock on the old one excludes nobody.
    const named = fs.statSync(this.path, { throwIfNoEntry: false });
    if (named !== undefined && named.ino === this.#file?.ino && named.dev === this.#file.dev) return true;
    this.close();
    return false;
  }
}

/** How often somebody in a hurry pauses before sleeping: about a millisecond in all. */
const eagerPauses = 6;

const never = new Int32Array(new SharedArrayBuffer(4));

/** Stops this thread for 0.05 to 0.2 ms, as a quick sync does. Timers take a millisecond at least, and spinning takes the time from the holder. */
function pause(): void {
  Atomics.wait(never, 0, 0, 0.05 + Math.random() * 0.15);
}

/** Jittered and growing, so that waiters neither spin nor march in step: about 0.3 ms at first, up to 10 ms. */
function backoffMs(attempt: number): number {
  const ceiling = Math.min(10, 0.5 * 1.4 ** attempt);
  return ceiling * (0.5 + Math.random() / 2);
}

/** Who holds a lock on the file, from /proc/locks; empty where the system does not tell. */
export function lockHolders(path: string): string[] {
  try {
    const { ino } = fs.statSync(path);
    const pids = readFileSync("/proc/locks", "utf8")
      .split("\n")
      .filter((line) => line.includes("FLOCK") && !line.includes("->") && line.includes(`:${ino} `))
      .map((line) => line.trim().split(/\s+/)[4]);
    return [...new Set(pids)].filter((pid) => pid !== undefined).map(describeProcess);
  } catch {
    return [];
  }
}

function describeProcess(pid: string): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return `pid ${pid} (${command.slice(0, 120)})`;
  } catch {
    return `pid ${pid}`;
  }
}
