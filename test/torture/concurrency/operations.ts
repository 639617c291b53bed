/** What the clients of a round do, and what they are told: plain data, as it stands in their history files. */

/** Where uids are counted from 1: an identifier and a relpath. */
export interface Scope {
  readonly identifier: string;
  readonly relpath: string;
}

/** What a run shows of the last report on it. */
export interface RunFace {
  readonly status: string;
  readonly note: string | null;
}

/** Operations by kind: what goes in, what comes out. */
export interface Operations {
  readonly allocate: { readonly input: { readonly scope: Scope }; readonly output: number };
  readonly "find-or-allocate": { readonly input: { readonly scope: Scope; readonly param: number }; readonly output: { readonly uid: number; readonly created: boolean } };
  readonly "count-runs": { readonly input: { readonly scope: Scope }; readonly output: number };
  readonly "run-exists": { readonly input: { readonly scope: Scope; readonly uid: number }; readonly output: boolean };
  readonly "find-by-param": { readonly input: { readonly scope: Scope; readonly param: number }; readonly output: number | null };
  /** Status and note in one append; the note is the operation's own. */
  readonly report: { readonly input: { readonly run: number; readonly status: "PENDING" | "RUNNING" | "DONE" | "ERROR" }; readonly output: "ok" };
  readonly "read-run": { readonly input: { readonly run: number }; readonly output: RunFace };
  readonly "append-expecting": {
    readonly input: { readonly stream: string; readonly expect: number };
    readonly output: { readonly first: number; readonly last: number } | { readonly conflict: number };
  };
  readonly "read-stream": { readonly input: { readonly stream: string }; readonly output: readonly number[] };
  /** Several clients send the same payloads under the same id. */
  readonly "append-once": {
    readonly input: { readonly id: string; readonly payload: number };
    readonly output: { readonly duplicate: boolean; readonly first: number; readonly last: number } | "reused";
  };
  /** A decision on a projection of the application: one more than what it sees. */
  readonly "raise-counter": { readonly input: { readonly counter: string }; readonly output: number };
  readonly "read-counter": { readonly input: { readonly counter: string }; readonly output: number };
  /** Several events whose amounts add up to nothing. */
  readonly transfer: { readonly input: { readonly amounts: readonly number[] }; readonly output: { readonly first: number; readonly last: number } };
  /** The sum over all transfers. */
  readonly "read-balance": { readonly input: Readonly<Record<string, never>>; readonly output: number };
  readonly head: { readonly input: Readonly<Record<string, never>>; readonly output: { readonly seq: number; readonly token: string } };
}

export type Kind = keyof Operations;
export type InputOf<K extends Kind> = Operations[K]["input"];
export type OutputOf<K extends Kind> = Operations[K]["output"];

/** An operation that was begun; `op` names it in the whole round and stands in the events that it appends. */
export type Operation<K extends Kind = Kind> = { readonly [One in K]: { readonly kind: One; readonly op: string; readonly input: InputOf<One> } }[K];

/** An operation and its answer, as far as one came. */
export type Answered<K extends Kind = Kind> = {
  readonly [One in K]: { readonly kind: One; readonly op: string; readonly input: InputOf<One>; readonly output: OutputOf<One> | undefined };
}[K];

/** An operation with its answer and its times; `returned` is `Infinity` where none came. */
export type Performed<K extends Kind = Kind> = Answered<K> & { readonly client: string; readonly called: number; readonly returned: number };

/** Names of what the clients of a round work on. */
export const scopes: readonly Scope[] = [
  { identifier: "train", relpath: "" },
  { identifier: "train", relpath: "fold/a" },
  { identifier: "eval", relpath: "" },
];
/** The runs that are reported on: each client finds or makes them first. */
export const reportedScope: Scope = { identifier: "reported", relpath: "" };
export const reportedRuns: readonly number[] = [1, 2, 3];
export const params: readonly number[] = [1, 2, 3, 4, 5, 6];
export const streams: readonly string[] = ["mark/a", "mark/b", "mark/c"];
export const counters: readonly string[] = ["counter/a", "counter/b"];
export const idsPerRound = 12;
