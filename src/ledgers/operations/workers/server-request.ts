import { checkFunction, checkKnown, checkObject, checkSignal } from "../../../base/checks.js";
import { InvalidOptionError, TimedOutError } from "../../../base/errors.js";
import { linkSignals } from "../../../base/link-signals.js";
import { unlessAborted } from "./unless-aborted.js";
import { checkTimeout } from "./worker-options.js";

/** A request to a server, as a call. `Work` is a work function of spawned calls; its last argument is the signal. */
export interface ServerRequestOptions<Work> {
  readonly work: Work;
  /** After so many milliseconds the call fails with TIMED_OUT, and the work's signal is aborted. Default: never. */
  readonly timeoutMs?: number;
  /** Cancels the call: the work's signal aborts, and the call's error is the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What is to be spawned in place of the request. */
export interface ServerRequest<Head extends readonly unknown[], T> {
  readonly description: string;
  readonly work: (...args: [...Head, signal: AbortSignal]) => Promise<T>;
}

/**
 * Work with a time limit. A request that does not heed its signal may go on in the background; what becomes of it is no matter any more.
 * @throws InvalidOptionError
 */
export function serverRequest<Head extends readonly unknown[], T>(options: ServerRequestOptions<(...args: [...Head, signal: AbortSignal]) => T | Promise<T>>): ServerRequest<Head, T> {
  checkObject(options);
  checkKnown(options, ["work", "timeoutMs", "signal", "description", "failOnCrash", "callback"]);
  const { work, timeoutMs, signal } = options;
  if (work === undefined) throw new InvalidOptionError("work", "must be a function");
  checkFunction("work", work);
  checkTimeout(timeoutMs);
  checkSignal(signal);
  return {
    description: "Server request",
    work: async (...args) => {
      const given = args.at(-1) as AbortSignal;
      const head = args.slice(0, -1) as unknown as Head;
      const timeout = new AbortController();
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => timeout.abort(new TimedOutError("The request", timeoutMs)), timeoutMs);
      const linked = linkSignals(given, signal, timeout.signal);
      const limit = linked.signal as AbortSignal;
      try {
        limit.throwIfAborted();
        return await unlessAborted((async () => work(...head, limit))(), limit);
      } finally {
        clearTimeout(timer);
        linked.unlink();
      }
    },
  };
}
