/** What callers give is not what it should be. */
import { DaybookError, preview } from "./daybook-error.js";

/** An option has a value it cannot have. `field` names it. */
export class InvalidOptionError extends DaybookError {
  readonly code = "INVALID_OPTION";
  constructor(
    readonly field: string,
    problem: string,
  ) {
    super(`Option "${field}" ${problem}`);
  }
}

/** A text is no expression over the fields of a run. `column` counts from 1 and says where in `expression` it went wrong. */
export class InvalidExpressionError extends InvalidOptionError {
  constructor(
    field: string,
    readonly expression: string,
    readonly column: number,
    readonly problem: string,
  ) {
    super(field, `${preview(expression)}, column ${column}: ${problem}`);
  }
}

/** An identifier, uid, relpath, stream, type or participant name is outside its alphabet. */
export class InvalidIdError extends DaybookError {
  readonly code = "INVALID_ID";
  constructor(
    readonly kind: string,
    readonly value: unknown,
    problem: string,
  ) {
    super(`Invalid ${kind} ${preview(value)}: ${problem}`);
  }
}

/** A value cannot be written as JSON without changing it. `path` is where it stands, such as `$.layers[2].width`. */
export class InvalidValueError extends DaybookError {
  readonly code = "INVALID_VALUE";
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(`${path} ${problem}`);
  }
}

/** An event may not be appended as it is. `path` names the offending field, `$` being the event. */
export class InvalidEventError extends DaybookError {
  readonly code = "INVALID_EVENT";
  constructor(
    readonly type: string,
    readonly path: string,
    problem: string,
    cause?: unknown,
  ) {
    super(`Event ${preview(type)}: ${path} ${problem}`, cause);
  }
}
