/** How liveness measures time: never by the wall clock, which is set, steps, and differs from host to host. */
export interface LivenessTime {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Calls back after so many milliseconds. `keepsAlive`: the process does not end before. Gives the way to take that back. */
  after(ms: number, callback: () => void, keepsAlive?: boolean): () => void;
}

/** The longest delay that a timer takes; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** This process's own time. */
export const processTime: LivenessTime = {
  now: () => performance.now(),
  after: (ms, callback, keepsAlive = false) => {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), longestDelay));
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after so many milliseconds. Keeps the process alive. */
export const pause = (time: LivenessTime, ms: number): Promise<void> =>
  new Promise((resolve) => {
    time.after(ms, resolve, true);
  });

/** What the work gives, or `undefined` when it takes longer; then it goes on unheard. */
export async function within<T>(time: LivenessTime, ms: number, work: Promise<T>): Promise<T | undefined> {
  let cancel = (): void => undefined;
  const late = new Promise<undefined>((resolve) => {
    cancel = time.after(ms, () => resolve(undefined), true);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
    work.catch(() => undefined);
  }
}
