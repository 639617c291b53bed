/** Signatures and saved heads: what cannot be used for them. */
import { DaybookError } from "./daybook-error.js";

/** A key is none of Ed25519, is of the wrong half, or its file cannot be read (`cause` has the system's error). */
export class KeyUnreadableError extends DaybookError {
  readonly code = "KEY_UNREADABLE";
  constructor(
    /** The key's file; undefined for a key that was given as text. */
    readonly path: string | undefined,
    problem: string,
    cause?: unknown,
  ) {
    super(`${path ?? "The key that was given"}: ${problem}`, cause);
  }
}

/** What was given as a saved head is none, or its file cannot be read. It says nothing about the log. */
export class HeadUnreadableError extends DaybookError {
  readonly code = "HEAD_UNREADABLE";
  constructor(
    /** The head's file; undefined for one that was given as an object or as text. */
    readonly path: string | undefined,
    problem: string,
    cause?: unknown,
  ) {
    super(`${path ?? "The head that was given"}: ${problem}`, cause);
  }
}

/** Heads are saved, and signatures checked, of a log of files as it is now: not of one in memory, and not of a past. */
export class ProofUnavailableError extends DaybookError {
  readonly code = "PROOF_UNAVAILABLE";
  constructor() {
    super("There are no files to prove anything of here: this log is in memory, or is the past of another one. Ask the daybook of the folder");
  }
}
