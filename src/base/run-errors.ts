/** What becomes of runs and their files. */
import { DaybookError, preview } from "./daybook-error.js";

/** There is no such run. */
export class RunNotFoundError extends DaybookError {
  readonly code = "RUN_NOT_FOUND";
  constructor(readonly run: string) {
    super(`There is no run ${run}`);
  }
}

/** The uid alone does not tell which run is meant. `relpaths` lists where it exists. */
export class AmbiguousRunError extends DaybookError {
  readonly code = "AMBIGUOUS_RUN";
  constructor(
    readonly run: string,
    readonly relpaths: readonly string[],
  ) {
    super(`${run} exists under several relpaths: ${relpaths.map((relpath) => preview(relpath)).join(", ")}. Name one`);
  }
}

/** Files that were to be joined are not there, or not what they should be. `missing` lists each, and why. */
export class FilesMissingError extends DaybookError {
  readonly code = "FILES_MISSING";
  constructor(readonly missing: readonly { readonly run: string; readonly message: string }[]) {
    const some = missing.slice(0, 5).map(({ run, message }) => `${run}: ${message}`);
    super(`${missing.length} of the files asked for cannot be had: ${some.join("; ")}${missing.length > 5 ? "; ..." : ""}`);
  }
}

/** A live process holds the run. */
export class RunBusyError extends DaybookError {
  readonly code = "RUN_BUSY";
  constructor(
    readonly run: string,
    readonly holder: string,
  ) {
    super(`Run ${run} is held by ${holder}`);
  }
}

/** The run was taken up by somebody else, or has ended, since this lease was taken; or a report named an attempt that is not the latest. */
export class LeaseLostError extends DaybookError {
  readonly code = "LEASE_LOST";
  constructor(
    readonly run: string,
    readonly attempt: number,
    cause?: unknown,
  ) {
    super(`Attempt ${attempt} of run ${run} no longer holds it: it has ended or was taken up by another process`, cause);
  }
}

/** A folder would lie outside of the root, since a symbolic link on the way leads there. `real` is where; undefined for a link to nowhere. */
export class PathOutsideRootError extends DaybookError {
  readonly code = "PATH_OUTSIDE_ROOT";
  constructor(
    readonly path: string,
    readonly root: string,
    readonly real: string | undefined,
  ) {
    super(
      `${path} would lie outside of the root ${root}: a symbolic link on the way leads to ${real ?? "a place that does not exist"}. ` +
        "Remove the link, or open the daybook at its target",
    );
  }
}

/** What should be a run ledger's `metadata.json` is none. `source` is its path, or `text`; `where` the line and column, or the JSON path. */
export class MetadataUnreadableError extends DaybookError {
  readonly code = "METADATA_UNREADABLE";
  constructor(
    readonly source: string,
    readonly where: string,
    problem: string,
    cause?: unknown,
  ) {
    super(`${source} is no run ledger's metadata.json: ${where}${where === "" ? "" : ": "}${problem}`, cause);
  }
}

/** A file stands where `metadata.json` should be kept, and holds what this daybook does not have. It was left as it is. */
export class MetadataForeignError extends DaybookError {
  readonly code = "METADATA_FOREIGN";
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(
      `${path} was not written by this daybook, and is not overwritten: ${problem}. Import it first (\`daybook import\`, \`book.runs.import\`) ` +
        "and move it away if something of it could not be taken, or name another path for the materialized one",
    );
  }
}
