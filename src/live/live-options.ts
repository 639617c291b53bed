import { checkObject } from "../base/checks.js";
import { InvalidOptionError, preview } from "../base/errors.js";
import { parseStream } from "../events/names.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import type { Cursor } from "../log/port.js";
import { isWithin } from "../log/streams.js";

/** Which events are followed, and from where on. */
export interface LiveOptions {
  /**
   * The first seq (0 is 1); or a cursor (as `book.log.head()` and `onCaughtUp` give it), to go on behind it; or `"head"`, for only
   * what is appended from now on. A cursor that the log does not have ends in LOG_FORKED. Default 1: everything.
   */
  readonly from?: number | Cursor | "head";
  /** Only these event types. Default: all. */
  readonly types?: readonly string[];
  /** Only this stream and everything below it. Default: all. */
  readonly stream?: string;
  /**
   * Hold events back until they are known to be on the disk, so that no power cut takes back what was seen. An event of
   * another process may be held for about 100 ms, and by a read-only daybook until the next append of anyone. Default false.
   */
  readonly durable?: boolean;
  /**
   * Called when everything that the log holds has been taken by the subscriber: at first, and again after each time that
   * there was more. The cursor is the place, to go on from another time.
   */
  readonly onCaughtUp?: (at: Cursor) => void;
}

/** Options, complete and checked. */
export interface ResolvedLiveOptions {
  /** Seq or cursor behind which to begin. */
  readonly after: number | Cursor | "head";
  readonly matches: (event: RecordedEvent) => boolean;
  readonly durable: boolean;
  readonly onCaughtUp: ((at: Cursor) => void) | undefined;
}

/** @throws InvalidOptionError naming the field @throws InvalidIdError for a stream outside the alphabet */
export function resolveLiveOptions(options: LiveOptions): ResolvedLiveOptions {
  checkObject(options);
  const { types, durable = false, onCaughtUp } = options;
  if (types !== undefined && !(Array.isArray(types) && types.every((type) => typeof type === "string"))) {
    throw new InvalidOptionError("types", `must be a list of event types, not ${preview(types)}`);
  }
  if (typeof durable !== "boolean") throw new InvalidOptionError("durable", `must be true or false, not ${preview(durable)}`);
  if (onCaughtUp !== undefined && typeof onCaughtUp !== "function") throw new InvalidOptionError("onCaughtUp", "must be a function");
  const stream = options.stream === undefined ? undefined : parseStream(options.stream);
  return { after: startOf(options.from ?? 1), matches: matcher(stream, types), durable, onCaughtUp };
}

function startOf(from: number | Cursor | "head"): number | Cursor | "head" {
  if (from === "head") return from;
  const isCursor = typeof from === "object" && from !== null;
  const seq: unknown = isCursor ? from.seq : from;
  if (!Number.isSafeInteger(seq) || (seq as number) < 0 || (isCursor && typeof from.token !== "string")) {
    throw new InvalidOptionError("from", `must be a seq, a cursor { seq, token } or "head", not ${preview(from)}`);
  }
  return isCursor ? from : Math.max(0, (seq as number) - 1);
}

function matcher(stream: string | undefined, types: readonly string[] | undefined): (event: RecordedEvent) => boolean {
  const wanted = types === undefined ? undefined : new Set(types);
  return (event) => (wanted === undefined || wanted.has(event.type)) && (stream === undefined || isWithin(event.stream, stream));
}
