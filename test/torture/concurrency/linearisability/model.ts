/**
 * What an object does when its operations come one at a time. Pure and deterministic: a state is a value that is never changed.
 * An output of `undefined` means that the answer is not known (the caller died waiting for it): `step` gives the state after the
 * operation, or undefined where it cannot have taken effect.
 */
export interface SequentialModel<State, Input, Output> {
  readonly name: string;
  init(): State;
  /** The state after an operation with that answer; undefined where the object would never have answered so. */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** A text that is equal for equal states, and for no others. */
  key(state: State): string;
}

/** One call of an operation on one object, as its caller saw it. Times are of one clock that all callers share. */
export interface Call<Input, Output> {
  /** Who called, for people. */
  readonly client: string;
  readonly input: Input;
  /** Undefined: the call never returned. */
  readonly output: Output | undefined;
  /** Taken before the operation began. */
  readonly called: number;
  /** Taken after it had answered; `Infinity` for a call that never returned: it may have taken effect at any time since, or never. */
  readonly returned: number;
}
