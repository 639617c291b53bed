/** A signal that follows others, and the way to let go of them. */
export interface LinkedSignal {
  /** Aborts with the first of them, with its reason; undefined when there is none to follow. */
  readonly signal: AbortSignal | undefined;
  /** Follows no longer: signals that live long would keep every follower. */
  readonly unlink: () => void;
}

/**
 * Follows those signals that are given. However many follow a signal at a time, it gets one listener: Node warns of a leak at the
 * eleventh, and a limit of its owner's is not ours to raise.
 */
export function linkSignals(...signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const given = [...new Set(signals)].filter((signal) => signal !== undefined);
  if (given.length === 0) return { signal: undefined, unlink: () => undefined };
  const controller = new AbortController();
  const links = given.map((signal) => follow(signal, () => controller.abort(signal.reason)));
  return { signal: controller.signal, unlink: () => links.forEach((unlink) => unlink()) };
}

/** Those that follow a signal, and the one listener that tells them. */
interface Followers {
  readonly tell: Set<() => void>;
  readonly listener: () => void;
}

const followersOf = new WeakMap<AbortSignal, Followers>();

/** Calls `tell` when the signal aborts, at once when it has. @returns the way to let go of it */
function follow(signal: AbortSignal, tell: () => void): () => void {
  if (signal.aborted) {
    tell();
    return () => undefined;
  }
  const followers = followersOf.get(signal) ?? listenTo(signal);
  followers.tell.add(tell);
  return () => {
    if (!followers.tell.delete(tell) || followers.tell.size > 0) return;
    signal.removeEventListener("abort", followers.listener);
    followersOf.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Followers {
  const tell = new Set<() => void>();
  const followers = { tell, listener: () => tell.forEach((one) => one()) };
  signal.addEventListener("abort", followers.listener);
  followersOf.set(signal, followers);
  return followers;
}
