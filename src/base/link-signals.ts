/** A signal that follows others, and the way to let go of them. */
export interface LinkedSignal {
  /** Aborts with the first of them, with its reason; undefined when there is none to follow. */
  readonly signal: AbortSignal | undefined;
  /** Listens no longer: signals that live long would keep every listener. */
  readonly unlink: () => void;
}

/** Follows those signals that are given. */
export function linkSignals(...signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const given = [...new Set(signals)].filter((signal) => signal !== undefined);
  if (given.length < 2) return { signal: given[0], unlink: () => undefined };
  const controller = new AbortController();
  const links = given.map((signal) => {
    const follow = (): void => controller.abort(signal.reason);
    if (signal.aborted) follow();
    signal.addEventListener("abort", follow);
    return () => signal.removeEventListener("abort", follow);
  });
  return { signal: controller.signal, unlink: () => links.forEach((unlink) => unlink()) };
}
