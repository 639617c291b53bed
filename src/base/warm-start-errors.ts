/** What becomes of fingerprints and warm starts. */
import { DaybookError } from "./daybook-error.js";

/** A fingerprinter gives one fingerprint: nothing is absorbed after it. */
export class FingerprintFinalizedError extends DaybookError {
  readonly code = "FINGERPRINT_FINALIZED";
  constructor() {
    super("This fingerprinter has given its fingerprint; make a new one for another");
  }
}
