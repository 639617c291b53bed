import { checkObject, checkSignal } from "../base/checks.js";
import { InvalidOptionError, OperationNotFoundError, preview } from "../base/errors.js";
import { parseRunStream, parseStream } from "../events/names.js";
import type { RecordedEvent } from "../events/recorded-event.js";
import type { Moment } from "./moment.js";
import { rangeOfMoments } from "./moment-range.js";
import type { SeqRange } from "./moment-range.js";
import type { TrailSource } from "./trail-source.js";

/** Whose events, and from when to when. Exactly one of `run`, `stream` and `operation` is given. */
export interface HistoryOptions {
  /** A run's address, `IDENT[/RELPATH]/UID`; without a relpath the root's run, else the only one of that uid. */
  readonly run?: string;
  /** A stream, and everything below it. */
  readonly stream?: string;
  /** An operation's id. */
  readonly operation?: string;
  /** The first event: a seq, or by time the first that is not before it. Default: the first of all. */
  readonly from?: Moment;
  /** The last event: a seq, or by time the last that is not after it. Default: the head at the call. */
  readonly to?: Moment;
  readonly signal?: AbortSignal;
}

const fields = new Set(["run", "stream", "operation", "from", "to", "signal"]);
const entities = ["run", "stream", "operation"] as const;

/** One entity's events, chosen. */
export interface Trail {
  readonly stream: string;
  /** Which of the events below that stream are the entity's own. */
  readonly owns: (event: RecordedEvent) => boolean;
  readonly range: SeqRange;
  readonly toHead: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Finds the entity and the range that are meant.
 * @throws InvalidOptionError @throws InvalidIdError @throws MomentAheadError @throws RunNotFoundError @throws AmbiguousRunError
 * @throws OperationNotFoundError
 */
export async function findTrail(source: TrailSource, options: HistoryOptions): Promise<Trail> {
  const { run, stream, operation, to, signal } = checked(options);
  const range = await rangeOfMoments(source.backend, source.clock, options, source.head);
  const common = { range, toHead: to === undefined, signal };
  if (run !== undefined) return { ...common, ...runTrail(await source.runStream(run)) };
  if (stream !== undefined) return { ...common, stream: parseStream(stream), owns: () => true };
  const named = parseStream(`operation/${operation}`);
  await requireOperation(source, named, operation as string, signal);
  return { ...common, stream: named, owns: () => true };
}

/** A run's own events: of its stream and below, but for those of runs whose relpath leads through it. */
export function runTrail(stream: string): Pick<Trail, "stream" | "owns"> {
  const depth = stream.split("/").length;
  const owns = (event: RecordedEvent): boolean => {
    if (event.stream === stream) return true;
    const parts = event.stream.split("/");
    return parts.every((_, index) => index < depth || parseRunStream(parts.slice(0, index + 1).join("/")) === undefined);
  };
  return { stream, owns };
}

/** The events of a trail, in order. `from`: begin elsewhere. @throws LogCorruptError behind the last good event of a damaged log */
export async function* eventsOf(source: TrailSource, { stream, owns, range, toHead, signal }: Trail, from = range.from): AsyncGenerator<RecordedEvent> {
  if (from <= range.to) {
    for await (const event of source.read({ stream, from, to: range.to, signal })) if (owns(event)) yield event;
  }
  const damage = source.damage();
  if (toHead && damage !== undefined) throw damage;
}

async function requireOperation(source: TrailSource, stream: string, operation: string, signal: AbortSignal | undefined): Promise<void> {
  const { seq: to } = await source.head;
  if (to > 0) for await (const _ of source.read({ stream, from: 1, to, signal })) return;
  throw new OperationNotFoundError(operation);
}

function checked(options: HistoryOptions): HistoryOptions {
  checkObject(options);
  for (const field of Object.keys(options)) if (!fields.has(field)) throw new InvalidOptionError(field, `is none of ${[...fields].join(", ")}`);
  checkSignal(options.signal);
  const given = entities.filter((entity) => options[entity] !== undefined);
  if (given.length !== 1) {
    throw new InvalidOptionError(given[1] ?? "run", given.length === 0 ? "is missing: name a run, a stream or an operation" : `excludes ${given[0]}: name one entity`);
  }
  const [entity = "run"] = given;
  if (typeof options[entity] !== "string") throw new InvalidOptionError(entity, `must be a text, not ${preview(options[entity])}`);
  return options;
}
