/** A value that JSON carries without changing it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The payload of an event: a JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** An event as a caller gives it; the log adds the rest of the envelope. */
export interface NewEvent<Type extends string = string, Data extends object = JsonObject> {
  /** The entity it belongs to, such as `run/train/mnist/0001`. */
  readonly stream: string;
  /** `<noun>.<past-participle>`, such as `run.allocated`. */
  readonly type: Type;
  readonly data: Data;
  /** Schema version of `data`; default: the newest registered one, else 1. */
  readonly v?: number;
}

/** An event as the log holds it. */
export interface RecordedEvent<Type extends string = string, Data extends object = JsonObject> {
  /** Position in the log, from 1, without gaps. */
  readonly seq: number;
  /** When it was appended (ISO 8601, UTC, milliseconds). Never goes back over the log. */
  readonly time: string;
  readonly stream: string;
  readonly type: Type;
  /** Schema version of `data`. */
  readonly v: number;
  readonly data: Data;
  /** The participant that appended it. */
  readonly by: string;
  /** The writer's own clock where it differs from `time` by more than a second, or the moment of origin of an imported event. */
  readonly at?: string;
  /** What led to it: a seq, or the id of a command. */
  readonly cause?: number | string;
  /** Idempotency key of its append. */
  readonly id?: string;
}
