import * as os from "node:os";
import { clockReader, isTimeMs } from "./base/clock.js";
import type { Clock, ClockOption } from "./base/clock.js";
import { checkedKey, checkedPath } from "./base/checks.js";
import { ClockJumpError, InvalidOptionError, preview } from "./base/errors.js";
import { maxLineBytes } from "./events/limits.js";
import { parseParticipant } from "./events/names.js";
import type { ClockGuard, Durability } from "./log/port.js";
import type { KeyInput } from "./log/proof/keys.js";

/** How a daybook is opened. */
export interface DaybookOptions {
  /** Who appends: goes into every event as `by`. Default: host name and pid, such as `node7:4711`. */
  readonly participantId?: string;
  /** Only read: nothing is created or written, and a damaged log is served up to the damage. Default false. */
  readonly readOnly?: boolean;
  /** `"fsync"`: an append resolves once its bytes are on the disk. `"os"`: after the write. Default `"fsync"`. */
  readonly durability?: Durability;
  /** A segment this long is followed by a new one; 4,096 to 1 GiB. Default 16 MiB. */
  readonly segmentBytes?: number;
  /** The longest event, as a line of the log. Default 1 MiB, at most 16 MiB. */
  readonly maxEventBytes?: number;
  /** How long an append waits for its turn among all processes. Default 10,000. */
  readonly lockTimeoutMs?: number;
  /** The clock: a function that gives milliseconds since 1970 or a Date, or an object with such a `now`. Default: the system's. */
  readonly clock?: ClockOption;
  /**
   * Whether an append may be more than 24 h ahead of the log's last time. Default: a log that was left alone for longer may
   * be opened and gone on with under the system's clock; a clock that jumps while it is open may not, and neither may a
   * clock of your own.
   */
  readonly allowClockJump?: boolean;
  /** Allow writing on a network file system. Only where exactly one machine writes. Default false. */
  readonly unsafeFileSystem?: boolean;
  /**
   * Keeps the runs as a `metadata.json` in the Python run ledger's layout too, `<root>/metadata.json` or the file named: replaced as a whole, at most
   * every 250 ms, and once more when the daybook is closed. A file that is there already, and holds what this daybook does not have, is refused
   * (METADATA_FOREIGN). A file that cannot be written is told by a process warning and tried again: the log does not depend on it.
   */
  readonly materialize?: boolean | MaterializeOptions;
  /**
   * The private half of an Ed25519 key: path of a PEM file, PEM text, or a key object of Node. What this process seals is signed by it, and so is
   * what `proof` gives. Default: nothing is signed. Keep it outside the root (`daybook keys new FILE` makes one).
   */
  readonly signingKey?: KeyInput;
}

/** Where the runs are kept as a `metadata.json`. */
export interface MaterializeOptions {
  /** Its path. Default: `<root>/metadata.json`. */
  readonly path?: string;
}

/** Options, complete and checked. */
export interface ResolvedOptions {
  readonly participantId: string;
  readonly readOnly: boolean;
  readonly durability: Durability;
  readonly segmentBytes: number | undefined;
  readonly maxEventBytes: number | undefined;
  readonly lockTimeoutMs: number;
  readonly clock: Clock;
  readonly clockGuard: ClockGuard;
  readonly unsafeFileSystem: boolean;
  /** Undefined: not kept. */
  readonly materialize: MaterializeOptions | undefined;
  /** Undefined: nothing is signed. */
  readonly signingKey: KeyInput | undefined;
}

export const defaultSegmentBytes = 16 * 1024 * 1024;
const dayMs = 24 * 60 * 60 * 1000;

const known: ReadonlySet<string> = new Set<keyof DaybookOptions>([
  "participantId",
  "readOnly",
  "durability",
  "segmentBytes",
  "maxEventBytes",
  "lockTimeoutMs",
  "clock",
  "allowClockJump",
  "unsafeFileSystem",
  "materialize",
  "signingKey",
]);

/** @throws InvalidOptionError naming the field @throws InvalidIdError for a participant outside the alphabet */
export function resolveOptions(options: DaybookOptions): ResolvedOptions {
  if (typeof options !== "object" || options === null) throw new InvalidOptionError("options", `must be an object, not ${preview(options)}`);
  for (const field of Object.keys(options)) if (!known.has(field)) throw new InvalidOptionError(field, `is none of ${[...known].join(", ")}`);
  const { durability = "fsync", clock } = options;
  if (durability !== "fsync" && durability !== "os") throw new InvalidOptionError("durability", `must be "fsync" or "os", not ${preview(durability)}`);
  return {
    participantId: parseParticipant(options.participantId ?? defaultParticipant()),
    readOnly: flag("readOnly", options.readOnly) ?? false,
    durability,
    segmentBytes: options.segmentBytes === undefined ? undefined : whole("segmentBytes", options.segmentBytes, 4096, 1024 ** 3),
    maxEventBytes: options.maxEventBytes === undefined ? undefined : whole("maxEventBytes", options.maxEventBytes, 1024, maxLineBytes),
    lockTimeoutMs: whole("lockTimeoutMs", options.lockTimeoutMs ?? 10_000, 0, 2 ** 31 - 1),
    clock: checkedClock(clock ?? Date.now),
    clockGuard: guardFor(flag("allowClockJump", options.allowClockJump), clock),
    unsafeFileSystem: flag("unsafeFileSystem", options.unsafeFileSystem) ?? false,
    materialize: materializing(options),
    signingKey: options.signingKey === undefined ? undefined : checkedKey("signingKey", options.signingKey),
  };
}

function guardFor(allow: boolean | undefined, clock: ClockOption | undefined): ClockGuard {
  if (allow === true) return () => undefined;
  const refuse: ClockGuard = (now, last) => {
    if (now - last > dayMs) throw new ClockJumpError(new Date(last).toISOString(), new Date(now).toISOString());
  };
  // A clock of the caller's own, or a strict opening: the log's last time is all there is to compare with.
  if (allow === false || clock !== undefined) return refuse;
  // The system's uptime goes on while a log rests and while the machine sleeps: it vouches for the time since opening.
  const openedAt = Date.now();
  const upAt = os.uptime();
  return (now, last) => {
    // Asking for the uptime costs more than all the rest of an append.
    if (now - last > dayMs) refuse(now, Math.max(last, openedAt + (os.uptime() - upAt) * 1000));
  };
}

function checkedClock(clock: ClockOption): Clock {
  const read = clockReader(clock);
  if (read === undefined) throw new InvalidOptionError("clock", `must be a function that gives the time, or an object with such a now, not ${preview(clock)}`);
  return () => {
    const now = read();
    if (!isTimeMs(now)) {
      throw new InvalidOptionError("clock", `gave ${preview(now)}, which is no time in milliseconds since 1970`);
    }
    return Math.floor(now);
  };
}

/** Host and pid, in the alphabet of names. */
function defaultParticipant(): string {
  const host = os.hostname().replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+/, "");
  return `${host === "" ? "host" : host}:${process.pid}`;
}

/** @throws InvalidOptionError */
function materializing({ materialize, readOnly }: DaybookOptions): MaterializeOptions | undefined {
  if (materialize === undefined || materialize === false) return undefined;
  if (readOnly === true) throw new InvalidOptionError("materialize", "needs a daybook that is opened for writing");
  if (materialize === true) return {};
  if (typeof materialize !== "object" || materialize === null) throw new InvalidOptionError("materialize", `must be true, false or { path }, not ${preview(materialize)}`);
  for (const field of Object.keys(materialize)) if (field !== "path") throw new InvalidOptionError(`materialize.${field}`, "is none of path");
  return materialize.path === undefined ? {} : { path: checkedPath("materialize.path", materialize.path) };
}

function flag(field: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw new InvalidOptionError(field, `must be true or false, not ${preview(value)}`);
}

function whole(field: string, value: unknown, min: number, max: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new InvalidOptionError(field, `must be a whole number from ${min} to ${max}, not ${preview(value)}`);
}
