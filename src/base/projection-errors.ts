/** What becomes of projections. */
import { DaybookError, preview } from "./daybook-error.js";

/** A fold threw. The projection stays out of use until it is rebuilt; the others go on. */
export class ProjectionFailedError extends DaybookError {
  readonly code = "PROJECTION_FAILED";
  constructor(
    readonly projection: string,
    readonly event: { readonly seq: number; readonly type: string; readonly stream: string },
    cause: unknown,
  ) {
    super(`Projection "${projection}" failed on seq ${event.seq} (${event.type} of ${event.stream}): ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** No projection of that name is registered. */
export class ProjectionUnknownError extends DaybookError {
  readonly code = "PROJECTION_UNKNOWN";
  constructor(
    readonly projection: string,
    readonly known: readonly string[],
  ) {
    super(`There is no projection ${preview(projection)}. Known: ${known.join(", ")}`);
  }
}

/** A module that should have projections cannot be used. */
export class ProjectionsUnreadableError extends DaybookError {
  readonly code = "PROJECTIONS_UNREADABLE";
  constructor(
    readonly file: string,
    problem: string,
    cause?: unknown,
  ) {
    super(`${file} ${problem}`, cause);
  }
}
