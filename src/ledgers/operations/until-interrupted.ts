import type { OperationSession } from "./operation-session.js";

/**
 * Waits for `work`, which never rejects, but no longer than until the session is interrupted.
 * @returns what the work gave, or undefined after an interruption @throws the reason of `signal`
 */
export async function untilInterrupted<T>(session: OperationSession, work: Promise<T>, signal?: AbortSignal): Promise<{ readonly value: T } | undefined> {
  const ended = await new Promise<{ readonly value: T } | "interrupted" | "aborted">((resolve) => {
    const over = (how: { readonly value: T } | "interrupted" | "aborted"): void => {
      forget();
      signal?.removeEventListener("abort", aborted);
      resolve(how);
    };
    const aborted = (): void => over("aborted");
    const forget = session.onInterrupt(() => over("interrupted"));
    signal?.addEventListener("abort", aborted, { once: true });
    void work.then((value) => over({ value }));
    if (signal?.aborted === true) over("aborted");
    else if (session.interrupted) over("interrupted");
  });
  if (ended === "aborted") signal?.throwIfAborted();
  return typeof ended === "string" ? undefined : ended;
}
